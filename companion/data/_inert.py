"""A build backend that builds nothing, so that pip can download a source distribution without running it.

pip asks every source distribution for its metadata before it keeps the file, and the usual answer is to run
the package's own ``setup.py``. `companion.data.clients` puts this file where pip finds it in place of that.
It answers with the metadata that the archive carries in its ``PKG-INFO``; no line of the package is executed.
(A package with a ``pyproject.toml`` may name another build backend than setuptools, and pip would run that
one: no data set comes from such a package, and a test sees to it.)
"""

import shutil
import sys
from email.parser import HeaderParser
from pathlib import Path

__legacy__ = sys.modules[__name__]  # the object that pip asks for when a package has no pyproject.toml


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: dict[str, str] | None = None
) -> str:
    """Copy ``PKG-INFO`` into a ``.dist-info`` folder and return that folder's name (PEP 517)."""
    with open("PKG-INFO", encoding="utf-8") as file:
        headers = HeaderParser().parse(file, headersonly=True)
    folder = Path(metadata_directory, f"{headers['Name'].replace('-', '_')}-{headers['Version']}.dist-info")
    folder.mkdir()
    shutil.copyfile("PKG-INFO", folder / "METADATA")
    return folder.name


def build_wheel(
    wheel_directory: str, config_settings: dict[str, str] | None = None, metadata_directory: str | None = None
) -> str:
    """Refuse: this backend only lets a file be downloaded."""
    raise NotImplementedError("a source distribution is downloaded here, never built")
