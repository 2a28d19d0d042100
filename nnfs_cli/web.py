"""``web``: the page in the browser."""

from __future__ import annotations

from pathlib import Path

from nnfs_core.disk.whole import existing_file
from nnfs_core.errors import UserError, quoted

PORTS = (0, 65_535)


def serve_page(
    weights: Path | None,
    dataset: str | None,
    data_dir: Path | None,
    host: str,
    port: str,
    activation: str | None = None,
    *,
    ask: bool = True,
) -> int:
    """Serve the page until Ctrl+C; return the exit status.

    Parameters
    ----------
    weights : Path, optional
        Weights to begin with.
    dataset : str, optional
        Where the test pictures come from.
    data_dir : Path, optional
        The folder of the data.
    host, port : str
        The address, as it was typed.
    activation : str, optional
        Of the weights' hidden layers, whatever their file says.
    ask : bool
        Whether other computers need a token.

    Raises
    ------
    UserError
        When something given cannot be used, or gradio is missing.
    """
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 9 else -1
    if not PORTS[0] <= number <= PORTS[1]:
        raise UserError(
            "not a usable value",
            where="--port",
            expected=f"a whole number from {PORTS[0]} to {PORTS[1]}",
            found=quoted(port),
        )
    from nnfs_web.server import check_gradio, serve

    check_gradio()
    if weights is not None:
        weights = existing_file(weights, "a weights file (.npz or .safetensors)")
    serve(weights, dataset, data_dir, host, number, activation, ask=ask)
    return 0
