"""The director's end of one seat: its process, what it last showed, and what it is asked to do."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from build_scripts.demo.leash import leashed, reading_end
from build_scripts.demo.stage import ROOT

Scene = dict[str, Any]

ANSWER_S: Final = 30.0
START_S: Final = 120.0
WIDTH_PX, HEIGHT_PX = 1366, 768


class SeatGone(Exception):
    """The process is not there any more: somebody pulled the plug."""


class Stuck(Exception):
    """What a person waited for did not come."""


class OutOfReach(Stuck):
    """What was to be touched is not there, or not any more."""


@dataclass(slots=True)
class Effort:
    """What a piece of work took so far."""

    keys: int = 0
    scans: int = 0
    mouse: int = 0

    def add(self, counted: Mapping[str, int]) -> None:
        """Add what the agent counted."""
        self.keys += counted["keys"]
        self.scans += counted["scans"]
        self.mouse += counted["mouse"]


class Seat:
    """A counter or a desk, started, steered, unplugged and started again.

    Attributes:
        name: what it is called in witnesses and messages.
        folder: its data folder.
        witness: where its agent writes down what was seen.
        effort: events sent since the caller last replaced it.
        restarts: how often it was started.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        server_url: str,
        *,
        lan: str = "",
        language: str = "zh_CN",
        pictures: Path | None = None,
    ) -> None:
        """Describe a seat; `start` runs it.

        `lan` is what its lan.ini says of the office's network, '' where it keeps out of it.
        """
        self.name, self.folder = name, folder
        self.witness = folder.parent / f"{name}-witness.jsonl"
        self.effort = Effort()
        self.restarts = 0
        self._arguments = [
            *("--data-folder", str(folder), "--server", server_url),
            *("--language", language, "--theme", "light", "--windowed"),
            *("--lan", "listed" if lan else "off"),
        ]
        self._lan = lan
        self._pictures = [] if pictures is None else ["--pictures", str(pictures)]
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._changed = threading.Condition()
        self._scene: Scene = {}
        self._replies: dict[int, dict[str, Any]] = {}
        self._gone = True
        self._number = 0

    @property
    def scene(self) -> Scene:
        """What it last showed."""
        with self._changed:
            return self._scene

    def start(self) -> None:
        """Run the program; returns once its first screen is there.

        Raises:
            Stuck: it never came.
        """
        if self._lan:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / "lan.ini").write_text(f"[lan]\n{self._lan}\n")
        ours, theirs = socket.socketpair()
        # Four people can't type at one screen: each seat has a bare one of its own
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
        with theirs, (self.folder.parent / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *leashed("build_scripts.demo.agent"),
                    *("--line", str(theirs.fileno()), "--witness", str(self.witness)),
                    *("--seat", self.name, *self._pictures, "--", *self._arguments),
                ],
                env=environment,
                cwd=ROOT,
                pass_fds=[theirs.fileno(), reading_end()],
                stdout=log,
                stderr=log,
            )
        self._line = ours
        self.restarts += 1
        with self._changed:
            self._scene, self._gone = {}, False
            self._replies.clear()
        threading.Thread(target=self._listen, args=(ours,), name=self.name, daemon=True).start()
        try:
            self.wait(bool, "the first screen", timeout_s=START_S)
        except Stuck:
            self._ask_where()
            raise
        self.ask("size", width=WIDTH_PX, height=HEIGHT_PX)

    def kill(self) -> None:
        """Pull the plug: SIGKILL, whatever it is doing."""
        process = self._process
        if process is None:
            return
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._hang_up()

    def stop(self) -> None:
        """Close the program as its user would."""
        with contextlib.suppress(SeatGone, Stuck):
            self.ask("quit")
        if self._process is not None:
            try:
                self._process.wait(ANSWER_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._hang_up()

    def ask(self, what: str, **arguments: object) -> dict[str, Any]:
        """Have something done; returns when its last event has been sent and seen to.

        Raises:
            SeatGone: the plug was pulled.
            Stuck: it could not be done, or not in time.
        """
        number = self.tell(what, **arguments)
        slow_s = len(str(arguments.get("text", ""))) * 0.06
        return self.reply(number, f"{what} {arguments}", timeout_s=ANSWER_S + slow_s)

    def reply(self, number: int, what: str, *, timeout_s: float = ANSWER_S) -> dict[str, Any]:
        """Wait until something that was told is done.

        Raises:
            SeatGone: the plug was pulled.
            Stuck: it could not be done, or not in time.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while number not in self._replies:
                self._alive()
                left = deadline - time.monotonic()
                if left <= 0:
                    self._ask_where()
                    raise self._stuck(f"no answer to {what}")
                self._changed.wait(left)
            reply = self._replies.pop(number)
        if "failed" in reply:
            raise OutOfReach(str(self._stuck(f"{what}: {reply['why']}")))
        self.effort.add(reply["counted"])
        return reply

    def tell(self, what: str, **arguments: object) -> int:
        """Have something begun without waiting for it; returns its number."""
        line = self._line
        if line is None:
            raise SeatGone(self.name)
        self._number += 1
        message = {"n": self._number, "do": what, **arguments}
        try:
            line.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            raise SeatGone(self.name) from error
        return self._number

    def wait(
        self, holds: Callable[[Scene], bool], what: str, *, timeout_s: float = ANSWER_S
    ) -> Scene:
        """Wait until the screens show something.

        Raises:
            SeatGone: the plug was pulled.
            Stuck: it did not come in time; the message says what was shown instead.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                if self._scene and holds(self._scene):
                    return self._scene
                self._alive()
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._stuck(f"waited {timeout_s:.0f} s for {what}")
                self._changed.wait(left)

    def shows(self, holds: Callable[[Scene], bool], timeout_s: float) -> bool:
        """Return whether the screens come to show something within a time."""
        try:
            self.wait(holds, "", timeout_s=timeout_s)
        except Stuck:
            return False
        return True

    def _listen(self, line: socket.socket) -> None:
        buffer = b""
        while True:
            try:
                piece = line.recv(1 << 16)
            except OSError:
                piece = b""
            if not piece:
                break
            *lines, buffer = (buffer + piece).split(b"\n")
            with self._changed:
                if self._line is not line:  # an earlier process's last words
                    return
                for text in lines:
                    message = json.loads(text)
                    if "scene" in message:
                        self._scene = message["scene"]
                    else:
                        self._replies[message.get("did") or message["failed"]] = message
                self._changed.notify_all()
        with self._changed:
            if self._line is line:
                self._gone = True
                self._changed.notify_all()

    def _alive(self) -> None:
        if self._gone:
            raise SeatGone(self.name)

    def _hang_up(self) -> None:
        with self._changed:
            line, self._line = self._line, None
            self._gone = True
            self._changed.notify_all()
        if line is not None:
            line.close()
        self._process = None

    def _ask_where(self) -> None:
        """Have a program that doesn't answer write into its log what each thread is at."""
        if self._process is not None:
            self._process.send_signal(signal.SIGUSR1)

    def _stuck(self, why: str) -> Stuck:
        return Stuck(f"{self.name}: {why}; it shows {json.dumps(self._scene, ensure_ascii=False)}")
