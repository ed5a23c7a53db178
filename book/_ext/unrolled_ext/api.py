"""The directive ``{companion-api}``: a section for each module that it names, made from its docstrings.

Its lines are modules or packages, such as ``companion.text``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.ext.autodoc.mock import _MockObject
from sphinx.util.docutils import SphinxDirective

from . import definitions, late, places

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

ROLE = re.compile(r"(?<!`)\{([a-z]+(?::[a-z]+)*)\}(`[^`]+`)")
ALIAS = re.compile(r"Alias for field number \d+")  # what Python says of a named tuple's field
SINGLE = re.compile(r"(?<![`:\w\\])`([^`\s](?:[^`\n]*[^`\s])?)`(?![`_\w])")


class CompanionApi(SphinxDirective):
    """Document the modules that a reader imports."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return one section a module."""
        late.note(self.env, "companion-api")
        known = definitions.modules(places.root(self.env))
        wanted = [line.strip() for line in self.content if line.strip()]
        if not wanted:
            raise self.error("companion-api: expected modules of the companion, a line each, got none")
        empty = [name for name in wanted if not within(known, name)]
        if empty:
            raise self.error(f"companion-api: expected modules of the companion, got {', '.join(empty)}")
        return [self.section(module) for name in wanted for module in within(known, name)]

    def section(self, module: str) -> nodes.section:
        """Return the section of one module."""
        name = f"api-{module}"
        section = nodes.section(ids=[nodes.make_id(name)], names=[name])
        section += nodes.title("", "", nodes.literal("", module))
        self.state.document.note_explicit_target(section, section)
        section += self.parse_text_to_nodes(f"```{{eval-rst}}\n.. automodule:: {module}\n   :members:\n```")
        return section


def within(modules: list[str], name: str) -> list[str]:
    """Return the module of a name, or the modules of a package."""
    return [module for module in modules if f"{module}.".startswith(f"{name}.")]


def as_rst(text: str) -> str:
    """Turn the MyST spelling of roles, and code between single backticks, into reStructuredText."""
    return SINGLE.sub(r"``\1``", ROLE.sub(r":\1:\2", text))


def docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Convert a docstring before napoleon reads it; examples stay as they are.

    A field of a named tuple that has none is explained by the comment behind it, if there is one.
    """
    if lines and ALIAS.fullmatch(lines[0]):
        found = definitions.find(places.root(app.env), *split(app, name))
        lines[:] = [definitions.comment(*found)] if found else []
    lines[:] = [line if line.lstrip().startswith((">>>", "...")) else as_rst(line) for line in lines]


def split(app: Sphinx, name: str) -> tuple[str, str]:
    """Split a dotted name into a module of the companion and a name in it."""
    module, inside = name, ""
    while "." in module and definitions.file_of(places.root(app.env), module) is None:
        module, _, last = module.rpartition(".")
        inside = f"{last}.{inside}" if inside else last
    return module, inside


def written_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, args: str | None, result: str | None
) -> tuple[str, str | None] | None:
    """Show a signature as it stands in the source; evaluated, ``ArrayLike`` fills half a page."""
    found = definitions.find(places.root(app.env), *split(app, name))
    return definitions.signature(found[1]) if found and args is not None else None


def exact_types(app: Sphinx, doctree: nodes.document) -> None:
    """Let a type in a signature mean its own module's; Sphinx takes any module's, and warns of two."""
    for node in doctree.findall(addnodes.pending_xref):
        if node.get("refdomain") == "py" and "refwarn" not in node:  # not written as a role
            node.attributes.pop("refspecific", None)


def link_source(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link each documented name to its lines, where the book has them."""
    if places.on_paper(app):
        return
    root = places.root(app.env)
    for node in doctree.findall(addnodes.desc_signature):
        if node.get("fullname") and str(node.get("module")).split(".")[0] == "companion":
            found = definitions.find(root, node["module"], node["fullname"])
            if found:
                path = found[0].relative_to(root).as_posix()
                link = places.code_link(app, docname, path, found[1].lineno, "source", "api-source")
                node += [nodes.Text(" "), link]


def outdated(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
    """Read the page again when a module has come or gone; autodoc itself sees to a changed one."""
    new, old = definitions.modules(places.root(env)), places.kept(env, "modules", [])
    changed = new != old
    old[:] = new
    return [page for page, kinds in late.rooms(env).items() if "companion-api" in kinds and changed]


def either(mocked: Any, other: Any) -> Any:
    """Let ``torch.Tensor | None`` be evaluated where ``torch.Tensor`` is autodoc's stand-in."""
    return mocked


def configure(app: Sphinx, config: Config) -> None:
    """Set autodoc up: our modules are found, what a reader of the book need not install is mocked."""
    root = Path(config.unrolled_root)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    config.autodoc_mock_imports = [*config.autodoc_mock_imports, *definitions.outside(root)]
    for operator in ("__or__", "__ror__"):
        setattr(_MockObject, operator, either)
    config.autodoc_member_order = "bysource"
    config.napoleon_google_docstring = False
    config.napoleon_custom_sections = [("Attributes", "params_style")]
    config.autodoc_typehints = "signature"
    config.napoleon_use_rtype = False
    config.toc_object_entries_show_parents = "hide"


def setup(app: Sphinx) -> None:
    """Register the directive and the conversions."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.add_directive("companion-api", CompanionApi)
    app.connect("config-inited", configure, priority=400)
    app.connect("env-get-outdated", outdated)
    app.connect("autodoc-process-docstring", docstring, priority=400)
    app.connect("autodoc-process-signature", written_signature)
    app.connect("doctree-read", exact_types)
    app.connect("doctree-resolved", link_source)
