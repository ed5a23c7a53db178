"""`bleu_calculator`: BLEU of a sentence that the reader types, in JupyterLab and in the built page."""

import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from companion.metrics.bleu import SMOOTHING, Bleu, sentence_bleu
from companion.metrics.ngram_overlap import ngrams

ORDERS = 4


@dataclass(frozen=True)
class BleuCalculator:
    """What `bleu_calculator` returns; a notebook shows it.

    Attributes
    ----------
    description : str
        The caption.
    score : Bleu
        Of the sentence that stands there first.
    html : str
        Everything that JupyterLab or the built page needs.
    """

    description: str
    score: Bleu
    html: str

    def __repr__(self) -> str:
        """Say what stands there first."""
        return f"BleuCalculator: BLEU {self.score.score:.2f}. {self.description}"

    def _repr_html_(self) -> str:
        return self.html


def bleu_calculator(
    hypothesis: str, references: Sequence[str], *, description: str, smoothing: str = "none", order: int = 1
) -> BleuCalculator:
    """Show fields for a translation and its references, and all that BLEU counts in them.

    It computes as one types, in the page itself, without a kernel. Tokens are cut at white space; orders for
    which the translation is too short are left out, as in :func:`companion.metrics.sentence_bleu`. Without
    JavaScript the numbers of the first sentence stand there.

    Parameters
    ----------
    hypothesis : str
        The translation to begin with.
    references : sequence of str
        Right ones, at least one, a line each.
    description : str
        The caption.
    smoothing : {"none", "floor", "add-k", "exp"}
        The smoothing to begin with.
    order : int
        The length of the n-grams that are listed first, from 1 to 4.

    Returns
    -------
    BleuCalculator
        The last line of a cell shows it.

    Raises
    ------
    TypeError, ValueError
        If a text is none, a reference is empty or has more than one line, or an option is unknown.

    Examples
    --------
    >>> mat = ["the cat is on the mat", "there is a cat on the mat"]
    >>> bleu_calculator("the cat the cat on the mat", mat, description="The cats of the lecture.")
    BleuCalculator: BLEU 46.71. The cats of the lecture.
    """
    score = sentence_bleu(hypothesis, references, "none", smoothing, max_order=ORDERS)
    for number, reference in enumerate(references):
        if len(reference.splitlines()) != 1 or not reference.strip():
            raise ValueError(f"references[{number}]: expected a line of text, got {reference!r}")
    if not isinstance(description, str) or not description.strip():
        raise ValueError(f"description: expected a text, got {description!r}")
    if order not in range(1, ORDERS + 1):
        raise ValueError(f"order: expected one of 1 to {ORDERS}, got {order!r}")
    made = _page(hypothesis, references, description, smoothing, order, score)
    return BleuCalculator(description, score, made)


def _page(
    hypothesis: str, references: Sequence[str], description: str, smoothing: str, order: int, score: Bleu
) -> str:
    options = "".join(
        f"<option{' selected' if name == smoothing else ''}>{name}</option>" for name in SMOOTHING
    )
    lengths = "".join(
        f'<label><input type="radio" name="unrolled-bleu-n" value="{n}" disabled'
        f"{' checked' if n == order else ''}>{n}</label>\n"
        for n in range(1, ORDERS + 1)
    )
    said = (
        f"BLEU {score.score:.2f}: c = {score.hypothesis_length}, r = {score.reference_length}, "
        f"brevity penalty {score.brevity_penalty:.4f}"
    )
    typed, lines = 'spellcheck="false" autocapitalize="none"', "\n".join(references)
    by_order = zip(range(1, ORDERS + 1), score.correct, score.total, score.precisions, strict=True)
    orders = _rows([(n, correct, total, f"{p:.4f}") for n, correct, total, p in by_order])
    counts = _rows(_counts(hypothesis, references, order))
    return f"""<figure class="unrolled-bleu">
<style>{_asset("bleu.css")}</style>
<label>Translation
<textarea rows="2" {typed} disabled>{html.escape(hypothesis)}</textarea></label>
<label>References, one a line
<textarea rows="3" {typed} disabled>{html.escape(lines)}</textarea></label>
<div class="unrolled-bleu-set"><label>Smoothing <select disabled>{options}</select></label>
<label><input type="checkbox" disabled>A is a</label></div>
<p class="unrolled-bleu-score" role="status">{said}</p>
<table class="unrolled-bleu-orders"><thead><tr><th scope="col">n</th><th scope="col">matches</th>
<th scope="col">n-grams</th><th scope="col">precision</th></tr></thead>
<tbody>{orders}</tbody></table>
<fieldset><legend>List the n-grams of length</legend>
{lengths}</fieldset>
<div class="unrolled-bleu-frame" tabindex="0" role="group" aria-label="n-grams of the translation">
<table class="unrolled-bleu-counts"><thead><tr><th scope="col">n-gram</th><th scope="col">count</th>
<th scope="col">most in one reference</th><th scope="col">counts as</th></tr></thead>
<tbody>{counts}</tbody></table></div>
<p class="unrolled-bleu-note">To type something else needs JavaScript; in Jupyter, a notebook that is
trusted.</p>
<figcaption>{html.escape(description)}</figcaption>
<script>(() => {{
{_asset("bleu.js")}
}})();</script>
</figure>"""


def _counts(hypothesis: str, references: Sequence[str], n: int) -> list[tuple[str, int, int, int]]:
    """List the n-grams in the order in which they come: count, most in a reference, the smaller of both."""
    most: Counter[tuple[object, ...]] = Counter()
    for reference in references:
        most |= Counter(ngrams(reference.split(), n))
    counts = Counter(ngrams(hypothesis.split(), n))
    return [
        (" ".join(map(str, gram)), count, most[gram], min(count, most[gram]))
        for gram, count in counts.items()
    ]


def _rows(table: Sequence[tuple[object, ...]]) -> str:
    return "".join(
        f'<tr><th scope="row">{html.escape(str(first))}</th>'
        + "".join(f"<td>{value}</td>" for value in rest)
        + "</tr>\n"
        for first, *rest in table
    )


@cache
def _asset(name: str) -> str:
    return files("companion.explore").joinpath("bleu", name).read_text(encoding="utf-8").strip()
