"""What a flat map keeps of a space: against scikit-learn, against laws, and against usual mistakes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.manifold import trustworthiness as peer
from sklearn.neighbors import NearestNeighbors

from companion.explore import kept_neighbours, nearest_rows, trustworthiness

SIZE, DIM = 60, 7


@pytest.fixture
def space() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(SIZE, DIM))


@pytest.fixture
def plane(space: np.ndarray) -> np.ndarray:
    """Lay the points out by their first two numbers: some neighbours stay, others do not."""
    return space[:, :2] + 0.3 * np.random.default_rng(4).normal(size=(SIZE, 2))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_nearest_rows_are_those_of_scikit_learn(space: np.ndarray, metric: str) -> None:
    finder = NearestNeighbors(n_neighbors=9, metric=metric, algorithm="brute").fit(space)
    np.testing.assert_array_equal(nearest_rows(space, 9, metric), finder.kneighbors(return_distance=False))


def test_equally_near_points_stand_in_the_order_of_their_rows() -> None:
    points = [[0, 0], [1, 0], [0, 1], [-1, 0], [0, 0]]
    assert nearest_rows(points, 4).tolist()[0] == [4, 1, 2, 3]
    assert nearest_rows([[2.0]] * 4, 3).tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_the_length_of_a_vector_does_not_count_among_angles(space: np.ndarray) -> None:
    longer = space * np.random.default_rng(5).uniform(0.1, 10, size=(SIZE, 1))
    np.testing.assert_array_equal(nearest_rows(longer, 5, "cosine"), nearest_rows(space, 5, "cosine"))
    assert (nearest_rows(longer, 5) != nearest_rows(space, 5)).any()


def test_single_precision_is_read_as_it_is(space: np.ndarray) -> None:
    single = space.astype(np.float32)
    np.testing.assert_array_equal(nearest_rows(single, 5), nearest_rows(single.astype(np.float64), 5))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [1, 4, 10])
def test_trustworthiness_is_that_of_scikit_learn(
    space: np.ndarray, plane: np.ndarray, k: int, metric: str
) -> None:
    expected = peer(space, plane, n_neighbors=k, metric=metric)
    assert trustworthiness(space, plane, k, metric) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("k", [1, 4, 10])
def test_kept_neighbours_by_sets(space: np.ndarray, plane: np.ndarray, k: int) -> None:
    near, drawn = nearest_rows(space, k, "cosine"), nearest_rows(plane, k)
    shares = [len(set(a) & set(b)) / k for a, b in zip(near.tolist(), drawn.tolist(), strict=True)]
    assert kept_neighbours(space, plane, k).tolist() == shares


def test_a_map_that_is_the_space_keeps_all(space: np.ndarray) -> None:
    flat = space[:, :2]
    assert (kept_neighbours(flat, flat, 6, "euclidean") == 1).all()
    assert trustworthiness(flat, flat, 6, "euclidean") == 1


@settings(max_examples=20, deadline=None)
@given(
    angle=st.floats(0, 6.3), stretch=st.floats(0.1, 50), moved=st.floats(-100, 100), mirrored=st.booleans()
)
def test_turning_moving_mirroring_and_enlarging_a_map_changes_nothing(
    angle: float, stretch: float, moved: float, mirrored: bool
) -> None:
    space = np.random.default_rng(3).normal(size=(SIZE, DIM))
    plane = space[:, :2]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    other = (plane * [1, -1 if mirrored else 1]) @ turn * stretch + moved
    assert kept_neighbours(space, other, 5).tolist() == kept_neighbours(space, plane, 5).tolist()
    assert trustworthiness(space, other, 5) == trustworthiness(space, plane, 5)


def test_a_random_map_keeps_what_chance_keeps(space: np.ndarray) -> None:
    rng = np.random.default_rng(6)
    kept = [kept_neighbours(space, rng.uniform(size=(SIZE, 2)), 10).mean() for _ in range(40)]
    trusted = [trustworthiness(space, rng.uniform(size=(SIZE, 2)), 10) for _ in range(40)]
    assert np.mean(kept) == pytest.approx(10 / (SIZE - 1), abs=0.01)
    assert np.mean(trusted) == pytest.approx(0.5, abs=0.03)


def own_neighbour(space: np.ndarray, plane: np.ndarray, k: int) -> float:
    """Count a point as its own nearest: every share is too high."""
    near, drawn = (
        np.argsort(np.linalg.norm(p[:, None] - p[None], axis=2), axis=1)[:, :k] for p in (space, plane)
    )
    return float((near[:, :, None] == drawn[:, None, :]).any(axis=2).mean())


def test_the_usual_mistakes_give_another_number(space: np.ndarray, plane: np.ndarray) -> None:
    right = kept_neighbours(space, plane, 5, "euclidean").mean()
    assert abs(own_neighbour(space, plane, 5) - right) > 0.1
    trusted = trustworthiness(space, plane, 5, "euclidean")
    assert abs(trustworthiness(plane, space, 5, "euclidean") - trusted) > 0.01, "the map for the space"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nearest_rows([1.0, 2.0], 1), r"points: expected \(V, D\), two points or more, got \(2,\)"),
        (lambda: nearest_rows([[1.0]], 1), r"points: expected \(V, D\), two points or more, got \(1, 1\)"),
        (lambda: nearest_rows([[1.0], [np.nan]], 1), "points: expected finite numbers, got nan in row 1"),
        (lambda: nearest_rows([[1.0], [0.0]], 1, "cosine"), "points: row 1 is zero and has no direction"),
        (lambda: nearest_rows([[1.0], [2.0]], 2), "k: expected an integer from 1 to 1, got 2"),
        (lambda: nearest_rows([[1.0], [2.0]], 0), "k: expected an integer from 1 to 1, got 0"),
        (lambda: nearest_rows([[1.0], [2.0]], True), "k: expected an integer from 1 to 1, got True"),
        (lambda: nearest_rows([[1.0], [2.0]], 1, "l1"), "metric: expected 'cosine' or 'euclidean', got 'l1'"),
        (
            lambda: kept_neighbours(np.ones((3, 2)), np.ones((4, 2)), 1),
            "plane: expected 3 points, as in the space, got 4",
        ),
        (
            lambda: trustworthiness(np.eye(4), np.eye(4), 2),
            "k: expected an integer from 1 to 1, got 2",
        ),
    ],
)
def test_bad_input_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
