"""Pictures from files: every kind is read the same, and whatever is none is refused in one line."""

from __future__ import annotations

import errno
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnfs_core.errors import UserError
from nnfs_core.pictures.file import FORMATS, LARGEST_SIDE, PICTURE_SUFFIXES, read_grey

SHADES = np.add.outer(np.arange(40), 4 * np.arange(50)).astype(np.uint8)
"""A ramp from black to almost white, 40 rows by 50 columns."""


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header says it is larger than what follows."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    )


@pytest.fixture
def ramp() -> Image.Image:
    return Image.fromarray(SHADES)


class TestKinds:
    @pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "PPM"])
    def test_what_loses_nothing_is_read_exactly(self, ramp, kind):
        np.testing.assert_allclose(read_grey(encoded(ramp, kind)), SHADES / 255, atol=1e-6)

    @pytest.mark.parametrize("mode", ["RGB", "CMYK", "YCbCr"])
    def test_colours_are_as_bright_as_their_greys(self, ramp, mode):
        kind = "TIFF" if mode == "CMYK" else "JPEG"
        found = read_grey(encoded(ramp.convert("RGB").convert(mode), kind))
        np.testing.assert_allclose(found, SHADES / 255, atol=0.05)

    def test_cmyk_in_a_jpeg(self, ramp):
        found = read_grey(encoded(ramp.convert("CMYK"), "JPEG"))
        np.testing.assert_allclose(found, SHADES / 255, atol=0.05)

    def test_a_palette(self, ramp):
        np.testing.assert_allclose(read_grey(encoded(ramp.convert("P"))), SHADES / 255, atol=1e-6)

    def test_black_and_white(self):
        bits = np.random.default_rng(0).integers(0, 2, (20, 30))
        image = Image.fromarray((255 * bits).astype(np.uint8)).convert("1")
        np.testing.assert_array_equal(read_grey(encoded(image)), bits)

    def test_sixteen_bits_are_scaled_not_cut_off(self):
        deep = (SHADES.astype(np.uint16) * 257).astype(np.uint16)
        found = read_grey(encoded(Image.fromarray(deep)))
        np.testing.assert_allclose(found, SHADES / 255, atol=1 / 255)

    @pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF"])
    def test_of_a_moving_picture_the_first(self, ramp, kind):
        others = [Image.new("L", ramp.size, shade) for shade in (0, 255)]
        found = read_grey(encoded(ramp, kind, save_all=True, append_images=others))
        np.testing.assert_allclose(found, SHADES / 255, atol=0.02)

    def test_one_that_lies_on_its_side_is_put_upright(self, ramp):
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned a quarter clockwise
        found = read_grey(encoded(ramp, "PNG", exif=exif))
        np.testing.assert_allclose(found, np.rot90(SHADES, -1) / 255, atol=1e-6)

    @pytest.mark.parametrize("ink", [0, 255])
    def test_strokes_on_nothing_get_what_they_stand_out_from(self, ink):
        pixels = np.zeros((30, 30, 4), np.uint8)
        pixels[10:20, 12:18] = (ink, ink, ink, 255)
        found = read_grey(encoded(Image.fromarray(pixels)))
        drawn = np.zeros((30, 30), bool)
        drawn[10:20, 12:18] = True
        np.testing.assert_array_equal(found, np.where(drawn, ink / 255, 1 - ink / 255))

    @pytest.mark.parametrize("ink", [0, 255])
    def test_nothing_at_all_is_one_shade(self, ink):
        found = read_grey(encoded(Image.new("RGBA", (20, 20), (ink, ink, ink, 0))))
        assert found.min() == found.max()

    def test_one_pixel(self):
        found = read_grey(encoded(Image.new("L", (1, 1), 51)))
        np.testing.assert_allclose(found, [[0.2]])

    def test_a_large_one_is_made_smaller_on_the_way(self):
        found = read_grey(encoded(Image.new("L", (3000, 1500), 102)))
        assert max(found.shape) == LARGEST_SIDE
        np.testing.assert_allclose(found, 0.4, atol=1e-6)

    def test_a_file_is_read_as_its_bytes_are(self, ramp, tmp_path):
        path = tmp_path / "ramp.png"
        path.write_bytes(encoded(ramp))
        np.testing.assert_array_equal(read_grey(path), read_grey(encoded(ramp)))


TEXTS = {
    "empty": (b"", "found an empty file"),
    "text": (b"hello", "is not a picture"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>', "found an SVG drawing"),
    "xml": (b'<?xml version="1.0"?><svg/>', "found an XML file"),
    "html": (b"\xef\xbb\xbf\n<!DOCTYPE html><html></html>", "found a web page"),
    "pdf": (b"%PDF-1.7", "found a PDF"),
    "archive": (b"PK\x03\x04", "found an archive"),
    "header": (b"\x89PNG\r\n\x1a\n", "is not a picture"),
    "no pixels": (png_claiming(0, 0), "is not a picture"),
    "huge": (png_claiming(100_000, 100_000), "is too large (expected at most 60 million pixels)"),
    "large": (png_claiming(9_000, 9_000), "at most 60 million pixels, found 9000×9000"),
    "damaged": (png_claiming(700, 700), "the picture is damaged"),
}


class TestRefusals:
    @pytest.mark.parametrize("name", TEXTS)
    @pytest.mark.parametrize("as_file", [False, True])
    def test_what_is_no_picture(self, name, as_file, tmp_path):
        data, expected = TEXTS[name]
        source: Path | bytes = data
        if as_file:
            source = tmp_path / "picture.png"
            source.write_bytes(data)
        with pytest.raises(UserError) as caught:
            read_grey(source, "the clipboard")
        message = str(caught.value)
        assert expected in message
        assert message.startswith(str(source) if as_file else "the clipboard")
        assert "\n" not in message

    def test_cut_off_in_the_middle(self):
        noise = np.random.default_rng(0).integers(0, 256, (60, 60)).astype(np.uint8)
        for kind in ("PNG", "JPEG", "GIF", "BMP"):
            whole = encoded(Image.fromarray(noise), kind)
            with pytest.raises(UserError, match="the picture is damaged"):
                read_grey(whole[: len(whole) // 2])

    def test_a_program_is_not_started_for_a_picture(self, ramp, monkeypatch):
        """PostScript is read by starting another program: it is not taken for a picture."""
        import subprocess

        def refuse(*_, **__):
            raise AssertionError("a program was started")

        monkeypatch.setattr(subprocess, "Popen", refuse)
        with pytest.raises(UserError, match="found a PostScript file"):
            read_grey(encoded(ramp.convert("RGB"), "EPS"))

    def test_a_folder(self, tmp_path):
        with pytest.raises(UserError, match="expected a picture, found a folder"):
            read_grey(tmp_path)

    def test_no_such_file(self, tmp_path):
        with pytest.raises(UserError, match="there is no such file"):
            read_grey(tmp_path / "gone.png")

    def test_not_allowed(self, ramp, tmp_path, monkeypatch):
        path = tmp_path / "closed.png"
        path.write_bytes(encoded(ramp))

        def closed(*_, **__):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Image, "open", closed)
        with pytest.raises(UserError, match=r"closed\.png: cannot be read: Permission denied"):
            read_grey(path)


def test_every_kind_that_is_read_is_known_by_its_name():
    Image.init()
    for kind, suffixes in FORMATS.items():
        assert set(suffixes) <= PICTURE_SUFFIXES
        for suffix in suffixes:
            assert Image.registered_extensions().get(suffix, kind) == kind
    # What other things are opened by, they are opened by still.
    assert not PICTURE_SUFFIXES & {".nnfs", ".csv", ".npz", ".toml", ".json", ".gz"}
