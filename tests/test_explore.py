"""`explore` reads its controls, stores what `draw` makes of them, and refuses what it cannot show."""

import base64
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from PIL import Image

from companion import plots
from companion.explore import Explorer, explore, explorer, live
from companion.explore.controls import control


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with mpl.rc_context():
        plots.use_style()
        yield
        plt.close("all")


def line(height: float) -> plt.Figure:
    figure, axes = plt.subplots()
    axes.plot([0, 1, 2], [0, height, height**2], color=plots.colour("state"))
    axes.set(ylim=(0, 1), xlabel="step", ylabel="state")
    return figure


class Elements(HTMLParser):
    """Every element with its attributes, and all text by the element it stands in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        self.text[self.inside] = self.text.get(self.inside, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def stored(made: Explorer) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', made.html, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize(
    ("spec", "values", "labels"),
    [
        ((0.0, 1.0, 11), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0), None),
        ((1, 9, 3), (1, 5, 9), ("1", "5", "9")),
        ((0, 1, 3), (0.0, 0.5, 1.0), ("0", "0.5", "1")),
        ([0.12345, 0.123451], (0.12345, 0.123451), ("0.12345", "0.123451")),
        (["words", "characters"], ("words", "characters"), ("words", "characters")),
        ({"none": 0, "all": 7}, (0, 7), ("none", "all")),
    ],
)
def test_a_control_is_a_range_a_list_or_a_dict(spec: Any, values: tuple, labels: tuple | None) -> None:
    made = control("alpha", spec)
    assert made.values == values
    assert [type(v) for v in made.values] == [type(v) for v in values]
    assert made.labels == (labels if labels is not None else tuple(f"{v:g}" for v in values))


@pytest.mark.parametrize(
    ("spec", "kind", "said"),
    [
        ((0.0, 1.0), ValueError, r"alpha: expected \(start, stop, n\), got 2"),
        ((1.0, 0.0, 5), ValueError, "expected start < stop and n >= 2"),
        ((0.0, 1.0, 1), ValueError, "expected start < stop and n >= 2"),
        (("a", "b", "c"), TypeError, r"a list of values is written \[...\]"),
        ([1], ValueError, "expected two values or more, got 1"),
        (3, TypeError, "a list of values or a dict of label -> value, got int"),
    ],
)
def test_a_control_that_cannot_be_read_is_refused(spec: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        control("alpha", spec)


def test_the_page_holds_every_frame_and_asks_nothing_of_anybody() -> None:
    made = explore(line, description="The state grows.", height=(0.0, 1.0, 5))
    frames = stored(made)["frames"]
    assert len(frames) == 5
    for frame in frames:
        data = base64.b64decode(frame.removeprefix("data:image/png;base64,"))
        assert len(data) <= 25_000
        assert Image.open(io.BytesIO(data)).width == 840
    assert "http" not in made.html
    assert not re.search(r"require|fetch|import\(|src=\"(?!data:)", made.html)
    assert made.size == len(made.html.encode()) < 5 * 30_000


def test_the_slider_is_native_labelled_and_described() -> None:
    made = explore(
        line, description="Now < then & so on.", alt=lambda height: f"h={height}", height=(0.0, 1.0, 5)
    )
    page = Elements(made.html)
    (slider,) = page.all("input")
    assert slider["type"] == "range"
    assert (slider["min"], slider["max"], slider["value"], slider["aria-valuetext"]) == ("0", "4", "2", "0.5")
    assert "disabled" in slider, "until the script is there, the slider moves nothing"
    assert re.search(r"<label><span>height</span><input[^>]*></label><output", made.html)
    assert page.text["output"].strip() == "0.5"
    assert page.text["figcaption"].strip() == "Now < then & so on."
    (image,) = page.all("img")
    assert (image["class"], image["alt"]) == ("unrolled-figure", "h=0.5")
    assert "one of 5 settings" in " ".join(page.text["p"].split())
    assert "needs JavaScript" in " ".join(page.text["p"].split())


def test_every_setting_has_its_own_words() -> None:
    def draw(rate: float, unit: int) -> str:
        return f"{rate} {unit}"

    made = explore(draw, description="Two.", rate=(0.0, 1.0, 3), unit={"ms": 1, "s": 1000})
    data = stored(made)
    assert data["alts"][:3] == ["rate 0, unit ms", "rate 0, unit s", "rate 0.5, unit ms"]
    assert data["labels"] == [["0", "0.5", "1"], ["ms", "s"]]
    assert data["frames"][data["order"][3]] == "<pre>0.5 1000</pre>"


def test_identical_frames_are_stored_once() -> None:
    made = explore(lambda n: line(0.5 if n < 4 else 1.0), description="A step.", n=(1, 6, 6))
    data = stored(made)
    assert len(data["frames"]) == 2
    assert data["order"] == [0, 0, 0, 1, 1, 1]


def test_the_same_call_gives_the_same_page_and_other_pixels_the_same_name() -> None:
    first, second = (explore(line, description="Same.", height=(0.0, 1.0, 3)) for _ in range(2))
    assert first.html == second.html
    other = explore(lambda height: line(height / 2), description="Same.", height=(0.0, 1.0, 3))
    key = re.compile(r'data-explorer="([0-9a-f]{12})"')
    names = [key.findall(e.html) for e in (first, other)]
    assert names[0] == names[1], "another machine's pixels must not rename the explorer"
    assert key.findall(explore(line, description="Other.", height=(0.0, 1.0, 3)).html) != names[0]
    assert " id=" not in first.html, "the same output may stand twice on a page"


def test_it_starts_in_the_middle_or_where_it_is_told() -> None:
    made = explore(lambda s: s, description="Text.", s=["a", "b", "c"], start={"s": "c"})
    assert Elements(made.html).text["pre"].strip() == "c"
    made = explore(lambda s: s, description="Text.", s=["a", "b", "c"])
    assert Elements(made.html).text["pre"].strip() == "b"


class Table:
    def _repr_html_(self) -> str:
        return "<table><tr><td>1</td></tr></table>"


def drawn_on_the_current_figure(n: int) -> None:
    plt.plot([0, n])


def printed(n: int) -> None:
    print("n is", n)


@pytest.mark.parametrize(
    ("draw", "begins"),
    [
        (line, "data:image/png"),
        (lambda n: line(n).axes[0], "data:image/png"),
        (drawn_on_the_current_figure, "data:image/png"),
        (printed, "<pre>n is 1</pre>"),
        (lambda n: f"{n} < 3\n", "<pre>1 &lt; 3</pre>"),
        (lambda n: Table(), "<table>"),
    ],
    ids=["figure", "axes", "current figure", "print", "text", "table"],
)
def test_draw_may_return_or_draw_or_print(draw: Any, begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = "height" if draw is line else "n"
    made = explore(draw, description="Kinds.", **{name: [1, 2]})
    assert stored(made)["frames"][0].startswith(begins)
    assert capsys.readouterr().out == ""
    assert not plt.get_fignums(), "a figure left open would be shown again below the cell"


def test_figures_that_were_open_before_stay_open_and_untouched() -> None:
    before, axes = plt.subplots()
    explore(drawn_on_the_current_figure, description="Kinds.", n=[1, 2])
    assert plt.get_fignums() == [before.number]
    assert not axes.lines


def test_text_cannot_end_the_script_that_stores_it() -> None:
    made = explore(lambda n: Markup(), description="</script> <b>", n=[1, 2])
    assert made.html.count("</script>") == 3, "the two scripts' ends, and the frame that is shown first"
    assert stored(made)["frames"] == ["<p></script></p>"]


class Markup:
    def _repr_html_(self) -> str:
        return "<p></script></p>"


def nothing(n: int) -> None:
    pass


@pytest.mark.parametrize(
    ("draw", "kind", "said"),
    [
        (nothing, TypeError, "got nothing, and drew and printed nothing"),
        (
            lambda n: 3.0,
            TypeError,
            "expected a matplotlib figure, a text or something with _repr_html_, got float",
        ),
        (
            lambda n: "text" if n == 1 else line(1),
            TypeError,
            "figures at every setting or text at every setting",
        ),
        ("draw", TypeError, "expected a function, got str"),
    ],
)
def test_what_cannot_be_shown_is_refused(draw: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        explore(draw, description="Wrong.", n=[1, 2])


def test_an_error_in_draw_says_at_which_setting() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        explore(lambda n, m: str(1 / n), description="Wrong.", n=[1, 0], m=["a", "b"])
    assert caught.value.__notes__ == ["explore: while drawing n=0, m='a'"]


def test_no_description_no_control_too_many_or_unknown_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a sentence that says what there is to see"):
        explore(line, description=" ", height=[1, 2])
    with pytest.raises(ValueError, match="expected one to three, like alpha"):
        explore(line, description="None.")
    with pytest.raises(ValueError, match="got 4"):
        explore(line, description="Four.", a=[1, 2], b=[1, 2], c=[1, 2], d=[1, 2])
    with pytest.raises(ValueError, match="at most 1000 settings in all, got 1331"):
        explore(line, description="Many.", a=(0, 1, 11), b=(0, 1, 11), c=(0, 1, 11))
    with pytest.raises(ValueError, match="start: expected a value of height, got 7"):
        explore(line, description="Start.", height=[1, 2], start={"height": 7})
    with pytest.raises(ValueError, match="start: expected names of controls, got hight"):
        explore(line, description="Start.", height=[1, 2], start={"hight": 1})


def test_frames_that_are_too_large_are_refused_with_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer, "LIMIT_BYTES", 30_000)
    with pytest.raises(
        ValueError, match=r"at most 0.03 MB of frames, got 0.0\d MB after [2-5] of 8 settings; take"
    ):
        explore(line, description="Large.", height=(0.0, 1.0, 8))


def test_it_speaks_the_same_on_every_machine() -> None:
    made = explore(line, description="The state grows.", height=(0.0, 1.0, 3))
    assert repr(made) == "Explorer: height takes 3 values from 0 to 1. The state grows."
    bundle = made._repr_mimebundle_()
    assert bundle == {"text/plain": repr(made), "text/html": made.html}, "no kernel listens here"


def test_live_controls_draw_between_the_stored_values() -> None:
    made = explore(lambda x: f"x = {x:.3f}", description="Live.", x=(0.0, 1.0, 3))
    panel = live.panel(made)
    slider, stage, caption = panel.children
    assert isinstance(slider, ipywidgets.FloatSlider)
    assert (slider.min, slider.max, slider.value) == (0.0, 1.0, 0.5)
    slider.value = 0.35
    assert "x = 0.350" in stage.value
    assert "Live." in caption.value


def test_live_controls_of_whole_numbers_and_of_choices() -> None:
    made = explore(
        lambda n, unit: f"{n} {unit}", description="Live.", n=(1, 9, 3), unit={"words": "w", "letters": "c"}
    )
    number, choice, stage, _ = live.panel(made).children
    assert isinstance(number, ipywidgets.IntSlider)
    assert isinstance(choice, ipywidgets.SelectionSlider)
    number.value, choice.value = 6, "c"
    assert "6 c" in stage.value


def test_a_live_error_is_shown_and_the_next_setting_works() -> None:
    made = explore(lambda n: str(6 // (n - 2)), description="Live.", n=(1, 5, 2))
    slider, stage, _ = live.panel(made).children
    slider.value = 2
    assert "ZeroDivisionError" in stage.value
    slider.value = 4
    assert "<pre>3</pre>" in stage.value


def test_labels_cannot_end_the_script_that_holds_them() -> None:
    html = explore(lambda n: f"{n}", description="Tags.", n={"a": 1, "<!--<script>": 2, "</script>": 3}).html
    assert "<!--" not in html
    assert html.count("<script") == html.count("</script>")
