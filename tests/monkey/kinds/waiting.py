"""Nothing for a while, and closing what is open."""

from __future__ import annotations

from PyQt6.QtWidgets import QDialog

from tests.monkey.world import World


def wait(world: World) -> None:
    """Do nothing."""


def put_away(world: World) -> None:
    """Close the menu or the dialog in front, as Escape does."""
    if world.popup is not None:
        world.popup.close()
    elif isinstance(world.dialog, QDialog):
        world.dialog.reject()
        if isinstance(world.dialog, QDialog):  # one that has no button for it
            QDialog.done(world.dialog, QDialog.DialogCode.Rejected)  # protected in QFileDialog
    elif world.dialog is not None:
        world.dialog.close()


ALWAYS = {"wait": wait, "put away": put_away}
"""What can be done whatever is in front, and is never drawn."""
