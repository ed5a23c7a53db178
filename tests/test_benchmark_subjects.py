"""Every subject runs as a trial, and those without a test file of their own notice a wrong answer."""

import dataclasses
import sys

import numpy as np
import pytest
import torch

from benchmarks import __main__ as everything
from benchmarks import (
    beam_peers,
    beam_search,
    bleu,
    book,
    harness,
    machine,
    memory,
    pages,
    rnn,
    skipgram,
    steps,
    text,
    vectors,
)
from benchmarks.harness import Options, always, measured
from benchmarks.promises import PROMISES
from companion.text.codec import PADDING

SUBJECTS = {
    module.SUBJECT.name: module
    for module in (text, skipgram, rnn, steps, memory, bleu, beam_search, vectors, book, pages)
}
HERE = [name for name in SUBJECTS if name not in ("book", "pages")]  # what needs no build and no browser


@pytest.fixture(autouse=True)
def _no_rates(monkeypatch):
    """Leave out what the machine is, which has a test of its own."""
    monkeypatch.setattr(machine, "describe", lambda device: {})
    monkeypatch.setattr(harness.report, "conditions", lambda about: "")
    monkeypatch.setattr(rnn, "PAUSE", 0)


def test_the_subjects_are_those_of_the_command():
    assert set(SUBJECTS) == set(everything.SUBJECTS)
    on_gpu = [name for name, module in SUBJECTS.items() if "cuda" in module.SUBJECT.devices]
    assert set(on_gpu) == set(everything.ON_GPU)


@pytest.mark.parametrize("name", HERE)
def test_a_trial_measures_every_kind_of_row(name):
    record = harness.measure(SUBJECTS[name].SUBJECT, Options(quick=True))
    assert (record.quick, record.device) == (True, "cpu")
    assert len({(row.what, row.case, row.who, row.threads) for row in record.rows}) == len(record.rows) > 3
    assert all(len(row.ours) == 1 for row in record.rows)
    of = {"steps": {"linear time"}, "memory": {key for key in PROMISES if key.startswith("memory")}}
    of |= {
        "beam_search": {"beam search"},
        "vectors": {"vectors"},
        "skipgram": {"skip-gram", "skip-gram quality"},
    }
    of |= {"text": {"text"}, "bleu": {"BLEU"}}
    of |= {"rnn": {"RNN in NumPy", "gates in NumPy", "cells in PyTorch", "own cells"}}
    assert {row.promise for row in record.rows if row.promise} == of[name]


@pytest.mark.parametrize("peer", beam_search.PEERS, ids=lambda peer: peer.name)
def test_a_worse_translation_ends_the_run(peer):
    made = beam_search.contest(beam_search.task("sentences", 2), peer, 1, "cpu")
    made = dataclasses.replace(made, timing=dataclasses.replace(made.timing, pause=0))
    found = {name: prepared(0)() for name, prepared in made.sides.items()}
    sides = {name: always(lambda best=best: best) for name, best in found.items()}
    assert len(measured(dataclasses.replace(made, sides=sides), Options(rounds=1))) == 2
    best = found["PyTorch"]
    for worse in ([*best[:-1], best[-1][:-1]], best[::-1]):  # one without its end; those of other sentences
        sides["PyTorch"] = always(lambda worse=worse: worse)
        with pytest.raises(SystemExit, match=f"PyTorch: the result is not that of {peer.name}"):
            measured(dataclasses.replace(made, sides=sides), Options(rounds=1))


def test_the_network_of_joeynmt_is_ours():
    work = beam_search.task("sentences", 8)
    order = work.lengths.argsort(descending=True)
    source, lengths = work.source[:, order], work.lengths[order]
    inputs = source[:5] % work.network.readout.weight.shape[0]  # any tokens will do
    with torch.no_grad():
        logits, _ = work.network(source, inputs, lengths)
        theirs, _, _, _ = beam_peers.joeynmt_model(work.network)._encode_decode(
            src=source.T, trg_input=inputs.T, src_mask=(source.T != PADDING)[:, None], src_length=lengths
        )
    assert torch.allclose(theirs.transpose(0, 1), logits, atol=2e-5)


def test_a_wrong_gradient_ends_the_run_and_truncation_is_no_excuse():
    right = {"weight": np.arange(4.0)}
    other = {"weight": np.arange(4.0) + 1e-8}
    full, cut = ("NumPy", memory.FULL), ("NumPy", memory.TRUNCATED)
    torch_cut = ("PyTorch", memory.TRUNCATED)
    memory.compare(8, {full: right, cut: other, torch_cut: other, ("PyTorch", memory.CHECKPOINTS): right})
    for wrong in (
        {full: right, ("NumPy", memory.CHECKPOINTS): other},
        {full: right, cut: right, torch_cut: other},
    ):
        with pytest.raises(SystemExit, match="8 steps: .*: the gradient of weight is wrong"):
            memory.compare(8, wrong)


def test_the_states_that_must_be_kept():
    state = memory.N * memory.H * 8
    assert memory.kept(memory.FULL, 100) == 101 * state
    assert memory.kept(memory.CHECKPOINTS, 100) == (10 + 10) * state
    assert memory.kept(memory.TRUNCATED, 100) == 21 * state


def test_a_command_that_fails_ends_the_run_with_its_words(tmp_path):
    assert book.run([sys.executable, "-c", "pass"], tmp_path) > 0
    with pytest.raises(SystemExit, match="ended with status 3. Its last words:\nwhy"):
        book.run([sys.executable, "-c", "import sys; print('why'); sys.exit(3)"], tmp_path)


def test_the_pages_of_the_book_are_found():
    names = book.documents(book.ROOT / "_toc.yml")
    assert names[:2] == ["index", "preface"]
    assert {"recurrence/bptt", "appendix/glossary"} <= set(names)
    assert book.ROOT / "book" / "recurrence" / "bptt.ipynb" in book.notebooks()


SLIDER = """<!doctype html><title>A page</title><figure class="unrolled-explorer">
<input type="range" min="0" max="2" value="1"><p class="unrolled-explorer-stage">1</p></figure>
<script>document.querySelector("input").addEventListener("input", (event) => {{
  document.querySelector("p").textContent = {shown};
}});</script>"""


@pytest.mark.browser
def test_a_page_is_interactive_when_its_slider_moves_the_picture(tmp_path):
    from playwright.sync_api import sync_playwright

    (tmp_path / "moves.html").write_text(SLIDER.format(shown="event.target.value"), encoding="utf-8")
    (tmp_path / "stays.html").write_text(SLIDER.format(shown='"1"'), encoding="utf-8")
    with pages.served(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=pages.browser_path(), args=pages.FLAGS)
        weight, time = pages.looked_at(browser, address, "moves", 2)
        assert weight.ours == [(tmp_path / "moves.html").stat().st_size]
        assert len(time.ours) == 2
        assert all(0 < seconds < 60 for seconds in time.ours)
        with pytest.raises(SystemExit, match="stays.html: the slider was moved"):
            pages.visit(browser, address + "stays.html", False)
        browser.close()
