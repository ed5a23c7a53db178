"""Rows, verdicts, and the file that keeps the measurements."""

import doctest
import json

import pytest

from benchmarks import report, results, rnn, steps
from benchmarks.results import Record, Row

FAST = {"ours": [1.0, 1.0], "theirs": [2.0, 3.0]}


def row(promise="", **more):
    return Row("work", "much", "ours", **{"peer": "theirs", "promise": promise, **more})


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (row(**FAST), ""),
        (row("text", **FAST), "holds"),
        (row("beam search", **FAST), "misses"),
        (row("text", ours=[1.0], theirs=[0.996]), "holds"),  # printed as 1.00
        (row("text", ours=[1.0], theirs=[0.994]), "misses"),
        (row("text", ours=[1.0, 1.0, 1.0], theirs=[0.96, 0.98, 1.02]), "even"),
        (row("text", ours=[1.0, 1.0, 1.0], theirs=[0.90, 0.94, 1.02]), "misses"),
        (row("RNN in NumPy", ours=[1.0, 1.0], theirs=[0.96, 1.0], floor=[1.1, 1.1]), "even"),
        (row("own cells", ours=[1.2], theirs=[1.0]), "holds"),
        (row("RNN in NumPy", ours=[2.0], theirs=[1.0], floor=[0.9]), "misses"),
        (row("RNN in NumPy", ours=[2.0], theirs=[1.0], floor=[1.1]), "limit"),
        (row("RNN in NumPy", ours=[1.0], theirs=[1.0], floor=[1.1]), "holds"),
        (row("weight", peer="", unit="B", ours=[1_500_000]), "holds"),
        (row("weight", peer="", unit="B", ours=[1_500_001]), "misses"),
        (row("vectors", ours=[0.5], theirs=[0.1]), "holds"),  # an amount, whatever the peer takes
        (row("skip-gram quality", ours=[0.4], theirs=[0.3], more=True), "holds"),
        (row("skip-gram quality", ours=[0.3], theirs=[0.4], more=True), "misses"),
    ],
)
def test_verdicts(given, verdict):
    assert given.verdict == verdict


def record(*rows):
    return Record("a title", "2026-01-01 10:00", 1.5, "cpu", False, {"cores": 2}, list(rows), ["A note."])


def test_what_is_kept_comes_back_and_subjects_are_replaced_one_by_one(tmp_path):
    path = tmp_path / "speed.json"
    assert results.read(path) == {}
    first, second = record(row("text", **FAST)), record(row(peer="", ours=[2.5]))
    results.merge(path, {"a": first, "b": first})
    results.merge(path, {"b": second})
    assert results.read(path) == {"a": first, "b": second}
    assert [file.name for file in tmp_path.iterdir()] == ["speed.json"]
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["schema"] == results.SCHEMA
    assert stored["subjects"]["b"]["rows"] == [{"what": "work", "case": "much", "who": "ours", "ours": [2.5]}]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda document: document.update(schema=0), "schema 0"),
        (lambda document: document.pop("subjects"), "KeyError"),
        (lambda document: document["subjects"]["a"].pop("date"), "TypeError"),
        (lambda document: document["subjects"]["a"]["rows"][0].update(colour="red"), "TypeError"),
        (lambda document: document["subjects"]["a"]["rows"][0].update(ours=[]), "holds no numbers"),
        (lambda document: document["subjects"]["a"]["rows"][0].update(ours=["1"]), "holds no numbers"),
        (lambda document: document["subjects"]["a"]["rows"][0]["theirs"].pop(), "does not fit together"),
        (
            lambda document: document["subjects"]["a"]["rows"][0].update(promise="soon"),
            "does not fit together",
        ),
    ],
)
def test_another_file_is_refused_and_stays(spoil, said, tmp_path):
    path = tmp_path / "speed.json"
    results.merge(path, {"a": record(row("text", **FAST))})
    document = json.loads(path.read_text(encoding="utf-8"))
    spoil(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"speed.json: expected measurements of schema 1.*{said}"):
        results.merge(path, {"b": record()})
    assert path.read_bytes() == before


@pytest.mark.parametrize("module", [report, rnn, steps])
def test_examples_run(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
