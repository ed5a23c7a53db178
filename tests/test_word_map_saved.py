"""The saved map of GloVe: its words, what it keeps of the 50 dimensions, and the script that made it."""

from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from companion import weights
from companion.data import load_glove
from companion.explore import kept_neighbours, nearest_rows, saved_map, trustworthiness, word_map
from companion.vectors import Vectors
from training import tsne


@pytest.fixture(scope="module")
def glove() -> Vectors:
    return load_glove(50)


@pytest.fixture(scope="module")
def table(glove: Vectors) -> np.ndarray:
    return glove.subset(saved_map().words).matrix


def test_the_words_are_those_that_the_script_chooses(glove: Vectors) -> None:
    words, groups = tsne.choose(glove, tsne.SIZE)
    chart = saved_map()
    assert list(chart.words) == words
    assert chart.groups == groups
    assert len(set(words)) == tsne.SIZE
    assert [glove.index(word) for word in words] == sorted(glove.index(word) for word in words)
    assert sum(map(len, groups.values())) == len({word for members in groups.values() for word in members})
    assert not {"the", "of", "and", ","} & set(words)


def test_the_places_are_a_map() -> None:
    chart = saved_map()
    assert chart.xy.shape == (tsne.SIZE, 2)
    assert chart.xy.dtype == np.float64
    assert np.isfinite(chart.xy).all()
    assert len(np.unique(chart.xy, axis=0)) > 0.99 * tsne.SIZE
    assert not chart.xy.flags.writeable
    assert chart.settings == {**tsne.SETTINGS, "vectors": "glove-50"}


def test_it_keeps_what_it_says_it_keeps(table: np.ndarray) -> None:
    chart = saved_map()
    kept, trusted = kept_neighbours(table, chart.xy, 10).mean(), trustworthiness(table, chart.xy, 10)
    assert chart.result == {
        "kept_neighbours_10": pytest.approx(kept, abs=6e-4),
        "trustworthiness_10": pytest.approx(trusted, abs=6e-4),
    }
    assert kept > 0.45
    assert trusted > 0.95


def test_it_keeps_far_more_than_the_two_widest_directions(table: np.ndarray) -> None:
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    flat = unit - unit.mean(axis=0)
    directions = np.linalg.svd(flat, full_matrices=False)[2][:2]  # (2, D)
    plane = flat @ directions.T  # (V, 2)
    assert kept_neighbours(table, plane, 10).mean() < 0.2 * kept_neighbours(table, saved_map().xy, 10).mean()


def test_words_of_a_group_stand_together() -> None:
    chart = saved_map()
    rows = {word: row for row, word in enumerate(chart.words)}
    near = nearest_rows(chart.xy, 5)
    for title in ("animals", "food and drink", "countries"):
        members = [rows[word] for word in chart.groups[title]]
        assert np.isin(near[members], members).mean() > 0.75, title


def test_the_map_of_the_chapter_weighs_little(table: np.ndarray) -> None:
    chart = saved_map()
    made = word_map(
        chart.words,
        chart.xy,
        groups=chart.groups,
        neighbours=nearest_rows(table, 8, "cosine"),
        description="The chapter's map.",
    )
    assert made.size < 200_000


def test_the_script_lays_out_the_same_map_each_time(table: np.ndarray) -> None:
    some = table[:120]
    with threadpool_limits(1):  # so few rows keep many threads waiting for each other
        plane, again = tsne.lay_out(some), tsne.lay_out(some)
    assert plane.shape == (120, 2)
    np.testing.assert_array_equal(again, plane)
    assert kept_neighbours(some, plane, 10).mean() > 0.4


def test_a_file_that_holds_no_map_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    weights.save("rows", {"words": np.zeros(3, np.uint8)}, command="make", settings={}, result={"rows": 3})
    with pytest.raises(ValueError, match="rows: expected a map, got a file without groups, xy"):
        saved_map("rows")
    with pytest.raises(ValueError, match="name: expected one of rows, got 'glove-tsne'"):
        saved_map()
