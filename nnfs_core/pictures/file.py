"""Pictures from files, opened with distrust: bounded before anything of them is decoded."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from threading import Lock
from time import thread_time
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from nnfs_core.aside import aside
from nnfs_core.disk.whole import existing_file, unreadable
from nnfs_core.errors import UserError
from nnfs_core.pictures.grey import LARGEST_SIDE, ORIENTATION, bands_of, grey_of
from nnfs_core.pictures.jpeg_scans import count_scans
from nnfs_core.progress import Look, Progress, Watched, go_on, looking

if TYPE_CHECKING:
    from PIL import Image, ImageFile

FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "AVIF": (".avif",),
    "TGA": (".tga",),
}
"""What is read, by Pillow's names. Some of the others start programs, hold pictures of another size
than they say (ICO, ICNS), take seconds in one piece (JPEG 2000), or are hardly ever meant."""

IN_ONE_PIECE = {"WEBP": 48 * 2**20, "TIFF": 48 * 2**20, "AVIF": 16 * 2**20}
"""What libraries decode in a single call, which nothing can stop, and how many bytes of pixels it
may be: 12.5 million in colour, as a telephone's camera has, and 50 million in grey; of an AVIF a
third, because its library lets nothing else in this program go on."""

READ_SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
"""How the names of pictures end that are read."""

PICTURE_SUFFIXES = READ_SUFFIXES | {
    *(".ico", ".icns", ".jp2", ".jpx", ".heic", ".svg", ".eps", ".psd", ".xcf")
}
"""How the names of pictures end, also of those that cannot be read: they are still pictures."""

MAX_PIXELS = 60_000_000
MAX_SIDE = 30_000
"""Wider than any panorama. Every row costs, however short it is."""

MAX_FILE = 256 * 2**20
"""Bytes of a file, more than so many pixels have."""

MAX_SECONDS = 20
"""Of the processor's time: files can be made to take hours."""

MAX_SCANNED = 40 * MAX_PIXELS
"""Pixels that the scans of a JPEG may go over: most have one scan, or ten, or eighteen."""

LARGE = 32 * 2**20
"""Bytes of pixels from which pictures are read one after the other, whoever asks for them."""

BLOCK = 2**14
"""Bytes that are decoded at a time. They can unfold to a thousand times as many."""

_large = Lock()


def read_grey(
    source: Path | bytes, name: str = "the picture", progress: Progress | None = None
) -> NDArray[np.float32]:
    """Read a picture as shades of grey.

    Parameters
    ----------
    source : Path or bytes
        A file, or what one would hold, of the kinds in :data:`FORMATS`; of several pictures
        in a file the first.
    name : str
        What bytes are called in an error.
    progress : callable, optional
        Called between two pieces of work.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        0 black … 1 white; upright; what is transparent is the opposite of what is not.

    Raises
    ------
    UserError
        When it is not a picture, is damaged, or is too large.
    """
    where = name if isinstance(source, bytes) else existing_file(source, "a picture")
    if progress is None:
        return _opened(source, where, go_on)
    # Some kinds are decoded in one call, which takes a second or two.
    look = looking(progress, f"Reading {where.name if isinstance(where, Path) else where}")
    return aside(lambda look_inside: _opened(source, where, look_inside), look)


def check_size(width: int, height: int, where: object) -> None:
    """Refuse a picture that would take too much memory to look at.

    Raises
    ------
    UserError
        With what is possible, and the size that was found.
    """
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        most = _MOST if width * height > MAX_PIXELS else f"at most {MAX_SIDE:,} pixels a side"
        raise UserError(
            "the picture is too large", where=where, expected=most, found=f"{width}×{height}"
        )


def _opened(source: Path | bytes, where: object, look: Look) -> NDArray[np.float32]:
    from PIL import Image, UnidentifiedImageError

    Image.init()
    # Nothing in a TGA says that it is one, and much else could be read as one.
    named = str(where).lower().endswith(FORMATS["TGA"])
    known = [kind for kind in FORMATS if kind in Image.OPEN and (kind != "TGA" or named)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata, and sizes that are checked below
        try:
            with _stream(source, where) as stream:
                look = _in_time(look, where)
                with Image.open(cast(BinaryIO, Watched(stream, look)), formats=known) as image:
                    return _read(image, stream, where, look)
        except UnidentifiedImageError:
            raise UserError(
                "is not a picture",
                where=where,
                expected="a PNG, a JPEG, …",
                found=_beginning(source),
            ) from None
        except Image.DecompressionBombError:
            raise UserError("the picture is too large", where=where, expected=_MOST) from None
        except MemoryError:
            raise UserError("there is not enough memory for the picture", where=where) from None
        except UserError:
            raise
        except OSError as error:
            if error.errno is not None and isinstance(where, Path):
                raise unreadable(where, error) from None
            raise UserError(f"the picture is damaged: {error}", where=where) from None
        except _DAMAGED as error:
            raise UserError(f"the picture is damaged: {error}", where=where) from None


_DAMAGED = (
    *(ValueError, SyntaxError, EOFError, TypeError, ArithmeticError, LookupError),
    *(struct.error, zlib.error, AttributeError, AssertionError, NotImplementedError),
)
"""What Pillow's readers raise on files made to break them."""


def _stream(source: Path | bytes, where: object) -> BinaryIO:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MAX_FILE:
        raise UserError(
            "the file is too large for a picture",
            where=where,
            expected=f"at most {MAX_FILE // 2**20} MiB",
            found=f"{size // 2**20} MiB",
        )
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _in_time(look: Look, where: object) -> Look:
    """Return a ``look`` that gives up a picture that takes too long."""
    end = thread_time() + MAX_SECONDS

    def look_at_the_time() -> None:
        look()
        if thread_time() > end:
            raise UserError("the picture takes far too long to be read", where=where)

    return look_at_the_time


def _read(
    image: ImageFile.ImageFile, stream: BinaryIO, where: object, look: Look
) -> NDArray[np.float32]:
    check_size(image.width, image.height, where)
    _check_work(image, stream, where)
    # A JPEG can be decoded at an eighth of its size.
    image.draft("L", (LARGEST_SIDE, LARGEST_SIDE))
    image.decodermaxblock = BLOCK
    large = _decoded_bytes(image) > LARGE
    while large and not _large.acquire(timeout=0.05):
        look()
    try:
        image.load()
        orientation = image.getexif().get(ORIENTATION, 1)
        return grey_of(image.size, bands_of(image, look), look, orientation=orientation)
    finally:
        if large:
            image.close()
            _large.release()


def _check_work(image: ImageFile.ImageFile, stream: BinaryIO, where: object) -> None:
    """Refuse what is more work to decode than its size says."""
    most = IN_ONE_PIECE.get(image.format or "")
    if most is not None:
        size = _decoded_bytes(image)
        tags = getattr(image, "tag_v2", {})
        if _TILE_WIDTH in tags and _TILE_LENGTH in tags:
            # Whole tiles are decoded, also where the picture is smaller.
            size = max(size, int(tags[_TILE_WIDTH]) * int(tags[_TILE_LENGTH]) * 4)
        if size > most:
            raise UserError(
                "the picture is too large",
                where=where,
                expected=f"at most {most // 2**20} MiB of pixels in a {image.format}",
                found=f"{image.width}×{image.height}, {size // 2**20} MiB",
            )
    if image.format == "JPEG" and image.info.get("progressive"):
        place = stream.tell()
        stream.seek(0)
        scans = count_scans(stream.read())
        stream.seek(place)
        if scans * image.width * image.height > MAX_SCANNED:
            raise UserError(
                "the picture has too many scans for its size",
                where=where,
                expected=f"at most {MAX_SCANNED // (image.width * image.height)}",
                found=scans,
            )


def _decoded_bytes(image: Image.Image) -> int:
    each = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}.get(image.mode, 4)
    return image.width * image.height * each


_TILE_WIDTH, _TILE_LENGTH = 322, 323


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
    b"\0\0\1\0": "an icon",
    b"icns": "an icon",
    b"\0\0\0\x0cjp  ": "a JPEG 2000",
    b"\xff\x4f\xff\x51": "a JPEG 2000",
}
