"""A real Chromium without a window, driven by W3C WebDriver, and nobody's settings."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import requests

PROGRAMS: Final = ("chromium", "chromedriver")
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
_PATIENCE_S: Final = 60.0


class Browser:
    """One window; `width` x `height` pixels of CSS, as a phone has them."""

    def __init__(self, driver_url: str, session_id: str) -> None:
        self._session = requests.Session()
        self._url = f"{driver_url}/session/{session_id}"

    def _ask(self, method: str, path: str, said: Any = None) -> Any:
        answer = self._session.request(method, self._url + path, json=said, timeout=_PATIENCE_S)
        value = answer.json()["value"]
        assert answer.ok, value
        return value

    def open(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function with this body returns in the page."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def call(self, command: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def until(self, script: str, *arguments: Any) -> Any:
        """What it returns once that is true; looks every 20 ms."""
        end_s = time.monotonic() + _PATIENCE_S
        while not (value := self.run(script, *arguments)):
            assert time.monotonic() < end_s, f"never true: {script}; {self._seen()}"
            time.sleep(0.02)
        return value

    def _seen(self) -> str:
        return f"{self.run('return document.body.innerText')} {self.log()}"

    def write(self, selector: str, text: str) -> None:
        """In place of what is there."""
        self.run("document.querySelector(arguments[0]).value = ''", selector)
        self._ask("POST", f"/element/{self._find(selector)}/value", {"text": text})

    def press(self, selector: str) -> None:
        """A real click, where the element is and nothing lies over it."""
        self._ask("POST", f"/element/{self._find(selector)}/click", {})

    def _find(self, selector: str) -> str:
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def look_like(self, *, width: int, height: int, dark: bool = False) -> None:
        """Be a phone's screen."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2,
            mobile=True,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def log(self) -> list[str]:
        """What the page complained of since it was last asked."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", {"type": "browser"})]

    def close(self) -> None:
        self._ask("DELETE", "")
        self._session.close()


@contextmanager
def browser(folder: Path, *flags: str) -> Iterator[Browser]:
    """A browser with an empty profile in this folder, put away at the end."""
    chromium, chromedriver = (shutil.which(name) for name in PROGRAMS)
    assert chromium is not None, "apt-get install chromium"
    assert chromedriver is not None, "apt-get install chromium-driver"
    driver = subprocess.Popen([chromedriver, "--port=0"], stdout=subprocess.PIPE, text=True)
    try:
        assert driver.stdout is not None
        started = (re.search(r"successfully on port (\d+)", line) for line in driver.stdout)
        port = next(found[1] for found in started if found)
        url = f"http://127.0.0.1:{port}"
        options = {
            "binary": chromium,
            "args": [*_FLAGS, f"--user-data-dir={folder / 'profile'}", *flags],
        }
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        asked = {"capabilities": {"alwaysMatch": wanted}}
        answer = requests.post(f"{url}/session", json=asked, timeout=_PATIENCE_S).json()["value"]
        assert "sessionId" in answer, answer
        window = Browser(url, answer["sessionId"])
        try:
            yield window
        finally:
            window.close()
    finally:
        driver.terminate()
        driver.wait()
        assert driver.stdout is not None
        driver.stdout.close()
