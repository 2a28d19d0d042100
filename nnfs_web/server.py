"""Serving the page: on this computer alone unless told otherwise, and without telling anybody."""

from __future__ import annotations

import importlib.util
import os
import secrets
import sys
import threading
from functools import partial
from pathlib import Path

from nnfs_core.errors import UserError
from nnfs_core.shipped import shipped, shipped_file
from nnfs_web.address import Address, usable_address

HERE = Path(__file__).parent
SHIPPED = "{} (shipped)"
MAX_UPLOAD = "64mb"


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
    activation: str | None = None,
    *,
    ask: bool = True,
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
    activation : str, optional
        Of these weights' hidden layers, whatever their file says.
    ask : bool
        Whether, where other computers can reach it, a token made for this time is needed.

    Raises
    ------
    UserError
        When gradio is missing, the weights cannot be used, or the address is taken.
    """
    check_gradio()
    address = usable_address(host, port)
    prepare_gradio(address)
    import httpx
    from gradio.utils import get_upload_folder
    from starlette.middleware import Middleware

    from nnfs_web.gate import Gate, shapes
    from nnfs_web.model import load_model
    from nnfs_web.page import Page
    from nnfs_web.theme import gradio_theme, variables

    load = partial(load_model, dataset=dataset, data_dir=data_dir)
    models = {}
    if weights is not None:
        models[weights.name] = load(weights, weights.name, activation=activation)
        if dataset and models[weights.name].problem:
            raise UserError(models[weights.name].problem)
    for name in shipped():
        title = SHIPPED.format(name)
        models[title] = load_model(shipped_file(name), title)
    page = Page(models, load).build()
    style = variables() + (HERE / "page.css").read_text("utf-8")
    token = None if address.is_local or not ask else secrets.token_urlsafe(16)
    gate = Middleware(Gate, events=shapes(page), uploads=Path(get_upload_folder()), token=token)
    try:
        page.launch(
            server_name=address.bracketed,
            server_port=address.port,
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
            num_workers=0,
            app_kwargs={"middleware": [gate]},
        )
    except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
        # Between being found free and being used an address can go; and Gradio looks at it too.
        page.close(verbose=False)
        raise UserError(f"cannot serve on {host}, port {address.port}: {error}") from None
    try:
        # In here: who reads the line may be quick to end it.
        if not address.is_local:
            print(f"note: {who_can_reach(address, token)}", file=sys.stderr, flush=True)
        print(f"{address.url(token)}  (Ctrl+C ends it)", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass  # the usual end of a server
    finally:
        page.close(verbose=False)


def who_can_reach(address: Address, token: str | None) -> str:
    """Say in one line who can use the page, where that is not this computer alone."""
    who = "whoever can reach this computer over the network"
    if token:
        return f"{who} and has the whole address, token included, can use the page; unencrypted"
    return f"{who} at {address.host} can use the page: no password, no token, unencrypted"


def prepare_gradio(address: Address) -> None:
    """Say in the environment what Gradio reads there when it is imported or started."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # It looks for a free port here, and what others have set would be taken for an address.
    os.environ["GRADIO_SERVER_NAME"] = address.number
    os.environ["GRADIO_SERVER_PORT"] = str(address.port)
    # It also asks its own page whether it is there, which is no matter of a proxy's.
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        own = {"127.0.0.1", "localhost", address.host} - set(known.split(","))
        os.environ[name] = ",".join([*filter(None, [known]), *sorted(own)])
