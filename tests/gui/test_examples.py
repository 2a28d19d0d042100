"""Examples: a card for each preset, with its picture and its sentence; one click starts it."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication

from nnfs_core.experiment import preset_about, presets
from visualizer.screenshots import EXAMPLE_EPOCHS, EXAMPLE_SIZE
from visualizer.window.examples import PICTURES, ExamplesDialog

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize("name", presets())
def test_every_example_has_a_sentence_and_a_picture_in_both_themes(name):
    about = preset_about(name)
    assert about[0].isupper() and about.endswith(".") and "#" not in about and "\n" not in about
    assert name in EXAMPLE_EPOCHS
    for theme in ("dark", "light"):
        picture = QImage(str(PICTURES / f"{name}-{theme}.png"))
        assert (picture.width(), picture.height()) == EXAMPLE_SIZE
        corner = picture.pixelColor(2, 2).lightness()
        assert (corner < 80) == (theme == "dark")


def in_dialog(window, what) -> None:
    """Open the examples and do something there."""

    def act() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExamplesDialog)
        try:
            what(dialog)
        finally:
            dialog.reject()

    QTimer.singleShot(0, act)
    window.commands.named["examples"].trigger()


@pytest.mark.parametrize("percent", [100, 175])
def test_every_card_is_seen_whole(window, qtbot, percent):
    window.text.choose(percent)
    dialog = ExamplesDialog(window, "light")
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert list(dialog.cards) == list(presets())
    for card in dialog.cards.values():
        assert card.width() >= card.sizeHint().width() and card.height() >= card.sizeHint().height()
        sentence = card.layout().itemAt(2).widget()
        assert sentence.heightForWidth(sentence.width()) <= sentence.height()


def test_one_click_starts_it_and_the_run_before_can_come_back(window, qtbot):
    viewer = window.viewer
    viewer.step(2)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 2 and not viewer.training)
    with qtbot.waitSignal(viewer.run_started):
        in_dialog(window, lambda dialog: qtbot.mouseClick(dialog.cards["digits-deep"], LEFT))
    assert viewer.run.experiment == presets()["digits-deep"]
    assert viewer.run.name == "digits-deep"
    viewer.bring_back()
    assert viewer.run.name == "digits" and viewer.newest == 2


def test_leaving_changes_nothing(window, qtbot):
    run = window.viewer.run
    in_dialog(window, lambda dialog: qtbot.keyClick(dialog, Qt.Key.Key_Escape))
    assert window.viewer.run is run


def test_the_form_leads_there_too(window, qtbot, monkeypatch):
    form = window.view.form
    asked = []
    form.examples_wanted.connect(lambda: asked.append(form.preset.currentText()))
    monkeypatch.setattr(ExamplesDialog, "exec", lambda dialog: 0)
    form.preset.setCurrentIndex(form.preset.count() - 1)
    form.preset.activated.emit(form.preset.currentIndex())
    assert asked == ["digits"], "and the preset that is shown is named as before"
