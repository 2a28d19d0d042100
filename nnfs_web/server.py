"""Serving the page: on this computer alone unless told otherwise, and without telling anybody."""

from __future__ import annotations

import importlib.util
import os
import socket
import threading
from functools import partial
from pathlib import Path
from typing import Any

from nnfs_core.errors import UserError
from nnfs_core.weights import shipped, shipped_file

HERE = Path(__file__).parent
SHIPPED = "{} (shipped)"
MAX_UPLOAD = "64mb"
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self' data: blob:; object-src 'none'"
)
"""The page may talk to this server and to nobody else, whatever a library in it would like."""


def check_gradio() -> None:
    """Make sure the page can be built.

    Raises
    ------
    UserError
        Naming the command that brings what is missing.
    """
    if importlib.util.find_spec("gradio") is None:
        raise UserError("the page in the browser needs gradio: pip install .[web]")


def serve(
    weights: Path | None = None,
    dataset: str | None = None,
    data_dir: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 7860,
) -> None:
    """Serve the page until Ctrl+C.

    Parameters
    ----------
    weights : Path, optional
        Weights to begin with, beside the shipped ones.
    dataset : str, optional
        The data the test pictures come from; by default what fits the weights.
    data_dir : Path, optional
        The folder of the data.
    host : str
        The address to listen on; 127.0.0.1 is this computer alone.
    port : int
        0 for any that is free.

    Raises
    ------
    UserError
        When gradio is missing, the weights cannot be used, or the address is taken.
    """
    check_gradio()
    port = _usable_port(host, port)
    # Read while gradio is imported, so it has to be said before.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from starlette.middleware import Middleware

    from nnfs_web.model import load_model
    from nnfs_web.page import Page
    from nnfs_web.theme import gradio_theme, variables

    load = partial(load_model, dataset=dataset, data_dir=data_dir)
    models = {}
    if weights is not None:
        models[weights.name] = load(weights, weights.name)
        if dataset and models[weights.name].problem:
            raise UserError(models[weights.name].problem)
    for name in shipped():
        title = SHIPPED.format(name)
        models[title] = load_model(shipped_file(name), title)
    page = Page(models, load).build()
    style = variables() + (HERE / "page.css").read_text("utf-8")
    _, url, _ = page.launch(
        server_name=host,
        server_port=port,
        theme=gradio_theme(),
        css=style,
        share=False,
        inbrowser=False,
        quiet=True,
        show_error=True,
        prevent_thread_lock=True,
        footer_links=[],
        max_file_size=MAX_UPLOAD,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        run_history=False,
        enable_monitoring=False,
        app_kwargs={"middleware": [Middleware(Private)]},
    )
    try:
        # In here: who reads the line may be quick to end it.
        print(f"{url}  (Ctrl+C ends it)", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass  # the usual end of a server
    finally:
        page.close(verbose=False)


class Private:
    """Adds the rule that a page talks to its own server alone to every answer (ASGI)."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                rule = (b"content-security-policy", POLICY.encode())
                referrer = (b"referrer-policy", b"no-referrer")
                message = {**message, "headers": [*message["headers"], rule, referrer]}
            await send(message)

        await self._app(scope, receive, answer)


def _usable_port(host: str, port: int) -> int:
    """Return the port, a free one for 0, if this computer lets us listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"cannot listen on {host}, port {port}: {reason}") from None
