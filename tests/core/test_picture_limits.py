"""Pictures that unfold: small files that would be gigabytes, and files made to take for ever."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from nnfs_core.errors import UserError
from nnfs_core.pictures import file as picture_file
from nnfs_core.pictures.file import MAX_PIXELS, MAX_SIDE, read_grey
from nnfs_core.pictures.grey import LARGEST_SIDE
from nnfs_core.pictures.jpeg_scans import count_scans
from nnfs_core.progress import Stopped
from tests.core.test_picture_file import SHADES, chunk, encoded

ROOT = Path(__file__).parents[2]


def unfolding_png(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    """A whole and valid PNG of one shade, a thousandth of the size of its pixels."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    left = height * (1 + (width * channels * depth + 7) // 8)
    packer, parts, zeros = zlib.compressobj(9), [], bytes(2**20)
    while left > 0:
        parts.append(packer.compress(zeros[:left]))
        left -= len(zeros)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    data = chunk(b"IDAT", b"".join([*parts, packer.flush()]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + data + chunk(b"IEND", b"")


def icon_of(picture: bytes) -> bytes:
    """An icon that says it is 16×16 and holds another picture."""
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + picture


def tiff_of_tiles(side: int, tile: int) -> bytes:
    """A picture of side × side, cut from one tile of tile × tile in Deflate."""
    data = zlib.compress(bytes(min(tile, 1000) ** 2))
    tags = [
        *((256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1)),
        *((277, 3, 1, 1), (322, 4, 1, tile), (323, 4, 1, tile)),
        *((324, 4, 1, 8 + 2 + 12 * 10 + 4), (325, 4, 1, len(data))),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + data


def scanned(times: int) -> bytes:
    """A progressive JPEG of 4000×4000 that repeats one of its scans."""
    data = encoded(Image.new("L", (4000, 4000), 128), "JPEG", progressive=True)
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    first, second = starts[1:3]
    return data[:first] + data[first:second] * times + data[second:]


class TestBounds:
    @pytest.mark.parametrize("size", [(1, 60_000_000), (60_000_000, 1), (1, MAX_SIDE + 1)])
    def test_long_sides_are_refused_before_anything_is_decoded(self, size, monkeypatch):
        def refuse(*_):
            raise AssertionError("it was decoded")

        data = unfolding_png(*size)
        monkeypatch.setattr(ImageFile.ImageFile, "load", refuse)
        with pytest.raises(UserError, match=r"too large \(expected at most 30,000 pixels a side"):
            read_grey(data)

    def test_the_longest_side_is_read(self):
        found = read_grey(unfolding_png(3, MAX_SIDE))
        assert found.shape == (LARGEST_SIDE, 1)

    @pytest.mark.parametrize("kind", ["WEBP", "TIFF", "AVIF"])
    def test_what_is_decoded_in_one_piece_is_bounded_further(self, kind, monkeypatch):
        monkeypatch.setitem(picture_file.IN_ONE_PIECE, kind, 4 * 99 * 100)
        image = Image.new("RGB", (100, 100))
        if kind not in Image.SAVE:
            pytest.skip(f"Pillow was built without {kind}")
        options = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
        with pytest.raises(UserError, match=rf"MiB of pixels in a {kind}, found 100×100"):
            read_grey(encoded(image, kind, **options))

    def test_the_tiles_of_a_small_picture_may_not_be_huge(self):
        np.testing.assert_array_equal(read_grey(tiff_of_tiles(16, 16)), np.zeros((16, 16)))
        with pytest.raises(UserError, match=r"MiB of pixels in a TIFF, found 16×16"):
            read_grey(tiff_of_tiles(16, 2**15))

    @pytest.mark.parametrize("named", [True, False])
    def test_an_icon_is_not_opened(self, named, tmp_path):
        source: Path | bytes = icon_of(unfolding_png(1, 60_000_000))
        if named:
            (tmp_path / "bomb.ico").write_bytes(source)
            source = tmp_path / "bomb.ico"
        with pytest.raises(UserError, match=r"is not a picture .* found an icon"):
            read_grey(source)

    def test_jpeg_2000_is_not_opened(self):
        if "JPEG2000" not in Image.SAVE:
            pytest.skip("Pillow was built without JPEG 2000")
        with pytest.raises(UserError, match="found a JPEG 2000"):
            read_grey(encoded(Image.new("L", (20, 20)), "JPEG2000"))

    def test_a_tga_is_read_by_its_name_alone(self, tmp_path):
        data = encoded(Image.fromarray(SHADES), "TGA")
        (tmp_path / "ramp.tga").write_bytes(data)
        np.testing.assert_allclose(read_grey(tmp_path / "ramp.tga"), SHADES / 255, atol=1e-6)
        with pytest.raises(UserError, match="is not a picture"):
            read_grey(data)

    def test_scans_are_counted_not_what_metadata_hold(self):
        ramp = Image.fromarray(SHADES)
        plain = encoded(ramp, "JPEG")
        assert count_scans(plain) == 1
        exif = Image.Exif()
        exif[0x9286] = plain  # a comment with a picture in it
        many = encoded(ramp, "JPEG", progressive=True, exif=exif)
        assert many.count(b"\xff\xda") == 1 + count_scans(many)
        assert count_scans(many + plain) == count_scans(many)
        assert count_scans(b"") == count_scans(b"\xff") == count_scans(b"\xff\xda") - 1 == 0

    def test_a_picture_is_not_gone_over_thousands_of_times(self):
        assert read_grey(scanned(2)).shape == (LARGEST_SIDE, LARGEST_SIDE)
        with pytest.raises(UserError, match="too many scans for its size"):
            read_grey(scanned(3000))

    def test_a_file_larger_than_a_picture(self, tmp_path):
        with (tmp_path / "sparse.png").open("wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            file.truncate(2**40)
        with pytest.raises(UserError, match=r"too large for a picture \(expected at most 256 MiB"):
            read_grey(tmp_path / "sparse.png")

    def test_what_takes_for_ever_is_given_up(self, monkeypatch):
        monkeypatch.setattr(picture_file, "MAX_SECONDS", -1)
        with pytest.raises(UserError, match="takes far too long"):
            read_grey(encoded(Image.fromarray(SHADES)))

    def test_no_memory(self, monkeypatch):
        def full(*_):
            raise MemoryError

        monkeypatch.setattr(ImageFile.ImageFile, "load", full)
        with pytest.raises(UserError, match="the drawing: there is not enough memory"):
            read_grey(encoded(Image.fromarray(SHADES)), "the drawing")


KINDS = {
    "grey": lambda: unfolding_png(7700, 7700),
    "16 bits": lambda: unfolding_png(7700, 7700, 16),
    "16 bits in colour": lambda: unfolding_png(7700, 7700, 16, 2),
    "transparent": lambda: unfolding_png(7700, 7700, 8, 6),
    "palette": lambda: unfolding_png(7700, 7700, 8, 3),
    "jpeg": lambda: encoded(Image.new("RGB", (7700, 7700)), "JPEG"),
    "gif": lambda: encoded(Image.new("P", (7700, 7700)), "GIF"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_pictures_take_a_bounded_room(kind, tmp_path):
    """The largest in colour are 240 MB of pixels. Pillow alone took two to five times that."""
    pytest.importorskip("resource")
    (tmp_path / "large").write_bytes(KINDS[kind]())
    program = (
        "import resource, sys; from pathlib import Path; from PIL import Image\n"
        "from nnfs_core.pictures.file import read_grey\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "Image.init(); before = peak(); read_grey(Path(sys.argv[1])); print(peak() - before)"
    )
    command = [sys.executable, "-P", "-c", program, str(tmp_path / "large")]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 400 * 10**6


class TestStopping:
    @pytest.mark.parametrize("kind", ["grey", "palette", "gif"])
    def test_it_decodes_no_further_than_the_block_under_way(self, kind):
        """Of thousands of blocks, or bands of rows, not two more are worked on."""
        looks = []

        def stop_after_ten(*_):
            looks.append(1)
            if len(looks) >= 10:
                raise Stopped

        data = KINDS[kind]()
        with pytest.raises(Stopped):
            picture_file._opened(data, "a picture", stop_after_ten)
        assert len(looks) == 10
        whole = []
        picture_file._opened(data, "a picture", lambda: whole.append(1))
        assert len(whole) > 30

    def test_a_library_that_cannot_be_stopped_is_not_waited_for(self, monkeypatch):
        inside, let_go = threading.Event(), threading.Event()

        def endless(image):
            inside.set()
            assert let_go.wait(60)
            raise OSError("given up long ago")

        monkeypatch.setattr(ImageFile.ImageFile, "load", endless)

        def stop_once_inside(*_):
            if inside.is_set():
                raise Stopped

        before = set(threading.enumerate())
        with pytest.raises(Stopped):
            read_grey(encoded(Image.fromarray(SHADES)), progress=stop_once_inside)
        (left,) = set(threading.enumerate()) - before
        assert left.daemon, "a program that ends does not wait for it"
        let_go.set()
        left.join(60)
        assert not left.is_alive()

    def test_who_waits_is_told_the_error(self):
        with pytest.raises(UserError, match="is not a picture"):
            read_grey(b"hello", progress=lambda *_: None)

    def test_progress_changes_nothing(self):
        data = encoded(Image.fromarray(SHADES))
        said = []
        found = read_grey(data, "ramp", lambda what, *_: said.append(what))
        np.testing.assert_array_equal(found, read_grey(data))
        assert set(said) <= {"Reading ramp"}


class TestBands:
    """A picture is taken apart into bands and put together again as if it had not been."""

    @pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"])
    @pytest.mark.parametrize("size", [(2301, 2099), (5000, 700)])
    def test_as_in_one_piece(self, mode, size):
        width, height = size
        ramp = np.add.outer(np.arange(height) // 30, np.arange(width) // 40).astype(np.uint8)
        picture = Image.fromarray(ramp)
        if mode == "I;16":
            picture = Image.fromarray(ramp.astype(np.uint16) * 257)
        elif mode in ("RGBA", "LA"):
            picture = Image.merge("LA", (picture, picture.transpose(Image.Transpose.ROTATE_180)))
            picture = picture.convert(mode)
        elif mode == "P":
            picture = picture.convert("P")
        else:
            picture = picture.convert("RGB").convert(mode)
        buffer = io.BytesIO()
        picture.save(buffer, "TIFF" if mode == "CMYK" else "PNG")
        found = read_grey(buffer.getvalue())
        plain = picture if mode == "I;16" else picture.convert("LA")
        level = np.asarray(plain, np.float64) / (65535 if mode == "I;16" else 255)
        if level.ndim == 3:
            level, alpha = np.moveaxis(level, 2, 0)
            drawn = (level * alpha).sum() / alpha.sum()
            level = level * alpha + (1 - alpha) * (0.0 if drawn > 0.5 else 1.0)
        rows, columns = found.shape
        assert max(rows, columns) == LARGEST_SIDE
        for part in np.random.default_rng(0).uniform(0.05, 0.95, (40, 2)):
            row, column = (part * found.shape).astype(int)
            block = level[
                height * row // rows : height * (row + 1) // rows,
                width * column // columns : width * (column + 1) // columns,
            ]
            assert abs(found[row, column] - block.mean()) < 0.02


def test_the_bounds_fit_each_other():
    assert MAX_PIXELS < MAX_SIDE**2
    assert set(picture_file.IN_ONE_PIECE) < set(picture_file.FORMATS)
