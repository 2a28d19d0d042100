"""What reaches the page: requests it makes itself, well formed, from who may make them.

Whatever else arrives is answered in one line with what is wrong about it. So no request makes
anything fail further in, where it would be a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from secrets import compare_digest
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
from starlette.requests import ClientDisconnect

POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self' data: blob:; object-src 'none'"
)
"""The page may talk to this server and to nobody else, whatever a library in it would like."""

HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
]
EVENT = "/gradio_api/run/predict"
STARTED = "/gradio_api/startup-events"
READ = (STARTED, "/gradio_api/heartbeat/", "/gradio_api/upload_progress", "/gradio_api/file=")
"""Beside the page and its parts, what is read while it is open."""

MOST = 2**20
"""Bytes of an event; the largest is a drawing."""

LONGEST = 1000
"""Characters of a path; uploaded files have the longest."""

Shapes = Mapping[int, tuple[str, ...]]
"""What each event is given, by its number: ``state``, ``file`` or ``text``."""


def shapes(page: gr.Blocks) -> Shapes:
    """Return what the events of a page are given."""
    kinds = {gr.State: "state", gr.File: "file", gr.UploadButton: "file", gr.Radio: "text"}
    return {number: tuple(kinds[type(one)] for one in fn.inputs) for number, fn in page.fns.items()}


class Refusal(Exception):
    """A request that is answered with a status and one line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class Gate:
    """Stands before the page (ASGI) and lets through what it can answer.

    Parameters
    ----------
    app : callable
        What answers.
    events : mapping
        What each event is given, see :func:`shapes`.
    uploads : Path
        The folder that uploaded files are in: an event names no other ones.
    token : str, optional
        What the address must carry the first time; a cookie remembers it.
    """

    def __init__(self, app: Any, events: Shapes, uploads: Path, token: str | None = None) -> None:
        self._app, self._events, self._token = app, events, token
        self._uploads = uploads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        begun = False

        async def answer(message: Any) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": [*message["headers"], *HEADERS]}
            await send(message)

        try:
            if self._token and (cookie := self._admitted(scope, self._token)):
                await _redirect(answer, cookie)
                return
            _check_route(scope["method"], scope["path"])
            if scope["path"] == EVENT:
                body = await _whole(receive)
                check_event(body, self._events, self._uploads)
                receive = _again(body, receive)
            await self._app(scope, receive, answer)
        except Refusal as refusal:
            await _say(answer, refusal.status, str(refusal))
        except ClientDisconnect:
            return  # whoever asked has gone
        except Exception as error:
            # Failures of ours are answered further in. What comes this far is a request that
            # the libraries cannot make sense of: an address that is none, a damaged header.
            if begun:
                raise
            await _say(answer, 400, f"the request is not understood ({type(error).__name__})")

    def _admitted(self, scope: Any, token: str) -> str | None:
        """Let in who has the token; return the cookie for who comes with it in the address."""
        name = f"nnfs-token-{(scope.get('server') or ('', 0))[1]}"
        sent = [value for key, value in scope["headers"] if key == b"cookie"]
        for part in b";".join(sent).split(b";"):
            key, _, value = part.strip().partition(b"=")
            if key == name.encode() and compare_digest(value, token.encode()):
                return None
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if compare_digest(query.get("token", "").encode(), token.encode()):
            return f"{name}={token}; Path=/; HttpOnly; SameSite=Lax"
        if scope["path"] == STARTED:
            return None  # asked by the server itself, once it listens; says yes or no
        raise Refusal(
            401, "this page is opened with the whole address, token included (and a cookie)"
        )


def _check_route(method: str, path: str) -> None:
    api = path.startswith("/gradio_api") and len(path) < LONGEST
    if method == "POST" and path in (EVENT, "/gradio_api/upload"):
        return
    if method in ("GET", "HEAD") and (path.startswith(READ) if api else _is_part(path)):
        return
    raise Refusal(404, "there is nothing here")


def _is_part(path: str) -> bool:
    folders = ("/assets/", "/static/")
    return path in ("/", "/theme.css", "/manifest.json", "/favicon.ico", "/robots.txt") or (
        path.startswith(folders) and "\0" not in path
    )


def check_event(body: bytes, events: Shapes, uploads: Path) -> None:
    """Make sure that something that happened on the page is well formed.

    Raises
    ------
    Refusal
        Saying what about it is not.
    """
    try:
        event = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal(400, "the event is not JSON") from None
    if not isinstance(event, dict):
        raise Refusal(422, "the event is not an object")
    number, data = event.get("fn_index"), event.get("data")
    if type(number) is not int or number not in events:
        raise Refusal(422, "there is no such event")
    if not isinstance(event.get("session_hash"), str) or len(event["session_hash"]) > 64:
        raise Refusal(422, "session_hash: a short text is expected")
    if not isinstance(event.get("event_data"), dict | None):
        raise Refusal(422, "event_data: an object is expected")
    if type(event.get("trigger_id")) not in (int, type(None)):
        raise Refusal(422, "trigger_id: a whole number is expected")
    if extra := set(event) - {"fn_index", "data", "session_hash", "event_data", "trigger_id"}:
        raise Refusal(422, f"unknown fields: {len(extra)}")
    if not isinstance(data, list) or len(data) != len(events[number]):
        raise Refusal(422, f"data: {len(events[number])} values are expected")
    if events[number] == ("state",) and event.get("event_data") is None:
        raise Refusal(422, "event_data: an object is expected")  # all that such an event says
    for kind, value in zip(events[number], data, strict=True):
        if kind == "state":
            fits = value is None
        elif kind == "text":
            fits = isinstance(value, str) and len(value) < 1000
        else:
            fits = value is None or _is_upload(value, uploads)
        if not fits:
            raise Refusal(422, f"data: a value is not what is expected ({kind})")


def _no_number(name: str) -> None:
    raise ValueError(name)


def _is_upload(value: object, uploads: Path) -> bool:
    """Say whether a value names a file that was uploaded before."""
    known = {"path", "url", "orig_name", "size", "mime_type", "is_stream", "meta"}
    if not isinstance(value, dict) or set(value) - known:
        return False
    texts = [value.get(name) for name in ("path", "url", "orig_name", "mime_type")]
    if not all(text is None or (isinstance(text, str) and len(text) < 4096) for text in texts):
        return False
    if value.get("meta") != {"_type": "gradio.FileData"} or value.get("is_stream"):
        return False
    if type(value.get("size")) not in (int, type(None)) or not isinstance(value.get("path"), str):
        return False
    try:
        path = Path(value["path"]).resolve()
        return path.is_relative_to(uploads.resolve()) and path.is_file()
    except (OSError, ValueError):
        return False


async def _whole(receive: Any) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST:
            raise Refusal(413, f"an event has at most {MOST} bytes")
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Any) -> Any:
    """Return what hands out a body that was read already, and then whatever comes next."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def once_more() -> Any:
        return waiting.pop() if waiting else await receive()

    return once_more


async def _say(send: Any, status: int, line: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{line}\n".encode()})


async def _redirect(send: Any, cookie: str) -> None:
    headers = [(b"location", b"/"), (b"set-cookie", cookie.encode())]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
