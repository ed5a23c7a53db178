"""MathML as MathJax writes it, made fit for reading devices, which draw it themselves.

They know MathML Core, and MathJax writes more than that: the alignment of columns and letters of another
style are said a second time, in a way that MathML Core has; a space is put where TeX has one and MathML none.
MathJax' notes go.
"""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
APPLY = "\N{FUNCTION APPLICATION}"
OPENING = set("([{|‖⌊⌈⟨∣∥")
STYLES = {
    "bold-italic": "BOLD ITALIC",
    "bold-script": "BOLD SCRIPT",
    "double-struck": "DOUBLE-STRUCK",
    "fraktur": "FRAKTUR",
    "monospace": "MONOSPACE",
    "sans-serif": "SANS-SERIF",
    "script": "SCRIPT",
}


def fit(mathml: str, tex: str) -> str:
    r"""Return a formula that every device can draw, with its source as the alternative text.

    Examples
    --------
    >>> h = fit(f'<math xmlns="{NAMESPACE}"><mi mathvariant="bold">h</mi></math>', r"\mathbf{h}")
    >>> print(h.replace(f' xmlns="{NAMESPACE}"', ""))
    <math alttext="\mathbf{h}"><mi mathvariant="normal" class="bold">h</mi></math>
    """
    math = ElementTree.fromstring(mathml)
    for node in math.iter():
        node.tag = node.tag.removeprefix(f"{{{NAMESPACE}}}")
        for name in [name for name in node.attrib if name.startswith("data-")]:
            del node.attrib[name]
        node.tail = None
        if len(node):
            node.text = None
        restyle(node)
    for node in math.iter():
        align(node)
        space(node)
    math.set("xmlns", NAMESPACE)
    math.set("alttext", " ".join(tex.split()))
    return ElementTree.tostring(math, encoding="unicode")


def restyle(node: ElementTree.Element) -> None:
    """Say a letter's style by the letter itself, or by a class where it is only bold."""
    style = node.get("mathvariant")
    if style == "bold":
        node.set("mathvariant", "normal")
        node.set("class", "bold")
    elif style in STYLES and node.text:
        del node.attrib["mathvariant"]
        node.text = "".join(letter(STYLES[style], char) for char in node.text)


def letter(style: str, char: str) -> str:
    """Return a letter of a mathematical alphabet; another character, or one it lacks, stays.

    Examples
    --------
    >>> letter("SCRIPT", "L"), letter("DOUBLE-STRUCK", "R"), letter("SCRIPT", "N"), letter("SCRIPT", "+")
    ('ℒ', 'ℝ', '𝒩', '+')
    """
    size, _, name = unicodedata.name(char, "").replace("LATIN ", "").replace("GREEK ", "").partition(" ")
    named = name.removeprefix("LETTER ")
    for prefix in ("", "MATHEMATICAL "):  # some are older than the alphabets that they complete
        try:
            return unicodedata.lookup(f"{prefix}{style} {size} {named}")
        except KeyError:
            continue
    return char


def align(table: ElementTree.Element) -> None:
    """Give each cell of an aligned table the side that its column has, and the gap before it, if any."""
    if table.tag != "mtable" or "columnalign" not in table.attrib:
        return
    sides, gaps = table.attrib["columnalign"].split(), table.get("columnspacing", "1em").split()
    for row in table.findall("mtr"):
        for number, cell in enumerate(row):
            side = sides[min(number, len(sides) - 1)]
            apart = number and gaps[min(number, len(gaps)) - 1] != "0em"
            if side != "center":
                cell.set("class", f"{side} apart" if apart else side)


def space(row: ElementTree.Element) -> None:
    """Put thin spaces around a named function, where TeX has them: not beside a bracket or another sign."""
    children = list(row)
    for place in range(len(children) - 1, 0, -1):
        if children[place].text != APPLY:
            continue
        if children[place + 1 :] and not opens(children[place + 1]):
            row.insert(place + 1, thin())
        if place > 1 and children[place - 2].tag != "mo":
            row.insert(place - 1, thin())


def thin() -> ElementTree.Element:
    """Return a thin space."""
    return ElementTree.Element("mspace", width="0.17em")


def opens(node: ElementTree.Element) -> bool:
    """Say whether something is a bracket or begins with one."""
    first = node if node.tag == "mo" else next(iter(node), None)
    return first is not None and first.tag == "mo" and (first.text or "")[:1] in OPENING
