"""Rich text whose links lead to places of the network; it stays in place while numbers change."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PyQt6.QtWidgets import QFrame, QTextBrowser, QToolTip

from visualizer.kit.glossary_tips import words_of
from visualizer.panels.inspector.formulas import place_of
from visualizer.style.theme import Palette, font

FIXED_HEIGHT: int = QTextBlockFormat.LineHeightTypes.FixedHeight.value  # type: ignore[assignment]

SCROLL_BAR = 8
"""Room at the right, so that nothing stands below the scroll bar."""


class FormulaView(QTextBrowser):
    """Shows a page; Tab goes from link to link, Return follows one.

    Attributes
    ----------
    came_with : Qt.FocusReason or None
        Tab or Shift+Tab if the focus came with it last, otherwise None.
    """

    place_followed = pyqtSignal(object)
    """A link was followed: the :class:`~nnfs_core.model.places.Place` it leads to."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumSize(200, 80)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDefaultFont(font())
        self.document().setDocumentMargin(0)
        self.setViewportMargins(0, 0, SCROLL_BAR, 0)
        # Arrows, Space, Home and End belong to the epochs, so the text is read with Tab only.
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.anchorClicked.connect(self._on_link)
        self.document().setUndoRedoEnabled(False)
        self._page = ""
        self._marks_when_shown = False
        self.came_with: Qt.FocusReason | None = None
        self._link_format = QTextCharFormat()
        self._link_format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)

    def show_page(self, html: str, *, same: bool, link: int = 0) -> None:
        """Show a page.

        Parameters
        ----------
        html : str
        same : bool
            Whether it is the page that is shown, with other numbers: then it stays where it is
            scrolled to, and the link that has the keyboard keeps it.
        link : int
            Which link of another page gets the keyboard, if a link of the one before had it.
        """
        if html == self._page:
            return
        self._page = html
        scrolled, marked = self.verticalScrollBar().value(), self.link_number()
        if not same:
            goes_on = self._marks_when_shown or (marked >= 0 and self.hasFocus())
            marked = link if goes_on else -1
        self._marks_when_shown = False
        # A scroll bar that goes with the old text and comes with the new one would have the
        # page set three times.
        bar = self.verticalScrollBar()
        needed = same and bar.maximum() > 0
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if needed else policy.ScrollBarAsNeeded
        )
        self.setHtml(html)
        self._tidy()
        if needed and bar.maximum() == 0:
            self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded)
        if marked >= 0:
            self._select_link(marked)
        self.verticalScrollBar().setValue(scrolled if same else 0)
        if marked >= 0 and not same:
            self.ensureCursorVisible()

    def viewportEvent(self, event) -> bool:
        """Explain the technical word under the mouse, where there is no link."""
        if event.type() == QEvent.Type.ToolTip and not self.anchorAt(event.pos()):
            page = self.viewport()
            assert page is not None, "the text is on it"
            if words := words_of(page, event.pos()):
                QToolTip.showText(event.globalPos(), words[0].text, page)
                return True
        return super().viewportEvent(event)

    def mark_link(self, *, last: bool = False) -> None:
        """Give the keyboard to the first link, or the last; to none that has it already."""
        if self.link_number() < 0:
            self._marks_when_shown = not self._page
            self._select_link(len(self.links()) - 1 if last else 0)
            self.ensureCursorVisible()

    def focusInEvent(self, event) -> None:
        """Keep in mind whether it was Tab that led here, and from which side."""
        super().focusInEvent(event)
        tabs = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.came_with = event.reason() if event.reason() in tabs else None

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._link_format.setUnderlineColor(QColor(palette.dim))
        self.setStyleSheet(
            "QTextBrowser { background: transparent; border: none;"
            f" selection-background-color: {palette.accent};"
            f" selection-color: {palette.on_accent}; }}"
        )

    def links(self) -> list[tuple[int, int, str]]:
        """Return where each link of the page begins and ends, and where it leads."""
        found: list[tuple[int, int, str]] = []
        block = self.document().begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                piece = pieces.fragment()
                if piece.charFormat().isAnchor():
                    start, link = piece.position(), piece.charFormat().anchorHref()
                    if found and found[-1][1:] == (start, link):
                        start = found.pop()[0]
                    found.append((start, piece.position() + piece.length(), link))
                pieces += 1  # type: ignore[operator]
            block = block.next()
        return found

    def _tidy(self) -> None:
        """Underline links lightly, and close the empty lines that Qt leaves after tables."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for start, end, _ in self.links():
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(self._link_format)
        closed = QTextBlockFormat()
        closed.setLineHeight(1, FIXED_HEIGHT)
        block = self.document().begin()
        while block.isValid():
            if block.length() == 1:
                cursor.setPosition(block.position())
                cursor.mergeBlockFormat(closed)
            block = block.next()
        cursor.endEditBlock()

    def link_number(self) -> int:
        """Return which link has the keyboard, counted from 0; −1 when none has."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            return -1
        at = (cursor.selectionStart(), cursor.selectionEnd())
        spans = [(start, end) for start, end, _ in self.links()]
        return spans.index(at) if at in spans else -1

    def _select_link(self, number: int) -> None:
        links = self.links()
        if 0 <= number < len(links):
            cursor = QTextCursor(self.document())
            cursor.setPosition(links[number][0])
            cursor.setPosition(links[number][1], QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)

    def _on_link(self, link: QUrl) -> None:
        self.place_followed.emit(place_of(link.toString()))
