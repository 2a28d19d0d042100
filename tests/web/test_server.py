"""``web``: what it refuses, each in one line, and how it ends."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest

from nnfs_core.errors import UserError
from nnfs_core.files.weights import Weights, save_weights
from tests.cli.command import ROOT, call

needs_gradio = pytest.mark.skipif(
    importlib.util.find_spec("gradio") is None, reason="gradio is not installed"
)


def test_without_gradio_one_line_says_what_to_install(capsys, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "gradio" else real(name)
    )
    error = call(capsys, "web").error
    assert error == "the page in the browser needs gradio: pip install .[web]"


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5", "", "99999999999"])
def test_ports_that_are_none(capsys, port):
    error = call(capsys, "web", "--port", port).error
    assert error.startswith("--port: not a usable value (expected a whole number from 0 to 65535")


@needs_gradio
def test_an_address_that_is_taken(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        error = call(capsys, "web", "--port", port).error
    assert error.startswith(f"cannot listen on 127.0.0.1, port {port}: ")


@needs_gradio
def test_an_address_that_is_nobodys(capsys):
    assert "cannot listen on 192.0.2.1" in call(capsys, "web", "--host", "192.0.2.1").error


@needs_gradio
def test_weights_that_are_not_there(capsys, tmp_path):
    error = call(capsys, "web", "--weights", tmp_path / "no.npz").error
    expected = "a weights file (.npz or .safetensors)"
    assert error == f"{tmp_path / 'no.npz'}: there is no such file (expected {expected})"


@needs_gradio
def test_the_activation_is_that_of_the_weights_that_are_named(capsys, tmp_path, monkeypatch):
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((4, 64)), np.ones((10, 4))), (np.ones(4), np.ones(10))))
    error = call(capsys, "web", "--activation", "tanh").error
    assert error.startswith("--activation goes with --weights")
    line = ["web", "--port", "0", "--weights", path]
    error = call(capsys, *line, "--activation", "swish").error
    assert error.startswith("--activation: not a usable value (expected one of relu,")
    seen = []

    def page(models, load):
        seen.append(models["w.npz"])
        raise UserError("seen")

    monkeypatch.setattr("nnfs_web.page.Page", page)
    assert call(capsys, *line, "--activation", "tanh").error == "seen"
    assert seen[0].trained.network.activation.name == "tanh"


@needs_gradio
@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl+C cannot be sent to one program")
def test_ctrl_c_ends_it_without_a_word():
    command = [sys.executable, ROOT / "app.py", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        try:
            assert server.stdout.readline().startswith("http://127.0.0.1:")
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=60)
        finally:
            server.kill()
    assert (server.returncode, out, err) == (0, "", "")
