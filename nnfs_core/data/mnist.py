"""MNIST: 70,000 handwritten digits of 28 × 28 pixels, from a folder or a mirror."""

from __future__ import annotations

import os
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from numpy.typing import NDArray

from nnfs_core.aside import aside
from nnfs_core.data.base import Progress
from nnfs_core.data.idx import idx_sha256, read_idx
from nnfs_core.data.idx_folder import NAMES, Parts, find_file, idx_samples, read_folder
from nnfs_core.data.samples import Samples
from nnfs_core.disk.own_folders import own_folder
from nnfs_core.disk.whole import is_folder, unwritable, user_path
from nnfs_core.errors import UserError
from nnfs_core.progress import Look, go_on, looking

SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""Of the unzipped content: mirrors compress it each in their own way."""

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
SOURCE_LINE = "MNIST, Y. LeCun, C. Cortes and C. J. C. Burges, CC BY-SA 3.0"
FOLDER_VARIABLE = "NNFS_DATA_DIR"
MAX_DOWNLOAD_BYTES = 64 * 2**20
TIMEOUT = (10, 60)
"""Seconds to wait for a connection, and for the next bytes."""


class Mnist:
    """Read from the folder that was named, else the cache, else downloaded into it."""

    name = "mnist"
    summary = "70,000 handwritten digits, 28 × 28 pixels, downloaded once"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` is the name."""
        return spec == self.name

    def read(
        self, spec: str, data_dir: Path | None, progress: Progress | None, rules: int
    ) -> Samples:
        """Read it, and make sure that it is MNIST."""
        named = data_dir or os.environ.get(FOLDER_VARIABLE)
        folder = _inside(user_path(named)) if named else cache_folder()
        if folder is None:
            raise UserError(
                "there is no home folder to keep MNIST in; name a folder of its files with "
                f"--data-dir DIR or {FOLDER_VARIABLE}"
            )
        parts = read_folder(folder, progress) if named else _cached_parts(folder, progress)
        look = looking(progress, "Checking MNIST")
        for name, part in zip(NAMES, parts, strict=True):
            digest = idx_sha256(part, look)
            if digest != SHA256[name]:
                raise UserError(
                    f"{name} is not MNIST's; to use it, name the folder as the dataset",
                    where=folder,
                    expected=f"SHA-256 {SHA256[name][:12]}…",
                    found=f"{digest[:12]}…",
                )
        return idx_samples(parts, self.name, folder, SOURCE_LINE, rules)


SOURCE = Mnist()


def cache_folder() -> Path | None:
    """Return where downloaded files are kept; None for a person without a home folder."""
    own = own_folder("cache")
    return None if own is None else own / "mnist"


def _inside(folder: Path) -> Path:
    """Return the folder itself, or its ``mnist`` folder when the files can only be there."""
    inner = folder / "mnist"
    here = any(find_file(folder, name) for name in NAMES)
    return inner if not here and is_folder(inner) else folder


def _cached_parts(folder: Path, progress: Progress | None) -> Parts:
    mirrors = list(MIRRORS)
    return Parts(*(_cached(folder, name, mirrors, progress) for name in NAMES))


def _cached(folder: Path, name: str, mirrors: list[str], progress: Progress | None) -> NDArray[Any]:
    """Return one array from the cache; what is absent or damaged there is fetched anew."""
    file = find_file(folder, name)
    if file is not None:
        try:
            return read_idx(file, progress)
        except UserError:
            pass
    return _download(folder, name, mirrors, progress)


def _download(
    folder: Path, name: str, mirrors: list[str], progress: Progress | None
) -> NDArray[Any]:
    """Fetch one file from the first mirror that has it, and put it into the cache."""
    failures = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as scratch:
            for mirror in tuple(mirrors):
                file = Path(scratch) / f"{name}.gz"
                try:
                    file.write_bytes(_fetched(f"{mirror}{name}.gz", progress))
                    array = read_idx(file, progress)
                    if idx_sha256(array) != SHA256[name]:
                        raise UserError("another file")
                except (OSError, UserError) as error:
                    if isinstance(error, OSError) and not hasattr(error, "response"):
                        raise  # not the network's: our own disk
                    failures.append(f"{urlsplit(mirror).netloc} ({_reason(error)})")
                    # the mirrors that answer serve the remaining files first
                    mirrors.append(mirrors.pop(0))
                    continue
                file.replace(folder / file.name)
                return array
    except OSError as error:
        raise unwritable(folder, error) from error
    raise UserError(
        f"{name} cannot be downloaded, every mirror is unreachable or has something else: "
        f"{', '.join(failures)}; {CURE} {FOLDER_VARIABLE}"
    )


def _fetched(url: str, progress: Progress | None) -> bytes:
    """Return what is at an address; nobody has to wait for a server that does not answer."""
    import pooch

    bar, content = _Bar(url.rpartition("/")[2]), BytesIO()

    def fetch(look: Look) -> bytes:
        bar.look = look
        pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT)(url, content, None)
        return content.getvalue()

    fetched = aside(fetch, lambda: bar.tell(progress))
    bar.tell(progress)
    return fetched


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code}"
    if isinstance(error, UserError):
        return "wrong content"
    return "no answer in time" if "Timeout" in type(error).__name__ else "unreachable"


class _Bar:
    """Speaks the downloader's progress bar language, and counts for who waits for it."""

    def __init__(self, name: str) -> None:
        self.total = 0
        self.look: Look = go_on
        self._done = 0
        self._name = name

    def tell(self, progress: Progress | None) -> None:
        """Tell how far it is."""
        if progress is not None:
            done = min(self._done, self.total) if self.total else self._done
            progress(f"Downloading {self._name}", done, self.total)

    def update(self, amount: int) -> None:
        """Count bytes that have arrived."""
        self._done += amount
        if self._done > MAX_DOWNLOAD_BYTES:
            raise UserError("far too long", where=self._name)
        self.look()

    def reset(self) -> None:
        """Start counting again."""
        self._done = 0

    def close(self) -> None:
        """Do nothing: there is no bar to remove."""


CURE = "put MNIST's four files into a folder and name it with --data-dir DIR or"
"""What helps where the files are nowhere; the window offers to choose the folder instead."""
