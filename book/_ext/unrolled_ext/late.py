"""What a page can show only when all pages have been read: a room is left for it, and filled later."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from docutils import nodes

from . import places

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

Fill = Callable[["Sphinx", str, nodes.Element], list[nodes.Node]]
State = Callable[["BuildEnvironment"], Any]
KINDS: dict[str, tuple[Fill, State]] = {}


class Room(nodes.General, nodes.Element):
    """The place of something that is made later."""


def register(kind: str, fill: Fill, state: State) -> None:
    """Say what fills the rooms of a kind, and what the result depends on."""
    KINDS[kind] = fill, state


def room(env: BuildEnvironment, kind: str, **attributes: Any) -> Room:
    """Leave a room on the page that is being read."""
    note(env, kind)
    return Room(kind=kind, **attributes)


def note(env: BuildEnvironment, kind: str) -> None:
    """Keep that the page being read has something of a kind."""
    rooms(env).setdefault(env.docname, set()).add(kind)


def rooms(env: BuildEnvironment) -> dict[str, set[str]]:
    """Return what kinds of things each page has."""
    known: dict[str, set[str]] = places.kept(env, "rooms", {})
    return known


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the rooms of a page that is read again or gone."""
    rooms(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    """Take over what another process read."""
    rooms(env).update({name: rooms(other)[name] for name in docnames if name in rooms(other)})


def changed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages to write again because what they are made from has changed."""
    states = places.kept(env, "states", {})
    wanted = KINDS.keys() & set().union(*rooms(env).values())
    new = {kind: copy.deepcopy(KINDS[kind][1](env)) for kind in sorted(wanted)}
    stale = {kind for kind in new if kind not in states or new[kind] != states[kind]}
    states.update(new)
    return [docname for docname, kinds in rooms(env).items() if kinds & stale]


def fill_rooms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Fill the rooms of a page that is about to be written."""
    for node in list(doctree.findall(Room)):
        node.replace_self(KINDS[node["kind"]][0](app, docname, node))


def toc_order(env: BuildEnvironment, docname: str) -> Iterator[str]:
    """Yield the pages below a page, in the order of the table of contents."""
    for child in env.toctree_includes.get(docname, ()):
        yield child
        yield from toc_order(env, child)


def setup(app: Sphinx) -> None:
    """Connect the events."""
    app.add_node(Room)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", changed, priority=950)
    app.connect("doctree-resolved", fill_rooms)
