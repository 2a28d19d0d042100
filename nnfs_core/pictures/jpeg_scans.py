"""How often a JPEG goes over its picture: a few kilobytes can do so thousands of times."""

from __future__ import annotations

import re

START, END, SCAN = 0xD8, 0xD9, 0xDA
ALONE = {START, 0x01, *range(0xD0, 0xD8)}
"""Markers without a length after them."""

_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])", re.DOTALL)
"""Within a scan, a byte of 255 is followed by 0 or by a restart; anything else ends it."""


def count_scans(data: bytes) -> int:
    """Return how many scans a JPEG's bytes hold, up to where its picture ends.

    What metadata hold, such as a small picture of their own, is passed over (ITU-T T.81, B.1).
    """
    scans, at = 0, 0
    while (found := _MARKER.search(data, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == END:
            break
        scans += marker == SCAN
        if marker not in ALONE:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return scans
