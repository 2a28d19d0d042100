"""Small pictures as text that a page can hold: PNG in a data URL."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError

Array = NDArray[Any]

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(pixels: Array) -> bytes:
    """Write a grey picture, 0 black … 1 white, shape (rows, columns), as a PNG (RFC 2083)."""
    levels = np.clip(np.rint(pixels * 255), 0, 255).astype(np.uint8)
    rows, columns = levels.shape
    lines = np.zeros((rows, columns + 1), np.uint8)  # each begins with its filter: none
    lines[:, 1:] = levels
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    data = zlib.compress(lines.tobytes())
    return SIGNATURE + b"".join(
        _chunk(kind, body) for kind, body in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def data_url(pixels: Array) -> str:
    """Return a grey picture as a ``data:`` URL."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()


def decoded(url: object) -> bytes:
    """Return what a ``data:`` URL holds.

    Raises
    ------
    UserError
        When it is none, or damaged.
    """
    head, comma, body = str(url).partition(",")
    try:
        if not (comma and head.startswith("data:image/") and head.endswith(";base64")):
            raise binascii.Error
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise UserError("the drawing did not arrive whole") from None
