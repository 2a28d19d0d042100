"""Files: opened, dropped, saved and recorded."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QMimeData, QUrl
from PyQt6.QtGui import QImage

from tests.monkey.chance import likely, pick
from tests.monkey.kind import Arguments, kind
from tests.monkey.kinds.pointing import some_point, some_widget
from tests.monkey.target import find, path_of
from tests.monkey.world import World, point

NOWHERE = "there is no such file.csv"


def _a_file(world: World, rng: np.random.Generator) -> Arguments:
    return {"name": pick(rng, [*world.files, NOWHERE])}


@kind("open", 4, _a_file)
def open_(world: World, name: str) -> None:
    world.window.files.open_path(world.zoo / name)


def carried(world: World, what: str, names: list[str]) -> QMimeData:
    """Return what hangs on the mouse or lies on the clipboard."""
    data = QMimeData()
    if what == "files":
        data.setUrls([QUrl.fromLocalFile(str(world.zoo / name)) for name in names])
    elif what == "address":
        data.setUrls([QUrl("http://localhost:1/picture.png")])
    elif what == "text":
        data.setText(names[0])
    elif what == "picture":
        image = QImage(40, 30, QImage.Format.Format_RGB32)
        image.fill(0x203040)
        data.setImageData(image)
    elif what == "tiny picture":
        data.setImageData(QImage(1, 1, QImage.Format.Format_Mono))
    elif what == "no picture":
        data.setImageData(QImage())
    elif what == "noise":
        data.setData("application/x-qt-image", b"\x89PNG not at all")
        data.setData("image/png", b"\x89PNG not at all")
    return data


WHAT = ["files", "files", "address", "text", "picture", "tiny picture", "no picture", "noise"]


def a_load(world: World, rng: np.random.Generator) -> Arguments:
    """Draw what is carried."""
    many = pick(rng, [1, 1, 1, 1, 2, 5])
    names = [pick(rng, [*world.files, NOWHERE]) for _ in range(many)]
    return {"what": pick(rng, WHAT), "names": names}


def _a_drop(world: World, rng: np.random.Generator) -> Arguments | None:
    widget = some_widget(world, rng)
    if widget is None:
        return None
    place = {"widget": path_of(widget), "at": some_point(rng), "really": likely(rng, 0.85)}
    return a_load(world, rng) | place


@kind("drop", 4, _a_drop)
def drop(
    world: World, what: str, names: list[str], widget: str, at: list[float], really: bool
) -> None:
    target = find(widget)
    if target is not None:
        where = point(target, (at[0], at[1]))
        world.mouse.drop(target, where, carried(world, what, names), really=really)
