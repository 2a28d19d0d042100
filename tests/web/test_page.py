"""What happens on the page, without a browser: nothing a visitor does loses anything."""

from __future__ import annotations

import zipfile
from html import escape
from types import SimpleNamespace

import numpy as np
import pytest

from nnfs_core.errors import UserError
from nnfs_core.files.weights import Weights, save_weights
from nnfs_core.shipped import shipped_file
from nnfs_core.text.glossary import words_in
from nnfs_web.model import load_model
from nnfs_web.pictures import data_url, png
from tests.core.drawn import digit
from tests.core.foreign_files import network, safetensors, torch

pytest.importorskip("gradio", reason="gradio is not installed")

from nnfs_web.page import HINT, SPOKEN, Page, Visit, check_unpacked, explained, gallery


@pytest.fixture(scope="module")
def page() -> Page:
    return Page({"digits": load_model(shipped_file("digits"), "digits")})


FIRST = Visit("digits")


def event(**data) -> SimpleNamespace:
    return SimpleNamespace(**data)


def test_a_test_picture_is_shown(page):
    visit, shown = page.on_pick(FIRST, event(index=4, number=7))
    assert visit.sample == 4 and "Right: it is" in shown
    assert shown.startswith('<div data-number="7">')
    for nonsense in (100, -3, "x", None):
        assert "no such picture" in page.on_pick(FIRST, event(index=nonsense))[1]


def test_a_drawing_is_shown_until_it_is_cleared(page):
    visit, shown = page.on_drawn(FIRST, event(picture=data_url(digit(3)), number=1))
    assert "reads <b>3</b>" in shown and visit.sample is None
    visit, shown = page.on_drawn(visit, event(picture="", number=2))
    assert "Draw a digit" in shown and page.answer(visit) is None
    assert page.shown(visit) == HINT
    assert "did not arrive whole" in page.on_drawn(visit, event(picture="nonsense"))[1]
    blank = page.on_drawn(visit, event(picture=data_url(np.zeros((280, 280)))))[1]
    assert "nothing is drawn on it" in blank


def test_a_picture_file(page, tmp_path):
    good, bad = tmp_path / "five.png", tmp_path / "bad.png"
    good.write_bytes(png(1 - digit(5)))
    bad.write_bytes(b"hello")
    visit, shown = page.on_picture(FIRST, {"path": str(good)})
    assert "reads <b>5</b>" in shown and "inverted, since the background is light" in shown
    same, said = page.on_picture(visit, {"path": str(bad)})
    assert same is visit
    assert "bad.png: is not a picture" in said and str(tmp_path) not in said


def test_bad_weights_leave_everything_as_it_was(page, tmp_path):
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"hello")
    visit, _ = page.on_pick(FIRST, event(index=4))
    same, choice, line, _, _ = page.on_weights(visit, {"path": str(bad)})
    assert same is visit and choice["value"] == "digits"
    assert 'role="alert">bad.npz: ' in line and str(tmp_path) not in line
    assert line.count("\n") == 0


def test_own_weights_are_used_at_once_and_can_be_left(page, tmp_path):
    path = tmp_path / "own.npz"
    save_weights(path, Weights((np.eye(10, 64),), (np.zeros(10),)))
    visit, _ = page.on_pick(FIRST, event(index=4))
    visit, choice, line, pictures, shown = page.on_weights(visit, {"path": str(path)})
    assert choice["choices"] == ["digits", "own.npz"]
    assert "64 → 10" in line and pictures.count("<button") == 100
    assert "no hidden layers" in shown and visit.sample == 4
    visit, line, _, shown = page.on_choose(visit, "digits")
    assert "64 → 32" in line and "Layer 1, 32 units" in shown


def test_what_is_assumed_of_own_weights_is_shown(page, tmp_path):
    path = tmp_path / "<b>.safetensors"
    path.write_bytes(safetensors(torch(network(64, 4, 10))))
    visit, _, line, *_ = page.on_weights(FIRST, {"path": str(path)})
    assert "<li>relu is assumed: the file names no activation" in line
    assert "64 → 4 → 10" in line and visit.own is not None
    assert "nnfs-notes" not in page.on_choose(visit, "digits")[1]
    bad = tmp_path / "model.pt"
    bad.write_bytes(b"\x80\x02}q")
    said = page.on_weights(FIRST, {"path": str(bad)})[2]
    assert "torch.load(&quot;model.pt&quot;" in said and str(tmp_path) not in said


def test_a_visit_from_before_a_restart_gets_the_first_weights(page):
    assert page.model(Visit("forgotten.npz")).name == "digits"


def test_misread_pictures_are_marked_in_words_too(page):
    model = page.model(FIRST)
    missed = int((model.read_as != model.y).sum())
    html = gallery(model, 3)
    assert html.count('class="nnfs-missed"') == missed == html.count(", read as ") // 2
    assert html.count('aria-pressed="true"') == html.count('tabindex="0"') == 1


def test_an_archive_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W1.npy", bytes(2**22))
    assert path.stat().st_size < 2**14
    check_unpacked(path, "bomb.npz")
    monkeypatch.setattr("nnfs_web.page.MAX_UNPACKED", 2**20)
    with pytest.raises(UserError, match=r"bomb\.npz: the weights are too large"):
        check_unpacked(path, "bomb.npz")


def test_technical_words_are_explained_as_in_the_window():
    shown = explained()
    for word in words_in(SPOKEN, most=100):
        assert escape(word.line) in shown
    assert len(words_in(SPOKEN, most=100)) == 13
