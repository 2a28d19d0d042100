"""Odd requests: each is answered with a clean status and one line, nothing fails further in."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("gradio", reason="gradio is not installed")
import httpx

from nnfs_web.gate import EVENT, MOST, Refusal, check_event
from nnfs_web.pictures import data_url
from tests.core.drawn import digit
from tests.web.serving import served
from tests.web.test_address import needs_ipv6

PICK, DRAWN, PICTURE, CHOOSE, WEIGHTS = range(5)
GOOD = {
    "data": [None],
    "event_data": {"index": 3, "number": 1},
    "fn_index": PICK,
    "trigger_id": 13,
    "session_hash": "abc",
}
ODD = [None, True, -1, 10**30, 1e308, "x", "", [], {}, [1], {"a": 1}, "\0", "x" * 5000, "\ud800"]
SHAPES = {PICK: ("state",), PICTURE: ("state", "file"), CHOOSE: ("state", "text")}


class Served:
    """A server, and what it has said."""

    def __init__(self, url: str, said: Path, client: httpx.Client) -> None:
        self.url, self.said, self.client = url, said, client

    def event(self, event: object) -> httpx.Response:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        answer = self.client.post(EVENT, content=body, headers={"content-type": "application/json"})
        self.is_clean(answer)
        return answer

    def upload(self, name: str, content: bytes) -> str:
        answer = self.client.post("gradio_api/upload", files={"files": (name, content)})
        assert answer.status_code == 200, answer.text
        return answer.json()[0]

    def is_clean(self, answer: httpx.Response) -> None:
        assert answer.status_code < 500, answer.text
        assert "Traceback" not in answer.text
        assert "Traceback" not in self.said.read_text(), self.said.read_text()
        if answer.status_code >= 400 and answer.request.method != "HEAD":
            assert 0 < len(answer.text) < 500 and answer.text.strip().count("\n") == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with (
        served(tmp_path_factory.mktemp("served")) as (url, said),
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield Served(url, said, client)


def file_data(path: str, **more) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


def test_a_good_event_is_answered(server):
    answer = server.event(GOOD)
    assert answer.status_code == 200 and "The network reads" in answer.text
    drawn = {**GOOD, "fn_index": DRAWN, "event_data": {"picture": data_url(digit(3)), "number": 2}}
    assert "reads <b>3</b>" in server.event(drawn).json()["data"][1]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"NaN", b'"x"', b"9" * 5000, b"[" * 100_000, b"\xff\xfe",
     b'{"fn_index": NaN}', json.dumps({**GOOD, "event_data": {"index": float("nan")}}).encode()],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_what_is_no_event(server, body):
    assert server.event(body).status_code in (400, 422)


def test_too_much_is_refused(server):
    assert server.event(b"x" * (MOST + 1)).status_code == 413
    large = server.client.post(
        "gradio_api/upload", files={"files": ("a", bytes(65 * 2**20))}, timeout=120
    )
    assert large.status_code == 413
    server.is_clean(large)


@pytest.mark.parametrize("field", [*GOOD, "batched", "simple_format", "event_id", "\0"])
def test_fields_with_odd_values(server, field):
    for odd in ODD:
        server.event({**GOOD, field: odd})
    server.event({name: value for name, value in GOOD.items() if name != field})


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:12])
def test_odd_choices(server, odd):
    picked = server.event({**GOOD, "event_data": {"index": odd, "number": odd}})
    assert picked.status_code == 200 and "there is no such picture" in picked.text
    drawn = {**GOOD, "fn_index": DRAWN, "event_data": {"picture": odd, "number": odd}}
    assert server.event(drawn).status_code == 200
    for number in (PICTURE, CHOOSE, WEIGHTS):
        for value in (odd, file_data(odd)):
            server.event({**GOOD, "fn_index": number, "data": [None, value]})


def test_weights_that_nobody_has_are_said_so_on_the_page(server):
    answer = server.event({**GOOD, "fn_index": CHOOSE, "data": [None, "none\x1b[2J of these"]})
    assert "there are no such weights" in answer.text and "\x1b" not in answer.text


def test_files_that_are_not_what_they_should_be(server):
    for name in ("a.txt", "a.npz", "a.png", "a", "\0", "é.png", "a\nb", "con"):
        path = server.upload(name, b"hello")
        for number in (PICTURE, WEIGHTS):
            for size in (None, 5, -1, 10**30):
                event = {"fn_index": number, "data": [None, file_data(path, size=size)]}
                answer = server.event({**GOOD, **event})
                assert answer.status_code == 200 and 'role=\\"alert\\"' in answer.text


def test_files_that_were_not_sent_are_not_read(server):
    inside = server.upload("a.png", b"hello")
    for path in ("/etc/passwd", str(Path(inside).parent), inside + "/../../../x", "~", "app.py"):
        for number in (PICTURE, WEIGHTS):
            event = {**GOOD, "fn_index": number, "data": [None, file_data(path)]}
            assert server.event(event).status_code == 422
        assert server.client.get(f"gradio_api/file={path}").status_code in (403, 404)


ROUTES = [
    "/config", "/monitoring", "/monitoring/x", "/docs", "/openapi.json", "/login", "/logout",
    "/pwa_icon/9999999", "/svelte/x", "/gradio_api/info", "/gradio_api/queue/join",
    "/gradio_api/queue/data", "/gradio_api/queue/status", "/gradio_api/call/on_pick",
    "/gradio_api/api/predict", "/gradio_api/run/on_pick", "/gradio_api/component_server",
    "/gradio_api/process_recording", "/gradio_api/vibe-edit/", "/gradio_api/proxy=http://x",
    "/gradio_api/custom_component/1/client/component/x", "/gradio_api/cancel", "/gradio_api/reset",
    "/gradio_api/stream/x/y/1/playlist.m3u8", "/gradio_api/runs", "/gradio_api/deep_link",
    "/gradio_api/upload_progress", "/gradio_api/upload_progress?upload_id=none",
    "/gradio_api/file=", "/gradio_api/file=%00", "/gradio_api/file=" + "a" * 5000,
    "/gradio_api/startup-events", "/assets/", "/assets/%00", "/assets/..%2f..%2fapp.py",
    "/assets/" + "a" * 300, "/static/" + "a" * 5000, "/static/%ff", "/?deep_link=%00",
    "/?" + "a" * 9000, "/manifest.json", "/nothing", EVENT, "/gradio_api/upload",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "FOO"])
def test_every_way_to_ask_for_every_address(server, method):
    for route in ROUTES:
        answer = server.client.request(method, route)
        server.is_clean(answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [("host", "["), ("host", ""), ("host", "x:99999"), ("x-forwarded-host", "a b:c"),
     ("x-forwarded-host", "["), ("x-forwarded-proto", "gopher"), ("cookie", '=;=;;"'),
     ("accept-encoding", "br;q=x"), ("accept-language", "\xff"), ("origin", "["),
     ("range", "bytes=9-1"), ("x-gradio-server", "["), ("authorization", "Bearer \xff")],
)  # fmt: skip
def test_odd_headers(server, name, value):
    header = [(name.encode(), value.encode("latin-1"))]
    for path in ("/", "/theme.css"):
        answer = server.client.get(path, headers=header)
        assert answer.status_code == 200 or server.is_clean(answer) is None
    body = json.dumps(GOOD).encode()
    header.append((b"content-type", b"application/json"))
    server.is_clean(server.client.post(EVENT, content=body, headers=header))


@pytest.mark.parametrize(
    "raw",
    [
        b"\0\0\0",
        b"GET / HTTP/9\r\n\r\n",
        b"POST /gradio_api/run/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; "
        b"boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\nContent-Disposition: form-data; "
        b'name="files"; filename="a"\r\n\r\nabc',
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ],
)
def test_who_leaves_in_the_middle(server, raw):
    host, port = urlsplit(server.url).hostname, urlsplit(server.url).port
    with socket.create_connection((host, port)) as line:
        line.sendall(raw)
    assert server.event(GOOD).status_code == 200


def test_what_an_event_must_be(tmp_path):
    """The rules alone, also for what the page never sends."""
    good = {**GOOD, "event_data": None}
    file = tmp_path / "a.png"
    file.touch()
    check_event(
        json.dumps({**good, "fn_index": PICTURE, "data": [None, file_data(str(file))]}).encode(),
        SHAPES,
        tmp_path,
    )
    wrong = [
        {**good},
        {**good, "fn_index": PICTURE, "data": [None, file_data(str(file), is_stream=True)]},
        {**good, "fn_index": PICTURE, "data": [None, {"path": str(file)}]},
        {**good, "fn_index": PICTURE, "data": [1, None]},
        {**good, "fn_index": CHOOSE, "data": [None, 3]},
        {**good, "fn_index": True},
        {**good, "fn_index": 7},
    ]
    for event in wrong:
        with pytest.raises(Refusal) as refused:
            check_event(json.dumps(event).encode(), SHAPES, tmp_path)
        assert refused.value.status == 422 and "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A server that other computers can reach: its address and what it says."""
    with served(tmp_path_factory.mktemp("open"), "--host", "0.0.0.0") as found:
        yield found


class TestToken:
    def test_who_can_reach_it_is_said_before(self, line):
        url, said = line
        assert re.fullmatch(r"http://[^/]+:\d+/\?token=[\w-]{22}", url)
        assert said.read_text().startswith("note: whoever can reach this computer over the network")
        assert said.read_text().count("\n") == 1

    def test_nothing_is_given_without_it(self, line):
        url, _ = line
        bare, port = url.partition("?")[0], urlsplit(url).port
        with httpx.Client(base_url=bare, timeout=60) as stranger:
            for path in ("/", "/?token=", "/?token=x", "/theme.css", "/gradio_api/file=x", "/é"):
                assert stranger.get(path).status_code == 401
            assert stranger.post(EVENT, json=GOOD).status_code == 401
            assert stranger.post("/gradio_api/upload", files={"files": b"x"}).status_code == 401
            cookie = {"cookie": f"nnfs-token-{port}=; nnfs-token-1=x"}
            assert stranger.get("/", headers=cookie).status_code == 401

    def test_the_whole_address_opens_it_and_a_cookie_remembers(self, line):
        url, said = line
        with httpx.Client(timeout=60, follow_redirects=True) as visitor:
            page = visitor.get(url)
            assert page.status_code == 200 and "token" not in str(page.url)
            answer = visitor.post(str(page.url.join(EVENT)), json=GOOD)
            assert answer.status_code == 200 and "The network reads" in answer.text
        assert "Traceback" not in said.read_text()

    def test_the_cookie_is_for_this_page_alone(self, line):
        cookie = httpx.get(line[0]).headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


@needs_ipv6
def test_ipv6_is_served(tmp_path):
    with served(tmp_path, "--host", "::1") as (url, said):
        assert url.startswith("http://[::1]:")
        assert httpx.get(url, timeout=60).status_code == 200
        assert said.read_text() == ""


def test_everybody_is_let_in_where_that_is_asked_for(tmp_path):
    with served(tmp_path, "--host", "0.0.0.0", "--no-token") as (url, said):
        assert "token" not in url and httpx.get(url, timeout=60).status_code == 200
        assert "no password, no token" in said.read_text()
