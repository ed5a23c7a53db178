"""Take out of the theme's script what would lay out every page, whole, before it answers.

Once a page has been loaded, the theme measures every block of code, output and table of it, and after each
measurement changes what it has measured: half a second on a long page. ``book/_static/reach.js`` does the
same work for what has been laid out, when it has been laid out.
"""

import re
from importlib.util import find_spec
from pathlib import Path

SCRIPT = "scripts/pydata-sphinx-theme.js"
FOLDER = "pydata_sphinx_theme/theme/pydata_sphinx_theme/static"
# A function that takes nothing, begins with one that measures "pre" and others, and ends by calling that.
MEASURES = re.compile(
    r"(function \w+\(\)\{)"
    r'const (\w)=\(\)=>\{document\.querySelectorAll\(\["pre",[^}]*\}\)\},'
    r".*?,\2\(\)(?=\}function )"
)


class ThemeError(RuntimeError):
    """A file of the theme is not there, or is not the one that this was written for."""


def packaged(path: str) -> Path:
    """Return where a file or folder of an installed package is, such as ``sphinx_design/static``."""
    package, _, inside = path.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ThemeError(f"The Python package {package} is missing; `make book` installs it.")
    return Path(spec.origin).parent / inside


def original() -> str:
    """Return the script as the installed theme has it."""
    return (packaged(FOLDER) / SCRIPT).read_text(encoding="utf-8")


def lightened(script: str) -> str:
    """Return the script with the body of that function taken out.

    Raises
    ------
    ThemeError
        The function is not in it, or stands in it more than once.
    """
    without, found = MEASURES.subn(r"\1", script)
    if found != 1:
        raise ThemeError(
            f"{SCRIPT}: expected one function that measures what scrolls (tools/theme.py), found {found}: "
            "the theme has changed; look whether it still measures every block of a page at once."
        )
    return without


def lighten(static: Path) -> None:
    """Write the lighter script into the static files of a built book."""
    (static / SCRIPT).write_text(lightened(original()), encoding="utf-8")
