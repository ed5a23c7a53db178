"""The theme's script without its measuring of every page: tools/theme.py."""

import shutil
import subprocess

import pytest

from tools import theme


def test_one_function_is_emptied_and_nothing_else():
    whole = theme.original()
    lighter = theme.lightened(whole)
    assert "scrollWidth" in whole
    assert "scrollWidth" not in lighter
    start = next(i for i, (a, b) in enumerate(zip(whole, lighter, strict=False)) if a != b)
    cut = len(whole) - len(lighter)
    assert 100 < cut < 1000
    assert whole[:start] + whole[start + cut :] == lighter


@pytest.mark.skipif(shutil.which("node") is None, reason="node reads the script; `make book` needs it too")
def test_what_is_left_is_a_script(tmp_path):
    script = tmp_path / "theme.mjs"
    script.write_text(theme.lightened(theme.original()), encoding="utf-8")
    subprocess.run(["node", "--check", str(script)], check=True)


@pytest.mark.parametrize(("script", "found"), [("function I(){}", 0), (2, 2)])
def test_another_theme_is_refused(script, found):
    text = script if isinstance(script, str) else theme.original() * script
    with pytest.raises(
        theme.ThemeError, match=rf"expected one function .*, found {found}: the theme has changed"
    ):
        theme.lightened(text)


def test_the_script_is_written(tmp_path):
    (tmp_path / "scripts").mkdir()
    theme.lighten(tmp_path)
    assert (tmp_path / theme.SCRIPT).read_text(encoding="utf-8") == theme.lightened(theme.original())
