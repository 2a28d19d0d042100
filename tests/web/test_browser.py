"""The page in a real browser: picking, drawing with the mouse and the keys, files, themes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.files.weights import Weights, load_weights, save_weights
from nnfs_core.shipped import shipped_file
from nnfs_web.pictures import png
from nnfs_web.theme import DARK, LIGHT
from tests.cli.command import ROOT
from tests.core.drawn import digit
from tests.web.plain import probabilities

pytest.importorskip("gradio", reason="gradio is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page, served by a process of its own that ends with the tests."""
    environment = {
        **{name: text for name, text in os.environ.items() if name != "NNFS_DATA_DIR"},
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
        "GRADIO_TEMP_DIR": str(tmp_path_factory.mktemp("uploads")),
    }
    command = [sys.executable, ROOT / "app.py", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as server:
        try:
            yield server.stdout.readline().split()[0]
        finally:
            server.kill()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",  # root has none
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--window-size=1280,900",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


class Shown:
    """The page as a visitor sees it."""

    def __init__(self, browser) -> None:
        self.browser = browser
        self.wait = WebDriverWait(browser, 30, poll_frequency=0.05)

    def all(self, selector: str) -> list:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str):
        return self.wait.until(lambda _: self.all(selector))[0]

    def text(self, selector: str) -> str:
        script = "return document.querySelector(arguments[0])?.textContent ?? ''"
        return self.browser.execute_script(script, selector)

    def until(self, selector: str, pattern: str) -> str:
        """Wait until a part's text matches; give it."""
        self.wait.until(lambda _: re.search(pattern, self.text(selector)), self.text(selector))
        return self.text(selector)

    def tab(self, name: str) -> None:
        self.one("button[role=tab]")
        next(tab for tab in self.all("button[role=tab]") if tab.text == name).click()

    def shares(self) -> list[float]:
        script = "return [...document.querySelectorAll('[data-share]')].map(r => r.dataset.share)"
        return [float(share) for share in self.browser.execute_script(script)]

    def until_shares(self, expected: np.ndarray) -> None:
        self.wait.until(
            lambda _: (
                len(found := self.shares()) == len(expected)
                and np.allclose(found, expected, atol=1e-5)
            )
        )

    def pad(self):
        self.tab("Draw")
        pad = self.one(".nnfs-pad canvas")
        self.wait.until(lambda _: pad.is_displayed())
        return pad

    def upload(self, selector: str, path) -> None:
        self.one(f"{selector}[type=file], {selector} input[type=file]").send_keys(str(path))


@pytest.fixture
def shown(browser, address) -> Shown:
    browser.get(address)
    page = Shown(browser)
    page.one(".nnfs-gallery button")
    page.until("#result", "The network reads")
    return page


def test_the_page_is_complete_before_anything_is_done(shown):
    data = load_dataset("digits")
    expected = probabilities(load_weights(shipped_file("digits")), data.validation_x[0])
    np.testing.assert_allclose(shown.shares(), expected, atol=1e-5)
    assert len(shown.all(".nnfs-gallery button")) == 100
    assert "98.06 % of 360 validation pictures" in shown.text("#status")
    assert len(shown.all(".nnfs-strip rect")) == 64


def test_picking_a_picture_shows_its_answer(shown):
    data = load_dataset("digits")
    weights = load_weights(shipped_file("digits"))
    for index in (3, 25, 99):
        shown.all(".nnfs-gallery button")[index].click()
        truth = data.validation_y[index]
        shown.until(".nnfs-verdict", f"it is {truth}")
        expected = probabilities(weights, data.validation_x[index])
        shown.until_shares(expected)
        verdict = "Right" if expected.argmax() == truth else "Wrong"
        assert f"reads {expected.argmax()} (" in shown.text(".nnfs-verdict")
        assert f"{verdict}: it is {truth}." in shown.text(".nnfs-verdict")
        pressed = shown.all(".nnfs-gallery button[aria-pressed=true]")
        assert [button.get_attribute("data-index") for button in pressed] == [str(index)]


def test_the_gallery_goes_by_the_arrow_keys(shown):
    first = shown.all(".nnfs-gallery button")[0]
    shown.browser.execute_script("arguments[0].focus()", first)
    ActionChains(shown.browser).send_keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ENTER).perform()
    expected = load_dataset("digits").validation_y[11]
    shown.until(".nnfs-verdict", f"it is {expected}")
    assert shown.browser.switch_to.active_element.get_attribute("data-index") == "11"
    assert len(shown.all('.nnfs-gallery button[tabindex="0"]')) == 1


def test_drawing_with_the_mouse(shown):
    pad = shown.pad()
    pen = ActionChains(shown.browser, duration=20).move_to_element_with_offset(pad, -50, -90)
    pen.click_and_hold()
    for right, down in ((100, 0), (-20, 50), (-20, 50), (-20, 70)):
        pen.move_by_offset(right, down)
    pen.release().perform()
    shown.until(".nnfs-verdict", r"reads 7 \(")
    assert "cropped, stood upright" in shown.text(".nnfs-steps")
    assert "it is" not in shown.text(".nnfs-verdict")

    # The last answer is that of the whole drawing, however fast it was drawn.
    for _ in range(3):
        pen = ActionChains(shown.browser, duration=5).move_to_element_with_offset(pad, -60, 20)
        pen.click_and_hold().move_by_offset(110, 5).release().perform()
    shown.one(".nnfs-undo").click()
    shown.one(".nnfs-undo").click()
    shown.one(".nnfs-undo").click()
    shown.until(".nnfs-verdict", r"reads 7 \(")
    shown.one(".nnfs-clear").click()
    shown.until("#result", "Draw a digit")
    shown.tab("Test pictures")
    shown.all(".nnfs-gallery button")[1].click()
    shown.until(".nnfs-verdict", "Right: it is")


def test_drawing_with_the_keys(shown):
    pad = shown.pad()
    shown.browser.execute_script("arguments[0].focus()", pad)
    up, down = [Keys.ARROW_UP] * 8, [Keys.ARROW_DOWN] * 16
    ActionChains(shown.browser).send_keys(*up, Keys.SPACE, *down, Keys.SPACE).perform()
    shown.until(".nnfs-verdict", r"reads 1 \(")
    ActionChains(shown.browser).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
    shown.until("#result", "Draw a digit")


def test_bad_weights_are_said_and_nothing_is_lost(shown, tmp_path):
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"hello")
    before = shown.text(".nnfs-verdict")
    shown.upload("input[accept*='.npz']", bad)
    said = shown.until("#status .nnfs-error", "bad.npz: ")
    assert "expected a weights file" in said and str(tmp_path) not in said
    assert shown.text(".nnfs-verdict") == before
    shown.all(".nnfs-gallery button")[3].click()
    shown.until(".nnfs-verdict", "Right: it is 5")
    assert shown.text("#weights label.selected").strip() == "digits (shipped)"


def test_own_weights_without_their_data_still_read_drawings(shown, tmp_path):
    path = tmp_path / "mine.npz"
    rng = np.random.default_rng(0)
    save_weights(path, Weights((rng.normal(0, 0.05, (10, 784)),), (np.zeros(10),)))
    shown.upload("input[accept*='.npz']", path)
    shown.until("#status", "784 → 10")
    shown.until("#gallery", "MNIST is not on this computer")
    pad = shown.pad()
    ActionChains(shown.browser, duration=20).drag_and_drop_by_offset(pad, 10, 80).perform()
    shown.until(".nnfs-seen", "28×28, 0 black")
    assert sum(shown.shares()) == pytest.approx(1)


def test_a_picture_of_ones_own(shown, tmp_path):
    good, bad = tmp_path / "three.png", tmp_path / "bad.png"
    good.write_bytes(png(1 - digit(3)))
    bad.write_bytes(b"hello")
    shown.tab("Own picture")
    shown.upload("#own-picture", good)
    shown.until(".nnfs-verdict", r"reads 3 \(")
    assert "inverted" in shown.text(".nnfs-steps")
    shown.browser.get(shown.browser.current_url)
    shown.tab("Own picture")
    shown.upload("#own-picture", bad)
    shown.until("#result .nnfs-error", "is not a picture")


@pytest.mark.parametrize(("scheme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_colours_follow_the_system(shown, scheme, colours):
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    shown.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    shown.browser.refresh()
    panel = shown.one(".nnfs-panel")
    rgb = ", ".join(str(int(colours["panel"][at : at + 2], 16)) for at in (1, 3, 5))
    shown.wait.until(lambda _: rgb in panel.value_of_css_property("background-color"))


@pytest.mark.parametrize("width", [420, 1280])
def test_nothing_sticks_out(shown, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    shown.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        script = "return document.documentElement.scrollWidth"
        shown.wait.until(lambda _: shown.browser.execute_script(script) <= width)
    finally:
        shown.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_page_talks_to_nobody_else_and_does_not_complain(shown, address):
    """The last test here: what all of them have asked for is in the log."""
    asked = []
    for entry in shown.browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    assert any(url.startswith(address) for url in asked)
    elsewhere = {urlsplit(url).netloc for url in asked if url.startswith(("http", "ws"))}
    assert elsewhere == {urlsplit(address).netloc}
    severe = [e for e in shown.browser.get_log("browser") if e["level"] == "SEVERE"]
    assert severe == []
