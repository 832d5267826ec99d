"""Pictures of every screen that a day meets, in both sizes that offices have and both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEventLoop, QSize
from PySide6.QtWidgets import QWidget

from build_scripts.demo.eyes import Scene, panel_of
from ui.application import Application
from ui.qt.language import LANGUAGES

SIZES: Final = (QSize(1366, 768), QSize(1920, 1080))
_TURNS: Final = 6
_NO_NEWS: Final = (
    QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents
    | QEventLoop.ProcessEventsFlag.ExcludeSocketNotifiers
)


class Album:
    """Takes one picture of each situation, size and language, whichever seat meets it first.

    A situation is the screen, the page of its sheet and the page of the panel; what stands on it
    may differ from one time to the next.
    """

    def __init__(self, application: Application, folder: Path) -> None:
        """Put pictures of `application` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._application, self._folder = application, folder

    def take(self, scene: Scene) -> None:
        """Take what `scene` is about, unless there is such a picture already."""
        self._take_in_all_ways(self._application.window, situation_of(scene))
        panel, page = panel_of(self._application), scene.get("panel", {}).get("page")
        if panel is not None and page:
            self._take_in_all_ways(panel, f"panel-{page}")

    def _take_in_all_ways(self, window: QWidget, situation: str) -> None:
        first = self._path(situation, LANGUAGES[0], SIZES[0])
        try:
            first.open("xb").close()  # two seats may meet it at the same time
        except FileExistsError:
            return
        before = window.size()
        for _ in LANGUAGES:
            for size in SIZES:
                window.resize(size)
                self._settle()
                path = self._path(situation, self._application.language.code, size)
                window.grab().save(str(path))
            self._application.window.language_asked.emit()  # round to where it began
        window.resize(before)

    @staticmethod
    def _settle() -> None:
        """Let the new language and size reach every widget; each may move others in turn."""
        for _ in range(_TURNS):
            QCoreApplication.processEvents(_NO_NEWS)

    def _path(self, situation: str, language: str, size: QSize) -> Path:
        return self._folder / f"{situation}-{language}-{size.width()}x{size.height()}.png"


def situation_of(scene: Scene) -> str:
    """Return what the main window's situation is called in a picture's name."""
    counter, desk = scene.get("counter", {}), scene.get("desk", {})
    words = (
        (counter.get("page", ""), counter.get("page")),
        ("results", counter.get("results")),
        ("member", counter.get("member") and not counter.get("results")),
        ("proposal", counter.get("proposal")),
        ("lines", counter.get("lines")),
        ("told", counter.get("said") or scene.get("said") or desk.get("said")),
        ("waiting", counter.get("chip") or scene.get("chip")),
        ("closed_shift", scene.get("closed_shift")),
        ("ringing", desk.get("ringing")),
        ("case", desk.get("selected")),
        ("exception", desk.get("exception")),
    )
    return "-".join([str(scene["screen"]), *(word for word, shown in words if shown)])
