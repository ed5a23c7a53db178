"""Say which language emphasised words are in, so that they are read aloud in it (WCAG 3.1.2)."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

# As the text emphasises them: the notebooks stay plain Markdown.
PASSAGES = {
    "fr": (
        "Jane visite l'Afrique en septembre",
        "Le chat est sur le tapis",
        "Tu ne commettras point d'adultère",
        "le chat boit du lait",
        "le garçon",
        "de l'eau",
        "du lait",
        "du thé",
        "quatre-vingts",
        "italiennes",
        "voisines",
        "Adresse électronique",
    ),
    "de": ("Fußballspiel", "des Spieles", "des Spiels", "nicht", "hat gesagt", "sagte", "sei", "seien"),
}
LANGUAGE = {passage: language for language, passages in PASSAGES.items() for passage in passages}
BESIDE = ("section-number", "headerlink")  # classes of what stands in a heading beside its words


def mark_languages(soup: BeautifulSoup) -> None:
    """Give emphasised words and headings that are in another language the attribute ``lang``.

    Examples
    --------
    >>> soup = BeautifulSoup("<p><em>des Spiels</em> and <em>of the</em></p>", "html.parser")
    >>> mark_languages(soup)
    >>> print(soup)
    <p><em lang="de">des Spiels</em> and <em>of the</em></p>
    """
    for place in soup.select("em, h2, h3, h4"):
        language = LANGUAGE.get(words(place))
        if language:
            place["lang"] = language


def words(place: Tag) -> str:
    """Return an element's text in one line, with plain apostrophes and no full stop at its end."""
    parts = [
        part
        for part in place.find_all(string=True)
        if part.parent is None or not set(part.parent.get_attribute_list("class")) & set(BESIDE)
    ]
    return " ".join("".join(parts).split()).replace("’", "'").removesuffix(".")
