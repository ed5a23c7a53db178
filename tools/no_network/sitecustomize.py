"""Python imports this first where its folder stands in PYTHONPATH: sockets then refuse every other host."""

import socket

_LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None}
_connect, _connect_ex, _look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def _refuse(host: object) -> None:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host not in _LOCAL and not str(host).startswith("127."):
        raise OSError(f"the network is cut off: {host}")


def _checked_connect(self: socket.socket, address: object) -> None:
    if isinstance(address, tuple):
        _refuse(address[0])
    _connect(self, address)


def _checked_connect_ex(self: socket.socket, address: object) -> int:
    if isinstance(address, tuple):
        _refuse(address[0])
    return _connect_ex(self, address)


def _checked_look_up(host: object, *rest: object, **named: object) -> list:
    _refuse(host)
    return _look_up(host, *rest, **named)


socket.socket.connect = _checked_connect
socket.socket.connect_ex = _checked_connect_ex
socket.getaddrinfo = _checked_look_up
