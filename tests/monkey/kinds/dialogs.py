"""Dialogs, answered as a person does: something is typed or chosen, then yes or no."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QSpinBox,
)

from tests.monkey.chance import likely, pick, whole
from tests.monkey.kind import Arguments, kind
from tests.monkey.kinds.keyboard import KEYS, press_key
from tests.monkey.kinds.pointing import BUTTONS, some_point, some_widget
from tests.monkey.target import find, path_of
from tests.monkey.world import World, point
from visualizer.window.export_dialog import ExportDialog

NAMES = ["a.nnfs", "b", "again.nnfs", "a.npz", "nowhere/a.nnfs", "ü 🙂.png", "." * 3, "x" * 300]
"""What a file to be written is called. All of them lie where the program was started."""


def _a_path(world: World, rng: np.random.Generator) -> Arguments | None:
    dialog = world.dialog
    if not isinstance(dialog, QFileDialog):
        return None
    if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave:
        name = pick(rng, NAMES)
    elif dialog.fileMode() == QFileDialog.FileMode.Directory:
        name = "."
    else:
        name = str(world.zoo / pick(rng, world.files))
    return {"name": name, "accept": likely(rng, 0.75)}


@kind("answer a file dialog", 8, _a_path, where="dialog")
def answer_file_dialog(world: World, name: str, accept: bool) -> None:
    dialog = world.dialog
    if not isinstance(dialog, QFileDialog):
        return
    # Nothing but the name is touched: with the rest one can delete files, anywhere.
    dialog.setOption(QFileDialog.Option.ReadOnly, True)
    edit = dialog.findChild(QLineEdit)
    edit.setText(name)
    buttons = dialog.findChild(QDialogButtonBox)
    affirmative = QDialogButtonBox.ButtonRole.AcceptRole
    button = next(one for one in buttons.buttons() if buttons.buttonRole(one) == affirmative)
    if accept and button.isEnabled():
        button.click()
    else:
        dialog.reject()


def _a_value(world: World, rng: np.random.Generator) -> Arguments | None:
    if not isinstance(world.dialog, QInputDialog):
        return None
    number, text = pick(rng, [1, 2, 16, 64, 256]), pick(rng, ["", "branch", " ", "ü🙂", "b" * 500])
    return {"number": number, "text": text, "accept": likely(rng, 0.8)}


@kind("answer a question", 8, _a_value, where="dialog")
def answer_question(world: World, number: int, text: str, accept: bool) -> None:
    dialog = world.dialog
    if not isinstance(dialog, QInputDialog):
        return
    if dialog.inputMode() == QInputDialog.InputMode.IntInput:
        dialog.setIntValue(number)
    else:
        dialog.setTextValue(text)
    dialog.done(QDialog.DialogCode.Accepted if accept else QDialog.DialogCode.Rejected)


def _a_picture(world: World, rng: np.random.Generator) -> Arguments | None:
    dialog = world.dialog
    if not isinstance(dialog, ExportDialog):
        return None
    what = dialog.findChildren(QComboBox)[0]
    return {
        "what": whole(rng, 0, what.count() - 1),
        "size": [pick(rng, [64, 65, 101, 333, 640, 1200]), pick(rng, [64, 77, 200, 481, 900])],
        "ratio": pick(rng, [0.5, 1.0, 1.25, 2.0]),
        "every": pick(rng, [1, 3, 10, 1000]),
        "name": pick(rng, [None, None, None, *NAMES]),
        "then": pick(rng, ["Save", "Save", "Save", "Cancel", "Browse…"]),
    }


@kind("answer an export", 8, _a_picture, where="dialog")
def answer_export(
    world: World,
    what: int,
    size: list[int],
    ratio: float,
    every: int,
    name: str | None,
    then: str,
) -> None:
    dialog = world.dialog
    if not isinstance(dialog, ExportDialog):
        return
    dialog.findChildren(QComboBox)[0].setCurrentIndex(what)
    boxes = dialog.findChildren(QSpinBox)
    for box, value in zip(boxes, [*size, every], strict=False):
        box.setValue(value)
    dialog.findChild(QDoubleSpinBox).setValue(ratio)
    if name is not None:
        inside = (QAbstractSpinBox, QComboBox)  # fields of their own
        fields = dialog.findChildren(QLineEdit)
        (path,) = (field for field in fields if not isinstance(field.parent(), inside))
        path.setText(name)
    buttons = {button.text(): button for button in dialog.findChildren(QAbstractButton)}
    # Small first: whatever button is pressed later, no picture takes minutes.
    save = buttons.get("Save") or buttons["Start recording"]
    {"Save": save, "Cancel": buttons["Cancel"], "Browse…": buttons["Browse…"]}[then].click()


def _a_button(world: World, rng: np.random.Generator) -> Arguments | None:
    dialog = world.dialog
    if not isinstance(dialog, QMessageBox):
        return None
    return {"button": whole(rng, 0, len(dialog.buttons()) - 1)}


@kind("answer a message", 8, _a_button, where="dialog")
def answer_message(world: World, button: int) -> None:
    dialog = world.dialog
    if isinstance(dialog, QMessageBox) and button < len(dialog.buttons()):
        dialog.buttons()[button].click()


@kind("escape a dialog", 2, where="dialog")
def escape_dialog(world: World) -> None:
    press_key(world.focus, Qt.Key.Key_Escape)


def _a_click(world: World, rng: np.random.Generator) -> Arguments | None:
    if isinstance(world.dialog, QFileDialog):
        return None
    widget = some_widget(world, rng)
    return None if widget is None else {"widget": path_of(widget), "at": some_point(rng)}


@kind("click a dialog", 2, _a_click, where="dialog")
def click_dialog(world: World, widget: str, at: list[float]) -> None:
    target = find(widget)
    if target is not None:
        world.mouse.press(target, point(target, (at[0], at[1])), BUTTONS["left"])
        world.mouse.let_go()


def _a_key(world: World, rng: np.random.Generator) -> Arguments | None:
    # Numbers typed at random into the size of a picture would make it take minutes.
    if isinstance(world.dialog, QFileDialog | ExportDialog):
        return None
    return {"key": pick(rng, KEYS)}


@kind("key in a dialog", 2, _a_key, where="dialog")
def key_in_dialog(world: World, key: str) -> None:
    press_key(world.focus, Qt.Key[f"Key_{key}"])
