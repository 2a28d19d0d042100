"""The program's next start: takes what it is offered, and says what that was.

``python -m tests.gui.next_start`` prints a line with the epoch that is shown then, or ``nothing``.
"""

from __future__ import annotations

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QPushButton

from nnfs_core.experiment import presets
from nnfs_core.leaving import leave
from visualizer import app
from visualizer.window.offers import Offers


def main() -> int:
    plain = Offers.left_behind

    def offer(offers: Offers, *given, **how) -> None:
        window = offers._view.window()
        plain(offers, *given, **how)
        offers = window.view.messages.findChildren(QPushButton)
        button = next((one for one in offers if one.text() == "Open it"), None)
        if button is None:
            print("nothing", flush=True)
            QTimer.singleShot(0, window.close)
            return

        def on_started(_) -> None:
            print(window.viewer.opened.name, window.viewer.newest, flush=True)
            QTimer.singleShot(0, window.close)

        window.viewer.run_started.connect(on_started)
        QTimer.singleShot(0, button.click)

    Offers.left_behind = offer  # type: ignore[method-assign]
    return app.open_window(presets()["digits"], "digits", None, play=False)


if __name__ == "__main__":
    leave(main())
