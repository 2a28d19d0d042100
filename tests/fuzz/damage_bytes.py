"""Damage that knows nothing of what it damages: bits, pieces, ends."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Damage = Callable[[Random, bytes], bytes]


def flip(chance: Random, data: bytes) -> bytes:
    """Turn over a few bits."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def overwrite(chance: Random, data: bytes) -> bytes:
    """Put an extreme number of one to eight bytes somewhere."""
    size = chance.choice((1, 2, 4, 8))
    extreme = chance.choice((b"\0" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\x80" + b"\0" * 7))
    at = chance.randrange(len(data))
    piece = extreme[:size] if chance.random() < 0.5 else extreme[:size][::-1]
    return data[:at] + piece + data[at + size :]


def truncate(chance: Random, data: bytes) -> bytes:
    """Leave out the end."""
    return data[: chance.choice((0, 1, 4, chance.randrange(len(data)), len(data) - 1))]


def splice(chance: Random, data: bytes) -> bytes:
    """Copy, leave out or scramble a piece."""
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    to = chance.randrange(len(data))
    return chance.choice(
        (
            data[:start] + data[end:],
            data[:to] + data[start:end] + data[to:],
            data[:start] + chance.randbytes(end - start) + data[end:],
            data + data[start:end],
            data[start:end] + data,
        )
    )


ALL: tuple[Damage, ...] = (flip, flip, overwrite, truncate, splice)


def damage(chance: Random, data: bytes) -> bytes:
    """Do one of these things; what is empty stays empty."""
    return chance.choice(ALL)(chance, data) if data else data
