"""Where the page may be served, how that is written, and who is told what about it."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from nnfs_core.errors import UserError
from nnfs_web.address import Address, usable_address
from nnfs_web.server import prepare_gradio, who_can_reach


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this computer has no IPv6")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", " 127.0.0.1 "])
def test_this_computer_alone(host):
    address = usable_address(host, 0)
    assert address.is_local and address.port > 0
    assert address.url() == f"http://{host.strip()}:{address.port}/"


@needs_ipv6
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_ipv6_is_written_in_brackets(host):
    address = usable_address(host, 0)
    assert address.is_local and address.host == "::1" and address.bracketed == "[::1]"
    assert address.url() == f"http://[::1]:{address.port}/"
    assert address.number == "127.0.0.1"


def test_everywhere_is_written_as_an_address_that_can_be_opened():
    address = usable_address("0.0.0.0", 0)
    assert not address.is_local
    url = address.url("secret")
    assert url.endswith(f":{address.port}/?token=secret")
    assert "0.0.0.0" not in url and "localhost" not in url


def test_everywhere_without_a_network_is_written_with_the_name(monkeypatch):
    def unreachable(*_):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    address = Address("::", 7860, ("::",))
    monkeypatch.setattr(socket.socket, "connect", unreachable)
    assert address.url() == f"http://{socket.gethostname()}:7860/"


@pytest.mark.parametrize(
    "host",
    ["nowhere.invalid", "a b", "http://localhost", "999.1.1.1", "x" * 300, "a..b", "\0", "[",
     "é" * 80],
)  # fmt: skip
def test_names_that_are_none(host):
    with pytest.raises(UserError, match=r"--host .*there is no such name or address: ") as raised:
        usable_address(host, 7860)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("host", ["", "  ", "[]"])
def test_no_name_at_all(host):
    with pytest.raises(UserError, match="--host: not a usable value"):
        usable_address(host, 7860)


def test_another_computers_address():
    with pytest.raises(UserError, match="not one of this computer's own"):
        usable_address("192.0.2.77", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_is_taken(host):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"{host}, port {port}: .*--port 0 takes any"):
            usable_address(host, port)


def test_a_port_of_the_administrators(monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UserError, match=r"port 80: Permission denied; ports below 1024 are"):
        usable_address("127.0.0.1", 80)


def test_who_can_reach_it_is_said_in_one_line():
    address = Address("0.0.0.0", 7860, ("0.0.0.0",))
    asked, free = who_can_reach(address, "x" * 22), who_can_reach(address, None)
    assert "token included" in asked and "x" * 22 not in asked
    assert "no password, no token" in free
    assert all("over the network" in line and "\n" not in line for line in (asked, free))


def test_gradio_is_told_what_it_would_read_elsewhere(monkeypatch):
    for name in ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "odd" if name.islower() else "")
    for name in ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
    prepare_gradio(Address("::1", 80, ("::1",)))
    assert os.environ["GRADIO_SERVER_NAME"] == "127.0.0.1"
    assert os.environ["GRADIO_SERVER_PORT"] == "80"
    assert os.environ["NO_PROXY"].split(",") == ["127.0.0.1", "::1", "localhost"]
    assert os.environ["no_proxy"].split(",")[0] == "odd"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
