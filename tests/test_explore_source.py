"""`source` shows the companion's own lines, and no path of a machine."""

from pathlib import Path

import pytest

from companion import plots
from companion.explore import Explorer, Listing, explore, source
from companion.explore.controls import Control, control
from companion.explore.listing import _without_docstrings


def test_a_function_with_its_file_and_without_its_docstring() -> None:
    shown = source(plots.ink)
    assert shown == Listing(
        "companion/plots/palette.py", "def ink(role: str) -> str:\n    return ink_of(colour(role))"
    )
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"
    assert repr(shown).startswith("# companion/plots/palette.py\ndef ink")


def test_docstrings_on_request() -> None:
    assert '"""Return the colour in which to *write*' in source(plots.ink, docstrings=True).code


def test_several_things_of_one_file_and_a_class() -> None:
    shown = source(control, Control)
    assert shown.file == "companion/explore/controls.py"
    assert shown.code.index("def control(") < shown.code.index("@dataclass(frozen=True)\nclass Control:")
    assert '"""' not in shown.code
    assert "    name: str\n" in shown.code


def test_nothing_of_this_machine_is_shown() -> None:
    shown = repr(source(explore, docstrings=True)) + repr(source(Explorer))
    assert str(Path(__file__).parents[1]) not in shown
    assert "companion/explore/explorer.py" in shown


def test_a_docstring_goes_and_comments_and_decorators_stay() -> None:
    code = (
        "class A:\n"
        '    """One.\n'
        "\n"
        '    Two.\n    """\n'
        "\n"
        "    # about f\n"
        "    @property\n"
        "    def f(self):\n"
        '        """Three."""\n'
        "        x = '''kept\n"
        "        '''\n"
        "        return x\n"
        "\n"
        "    def g(self):\n"
        '        """All there is."""'
    )
    assert _without_docstrings(code) == (
        "class A:\n    # about f\n    @property\n    def f(self):\n"
        "        x = '''kept\n        '''\n        return x\n"
        '\n    def g(self):\n        """All there is."""'
    )


def test_a_fence_is_longer_than_those_within() -> None:
    assert Listing("a.py", 'x = "```"')._repr_markdown_().startswith("````python\n")


@pytest.mark.parametrize(
    ("things", "kind", "said"),
    [
        ((), ValueError, "expected a function or class, got none"),
        ((3,), TypeError, "expected a function or class, got int"),
        ((len,), TypeError, "expected a function or class, got builtin_function_or_method"),
        (
            (plots.ink, explore),
            ValueError,
            "expected objects of one file, got companion/plots/palette.py, comp",
        ),
    ],
)
def test_what_has_no_source_is_refused(things: tuple, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        source(*things)


def test_what_the_notebook_defines_is_refused() -> None:
    space: dict = {"__name__": "__main__"}
    exec("def mine():\n    pass", space)
    with pytest.raises(ValueError, match="expected something of a module, got mine of the notebook"):
        source(space["mine"])


def test_what_is_compiled_is_refused() -> None:
    with pytest.raises(TypeError, match="expected something written in Python, got int"):
        source(int)
