"""Where a kernel listens: on sockets of its own, which are gone when it is."""

import socket
import tempfile
from pathlib import Path

import pytest

from tools.notebooks.environment import kernel_sockets
from tools.notebooks.execute import execute, notebook_from_text

ASKS = """```{code-cell}
import json
from pathlib import Path
import ipykernel
found = json.loads(ipykernel.get_connection_info())
print(found["transport"], len(list(Path(found["ip"]).parent.glob(Path(found["ip"]).name + "-*"))))
```
"""


def test_no_two_kernels_have_the_same_sockets() -> None:
    names = [kernel_sockets()["ip"] for _ in range(100)]
    assert len(set(names)) == 100


def test_a_kernel_has_its_five_sockets_and_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        run = execute(notebook_from_text(ASKS), Path(folder))
        assert run.notebook.cells[0].outputs[0].text == "ipc 5\n"
        assert not list(Path(folder).glob("kernel-*"))


def test_where_a_socket_has_no_room_for_its_name_there_are_ports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("deep" * 30)))
    assert kernel_sockets() == {}


def test_without_such_sockets_there_are_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel_sockets()
    monkeypatch.delattr(socket, "AF_UNIX")  # as on Windows
    assert kernel_sockets() == {}
