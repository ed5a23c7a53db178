"""MyST as the book is written in, turned into the Markdown that every notebook program shows.

JupyterLab, VS Code and the others know neither directives nor roles: boxes become quotations, what is
folded becomes ``details``, and references become numbers, names and links to the book.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from tools.downloads.places import Places

Found = TypeVar("Found")
FENCE = re.compile(r"^(?P<fence>:{3,}|`{3,}|~{3,})(?:\{(?P<name>[\w:-]+)\})?[ \t]*(?P<title>.*)$")
OPTION = re.compile(r"^:([\w-]+):[ \t]*(.*)$")
TARGET = re.compile(r"^\([^()\s]+\)=$")
NUMBERED = re.compile(r"^(.*)\$\$ \(([\w-]+)\)$")
# A role, a link, or what must stay as it is: code and formulas.
INLINE = re.compile(
    r"\{(?P<role>[a-z:]+)\}`(?P<argument>[^`]*)`"
    r"|(?P<code>(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<formula>(?<!\\)\$\$.*?\$\$|(?<!\\)\$(?!\s)[^$]*?(?<!\s)\$)"
    r"|\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)\)",
    re.DOTALL,
)


class Unknown(ValueError):
    """Something in the text that has no plain form here; the message says what."""


def plain(text: str, places: Places) -> str:
    """Return a Markdown cell of the book without MyST's own marks.

    Raises
    ------
    Unknown
        If the text has a directive, a role or a reference that this does not know.
    """
    return "\n".join(blocks(text.splitlines(), places)).strip()


def blocks(lines: list[str], places: Places) -> Iterator[str]:
    """Yield the lines without directives and targets; prose goes through `inline` paragraph by paragraph."""
    prose: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        found = FENCE.match(line)
        if found:
            yield from flush(prose, places)
            end = closing(lines, position, found["fence"])
            body = lines[position + 1 : end]
            if found["name"]:
                yield from directive(found["name"], found["title"], body, places)
            else:
                yield from lines[position : end + 1]
            position = end
        elif not TARGET.match(line):
            prose.append(line)
        position += 1
    yield from flush(prose, places)


def closing(lines: list[str], opening: int, fence: str) -> int:
    """Return the place of the line that closes a fence."""
    for position in range(opening + 1, len(lines)):
        line = lines[position].rstrip()
        if len(line) >= len(fence) and line == fence[0] * len(line):
            return position
    raise Unknown(f"expected a line that closes {lines[opening]!r}, found none")


def flush(prose: list[str], places: Places) -> Iterator[str]:
    """Yield what has gathered of prose, in plain Markdown, and empty it."""
    if prose:
        yield from numbered(inline("\n".join(prose), places).split("\n"), places)
        prose.clear()


def numbered(lines: list[str], places: Places) -> Iterator[str]:
    """Yield lines in which a formula's label, ``$$ (eq-x)``, has become its number."""
    for line in lines:
        found = NUMBERED.match(line)
        yield f"{found[1]}{tag(found[2], places)}\n$$" if found else line


def tag(label: str, places: Places) -> str:
    """Return what numbers a formula."""
    return rf"\tag{{{known(places.equation(label), 'equation', label)}}}"


def directive(name: str, title: str, lines: list[str], places: Places) -> list[str]:
    """Return a box, a formula or an exercise in plain Markdown."""
    options: dict[str, str] = {}
    while lines and (found := OPTION.match(lines[0])):
        options[found[1]] = found[2]
        lines = lines[1:]
    if name not in DIRECTIVES:
        raise Unknown(f"expected one of the directives {', '.join(DIRECTIVES)}, got {name!r}")
    if name == "math":
        body = "\n".join(lines).strip()
        number = [tag(options["label"], places)] if "label" in options else []
        return ["$$", body, *number, "$$"]
    body = "\n".join(blocks(lines, places)).strip()
    heading, label = DIRECTIVES[name](inline(title, places), options, places)
    if "dropdown" in options.get("class", "").split():
        return [f"<details>\n<summary>{label}</summary>\n\n{body}\n\n</details>"]
    return [heading, "", body] if name == "exercise" else quoted(f"{heading}\n\n{body}")


def quoted(text: str) -> list[str]:
    """Return a text as a quotation; in HTML if it has a formula, into which its marks would be read."""
    if "$$" in text:
        return ["<blockquote>", "", text, "", "</blockquote>"]
    return [f"> {line}".rstrip() for line in text.split("\n")]


def admonition(title: str, options: dict[str, str], places: Places) -> tuple[str, str]:
    """Return a box's heading, and what it is called when folded."""
    return f"**{title}**", title


def exercise(title: str, options: dict[str, str], places: Places) -> tuple[str, str]:
    """Return an exercise's heading with its number."""
    label = options["label"]
    heading = f"Exercise {known(places.number('exercise', label), 'exercise', label)}"
    return (f"**{heading}: {title}**" if title else f"**{heading}**"), heading


def solution(title: str, options: dict[str, str], places: Places) -> tuple[str, str]:
    """Return a solution's heading with the number of its exercise."""
    heading = f"Solution to exercise {known(places.number('exercise', title), 'exercise', title)}"
    return f"**{heading}**", heading


DIRECTIVES: dict[str, Callable[[str, dict[str, str], Places], tuple[str, str]]] = {
    "admonition": admonition,
    "exercise": exercise,
    "solution": solution,
    "math": admonition,
}


def inline(text: str, places: Places) -> str:
    """Return prose whose roles and links stand for themselves."""

    def stand(found: re.Match[str]) -> str:
        if found["role"]:
            return role(found["role"], found["argument"], places)
        if found["target"]:
            return linked(found["text"], found["target"], places)
        return found[0]

    return INLINE.sub(stand, text)


def role(name: str, argument: str, places: Places) -> str:
    """Return what a role says."""
    written, target = argument, argument
    if found := re.fullmatch(r"(.*?)\s*<(.*)>", argument, re.DOTALL):
        written, target = found[1], found[2]
    match name:
        case "cite:t" | "cite:p":
            return places.cite(argument, in_text=name == "cite:t")
        case "eq":
            return f"({known(places.equation(target), 'equation', target)})"
        case "numref":
            return f"Figure {known(places.number('figure', target), 'figure', target)}"
        case "term":
            return places.link(written, *known(places.term(target), "term", target))
        case "mod":
            return places.link(f"`{written}`", *known(places.module(target), "module", target))
        case "ref":
            page, anchor, title = known(places.section(target), "label", target)
            return places.link(title if written == target else written, page, anchor)
    raise Unknown(f"expected one of the roles cite:t, cite:p, eq, numref, term, mod, ref, got {name!r}")


def linked(text: str, target: str, places: Places) -> str:
    """Return a link: into the book where it leads to a place of the book."""
    if re.match(r"\w+://|mailto:", target):
        return f"[{text}]({target})"
    section = places.section(target.removeprefix("#"))
    place = section[:2] if section else places.page(target) or places.page(f"{target}.md")
    if place is None:
        return f"[{text}]({target})"  # brackets and parentheses that are no link, such as f[x](y)
    return places.link(inline(text, places), *place)


def known(found: Found | None, kind: str, label: str) -> Found:
    """Return what was found, or say that it was not."""
    if found is None:
        raise Unknown(f"expected the label of a place of the book, got {label!r}, which is no {kind}")
    return found
