"""Files from and for people: read with distrust, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, TextIO, overload

from nnfs_core.errors import UserError


def user_path(path: str | Path) -> Path:
    """Return a path as a person wrote it, with ``~`` replaced by the home folder.

    Raises
    ------
    UserError
        When it cannot be a path at all.
    """
    try:
        expanded = Path(path).expanduser()
    except RuntimeError as error:  # "~someone" who does not exist
        raise UserError(str(error).rstrip("."), where=path) from error
    if "\0" in str(expanded):
        raise UserError("a path cannot hold a null character", where=repr(str(path)))
    return expanded


def is_folder(path: str | Path) -> bool:
    """Say whether a path is a folder; what cannot even be looked up is not."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def existing_file(path: str | Path, expected: str) -> Path:
    """Return the path of a file that is there and can be read more than once.

    Parameters
    ----------
    path : str or Path
        The path as it was typed.
    expected : str
        What it should be, for the message: ``"an .npz file"``.

    Raises
    ------
    UserError
        When there is nothing, a folder or a device at ``path``.
    """
    path = user_path(path)
    try:
        path.stat()
    except FileNotFoundError:
        raise UserError("there is no such file", where=path, expected=expected) from None
    except OSError as error:
        raise unreadable(path, error) from error
    if path.is_dir():
        raise UserError("cannot be read", where=path, expected=expected, found="a folder")
    if not path.is_file():
        raise UserError("cannot be read", where=path, expected=expected, found="a device")
    return path


def unreadable(path: Path, error: OSError) -> UserError:
    """Return the error for a file that the system does not let us read."""
    return UserError(f"cannot be read: {error.strerror or error}", where=path)


@overload
def atomic_write(
    path: str | Path, mode: Literal["wb"] = "wb"
) -> AbstractContextManager[BinaryIO]: ...
@overload
def atomic_write(path: str | Path, mode: Literal["w"]) -> AbstractContextManager[TextIO]: ...
def atomic_write(path: str | Path, mode: Literal["wb", "w"] = "wb") -> AbstractContextManager[Any]:
    """Open a file for writing that appears under its name only once it is complete.

    The content goes to a temporary name in the same folder, is flushed to the
    disk, and then takes the place of whatever ``path`` named. When anything
    fails, ``path`` is as it was and the temporary file is gone. A link is
    followed; a device or pipe is written straight into.

    Parameters
    ----------
    path : str or Path
        Exactly the name the file gets; nothing is appended.
    mode : {"wb", "w"}
        Bytes, or UTF-8 text whose line ends are written as given.

    Raises
    ------
    UserError
        When the system refuses: no such folder, no permission, disk full.
    """
    # realpath, because replacing a link would cut it loose from what it names
    target = Path(os.path.realpath(user_path(path)))
    try:
        if target.is_dir():
            raise UserError("cannot be written", where=path, expected="a file", found="a folder")
        if target.exists() and not target.is_file():
            return _written_through(target, mode)
        if not target.parent.is_dir():
            raise UserError(f"cannot be written: there is no folder {target.parent}", where=path)
    except OSError as error:  # a name too long to be looked up, a folder closed to us
        raise unwritable(target, error) from error
    return _written_whole(target, mode)


@contextmanager
def _written_through(target: Path, mode: str) -> Iterator[IO[Any]]:
    """Write into a device or pipe; putting a file in its place would be a disaster."""
    try:
        with _opened(target, mode) as file:
            yield file
    except OSError as error:
        raise unwritable(target, error) from error


@contextmanager
def _written_whole(target: Path, mode: str) -> Iterator[IO[Any]]:
    # a name of its own, not the target's with a suffix: that could get too long
    temporary = target.with_name(f".nnfs-{secrets.token_hex(6)}.tmp")
    try:
        with _opened(temporary, mode.replace("w", "x")) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _opened(path: Path, mode: str) -> IO[Any]:
    return path.open(mode) if "b" in mode else path.open(mode, encoding="utf-8", newline="")


def unwritable(path: Path, error: OSError) -> UserError:
    """Return the error for a file that the system does not let us write."""
    return UserError(f"cannot be written: {error.strerror or error}", where=path)
