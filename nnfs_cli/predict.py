"""``predict``: what trained weights see in pictures."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from nnfs_cli.evaluate import Trained, load_trained
from nnfs_core.errors import UserError
from nnfs_core.files import existing_file, unreadable, user_path
from nnfs_core.images import Prepared, input_shape, prepare

MAX_PIXELS = 60_000_000
LARGEST_SIDE = 1024
"""Pictures are brought to this size first; a character needs a fiftieth of it."""

MANY = 12
"""From this many classes on, only the likeliest are printed."""


def read_grey(path: Path) -> NDArray[np.float32]:
    """Read a picture file as shades of grey.

    Parameters
    ----------
    path : Path
        PNG, JPEG, or whatever else Pillow knows; of several pictures in a file the first.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        0 black … 1 white; upright; what is transparent is the opposite of what is not.

    Raises
    ------
    UserError
        When it is not a picture, is damaged, or is too large.
    """
    path = existing_file(path, "a picture")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata, and sizes that are checked below
        try:
            with Image.open(path) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise UserError(
                        "the picture is too large",
                        where=path,
                        expected=f"at most {MAX_PIXELS // 10**6} million pixels",
                        found=f"{image.width}×{image.height}",
                    )
                return _grey(image)
        except (UnidentifiedImageError, Image.DecompressionBombError) as error:
            too_large = isinstance(error, Image.DecompressionBombError)
            what = "the picture is too large" if too_large else "is not a picture"
            raise UserError(what, where=path, expected="a PNG, a JPEG, …") from None
        except UserError:
            raise
        except OSError as error:
            if error.errno is not None:
                raise unreadable(path, error) from None
            raise UserError(f"the picture is damaged: {error}", where=path) from None
        except (ValueError, SyntaxError, EOFError, TypeError, ArithmeticError) as error:
            # What Pillow's readers raise on files made to break them.
            raise UserError(f"the picture is damaged: {error}", where=path) from None


def _grey(image: Image.Image) -> NDArray[np.float32]:
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


def print_predictions(weights: Path, images: Sequence[Path], as_json: bool) -> int:
    """Print the class and the probabilities of each picture.

    Parameters
    ----------
    weights : Path
        The weights file; its network must take square pictures.
    images : sequence of Path
        The picture files. All are read before anything is printed.

    Raises
    ------
    UserError
        When the weights or one of the pictures cannot be used.
    """
    path = user_path(weights)
    trained = load_trained(path)
    shape = input_shape(trained.sizes[0])
    if shape is None:
        raise UserError(
            "the network does not take square pictures",
            where=path,
            expected="a square number of inputs, such as 784",
            found=trained.sizes[0],
        )
    files = [user_path(image) for image in images]
    pictures = [_prepared(file, shape) for file in files]
    probabilities = _probabilities(path, trained, pictures)
    if as_json:
        print(json.dumps(_report(files, pictures, probabilities)))
    else:
        _print_table(files, pictures, probabilities)
    return 0


def _prepared(file: Path, shape: tuple[int, int]) -> Prepared:
    grey = read_grey(file)
    try:
        return prepare(grey, shape)
    except UserError as error:
        raise UserError(str(error), where=file) from None


def _probabilities(path: Path, trained: Trained, pictures: Sequence[Prepared]) -> list[list[float]]:
    x = np.stack([picture.pixels.ravel() for picture in pictures])
    with np.errstate(all="ignore"):
        found = trained.network.predict(trained.parameters, x)
    if not np.isfinite(found).all():
        raise UserError(
            "the weights are too large: the network's numbers are not finite", where=path
        )
    return [[float(p) for p in row] for row in found]


def _report(
    files: Sequence[Path], pictures: Sequence[Prepared], probabilities: list[list[float]]
) -> list[dict[str, object]]:
    return [
        {
            "image": str(file),
            "predicted": row.index(max(row)),
            "probabilities": row,
            "preparation": list(picture.steps),
        }
        for file, picture, row in zip(files, pictures, probabilities, strict=True)
    ]


def _print_table(
    files: Sequence[Path], pictures: Sequence[Prepared], probabilities: list[list[float]]
) -> None:
    for file, picture, row in zip(files, pictures, probabilities, strict=True):
        order = sorted(range(len(row)), key=lambda k: -row[k])
        print(f"{file}  →  {order[0]}  ({row[order[0]]:.1%})".replace("%", " %"))
        for step in picture.steps:
            print(f"  {step}")
        shown = order[:MANY] if len(row) > MANY else range(len(row))
        digits = len(str(len(row) - 1))
        for k in shown:
            bar = "█" * math.floor(row[k] * 30 + 0.5)
            print(f"  {k:>{digits}}  {row[k]:>7.2%}  {bar}".replace("%", " %").rstrip())
