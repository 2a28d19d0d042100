"""Pictures on their way to the pad: from a file, the clipboard, or something dropped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QMimeData
from PyQt6.QtGui import QImage, QPixmap

from nnfs_core.errors import UserError
from nnfs_core.pictures.file import check_size, read_grey
from nnfs_core.pictures.grey import grey_of_rgba
from nnfs_core.pictures.prepare import prepare
from nnfs_core.progress import Look, go_on
from visualizer.kit.qt_path import local_files
from visualizer.panels.draw.vectors import Picture


def pasted(data: QMimeData | None) -> Path | QImage:
    """Return what a clipboard holds: a file, or a picture without one.

    Raises
    ------
    UserError
        When it holds neither.
    """
    where, expected = "the clipboard", "a picture, or the file of one"
    if data is None:
        raise UserError("holds no picture", where=where, expected=expected, found="nothing")
    files = local_files(data)
    if len(files) == 1:
        # Before the picture: a file manager may give its own icon of the file along.
        return files[0]
    if not files and data.hasImage():
        image = image_in(data)
        if not image.isNull():
            return image
    if files:
        found = f"{len(files)} files"
    elif data.hasText():
        found = "text"
    else:
        found = "something else" if data.formats() else "nothing"
    raise UserError("holds no picture", where=where, expected=expected, found=found)


def image_in(data: QMimeData) -> QImage:
    """Return the picture that something carries without a file; one of no size if it has none."""
    held = data.imageData()  # whatever whoever gives it calls a picture
    if isinstance(held, QPixmap):
        return held.toImage()
    return QImage(held) if isinstance(held, QImage) else QImage()


def name_of(source: Path | QImage) -> str:
    """Return what a picture is called on screen."""
    return source.name if isinstance(source, Path) else "the picture"


def read(source: Path | QImage, shape: tuple[int, int], look: Look = go_on) -> Picture:
    """Read a picture, and make sure that it can be prepared; it may take a second or two.

    Parameters
    ----------
    source : Path or QImage
    shape : tuple of int
        Rows and columns of what it will be prepared for.
    look : callable
        Called between two pieces of work.

    Raises
    ------
    UserError
        When it cannot be read, or nothing is on it.
    """
    name = name_of(source)
    if isinstance(source, Path):
        grey = read_grey(source, progress=lambda *_: look())
    else:
        grey = _grey_of(source, name, look)
    grey.flags.writeable = False
    where = source if isinstance(source, Path) else name
    if grey.max() - grey.min() <= 0:
        raise _blank(where)
    try:
        prepare(grey, shape)
    except UserError:
        raise _blank(where) from None
    return Picture(grey, name)


def _grey_of(image: QImage, name: str, look: Look) -> NDArray[np.float32]:
    """Return what is on the clipboard or was dropped as shades of grey, a few rows at a time."""
    if image.isNull():
        raise UserError("holds no picture", where=name)
    check_size(image.width(), image.height(), name)

    def rows(top: int, bottom: int) -> bytes:
        part = image.copy(0, top, image.width(), bottom - top)
        part = part.convertToFormat(QImage.Format.Format_RGBA8888)
        if part.isNull():
            raise UserError("there is not enough memory for the picture", where=name)
        return part.constBits().asstring(part.sizeInBytes())

    return grey_of_rgba((image.width(), image.height()), rows, look)


def _blank(where: object) -> UserError:
    return UserError(
        "nothing is drawn on it", where=where, expected="a character that stands out", found="blank"
    )
