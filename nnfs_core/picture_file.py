"""Pictures from files and from the clipboard, as shades of grey. The only use of Pillow here."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError
from nnfs_core.files import existing_file, unreadable

if TYPE_CHECKING:
    from PIL import Image

FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "ICO": (".ico",),
    "AVIF": (".avif",),
    "JPEG2000": (".jp2", ".jpx"),
    "TGA": (".tga",),
}
"""What is read, by Pillow's names. Some of the others start programs, or are hardly ever meant."""

READ_SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
"""How the names of pictures end that are read."""

PICTURE_SUFFIXES = READ_SUFFIXES | {".heic", ".svg", ".eps", ".psd", ".xcf"}
"""How the names of pictures end, also of those that cannot be read: they are still pictures."""

MAX_PIXELS = 60_000_000
LARGEST_SIDE = 1024
"""Pictures are brought to this size first; a character needs a fiftieth of it."""


def read_grey(source: Path | bytes, name: str = "the picture") -> NDArray[np.float32]:
    """Read a picture as shades of grey.

    Parameters
    ----------
    source : Path or bytes
        A file, or what one would hold, of the kinds in :data:`FORMATS`; of several pictures
        in a file the first.
    name : str
        What bytes are called in an error.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        0 black … 1 white; upright; what is transparent is the opposite of what is not.

    Raises
    ------
    UserError
        When it is not a picture, is damaged, or is too large.
    """
    from PIL import Image, UnidentifiedImageError

    where = name if isinstance(source, bytes) else existing_file(source, "a picture")
    Image.init()
    known = [kind for kind in FORMATS if kind in Image.OPEN]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata, and sizes that are checked below
        try:
            opened = io.BytesIO(source) if isinstance(source, bytes) else where
            with Image.open(opened, formats=known) as image:
                check_size(image.width, image.height, where)
                return _grey(image)
        except UnidentifiedImageError:
            raise UserError(
                "is not a picture",
                where=where,
                expected="a PNG, a JPEG, …",
                found=_beginning(source),
            ) from None
        except Image.DecompressionBombError:
            raise UserError("the picture is too large", where=where, expected=_MOST) from None
        except UserError:
            raise
        except OSError as error:
            if error.errno is not None and isinstance(where, Path):
                raise unreadable(where, error) from None
            raise UserError(f"the picture is damaged: {error}", where=where) from None
        except (ValueError, SyntaxError, EOFError, TypeError, ArithmeticError) as error:
            # What Pillow's readers raise on files made to break them.
            raise UserError(f"the picture is damaged: {error}", where=where) from None


def check_size(width: int, height: int, where: object) -> None:
    """Refuse a picture that would take too much memory to look at.

    Raises
    ------
    UserError
        With what is possible, and the size that was found.
    """
    if width * height > MAX_PIXELS:
        raise UserError(
            "the picture is too large", where=where, expected=_MOST, found=f"{width}×{height}"
        )


def _beginning(source: Path | bytes) -> str | None:
    """Say in a word or two what something that is no picture is, if that can be told."""
    if isinstance(source, bytes):
        start = source[:256]
    else:
        with source.open("rb") as file:
            start = file.read(256)
    if not start:
        return "an empty file"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, what in _OTHERS.items():
        if text.startswith(beginning):
            return what
    return None


_MOST = f"at most {MAX_PIXELS // 10**6} million pixels"
_OTHERS = {
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"%pdf": "a PDF",
    b"%!ps": "a PostScript file",
    b"pk": "an archive",
}


def _grey(image: Image.Image) -> NDArray[np.float32]:
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        # More than 8 bits; Pillow's own conversion would cut them off, not scale them.
        deep = np.asarray(image, np.float32)
        low, high = (0.0, 65535.0) if image.mode != "F" else (0.0, float(deep.max()))
        level = np.clip(np.nan_to_num((deep - low) / (high or 1.0)), 0, 1)
        image = Image.fromarray((level * 255).round().astype(np.uint8))
    both = image.convert("LA")
    both.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BOX)
    level, alpha = np.moveaxis(np.asarray(both, np.float32) / 255, 2, 0)
    if alpha.min() == 1:
        return np.ascontiguousarray(level)
    # Dark strokes on nothing belong on white, light ones on black.
    drawn = float((level * alpha).sum()) / max(float(alpha.sum()), 1e-9)
    return np.asarray(level * alpha + (1 - alpha) * (0.0 if drawn > 0.5 else 1.0), np.float32)
