"""Uses the built client as people do, from its first start to a synced day, and says what it saw.

`python -m build_scripts.smoke_test PROGRAM` takes whatever starts a client: the frozen folder's, an
installed one, or a script around the tree. It needs a screen and a session bus of its own (`./dev
package` gives it both), xdotool, and nothing that the program doesn't show to everybody: keys go in
by X, presses of the customer's by a serial line, and what came of them is read in the server's
database. Anything that the program prints fails, and any mistake that it writes down.
"""

from __future__ import annotations

import argparse
import os
import pty
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from PySide6.QtGui import QColor, QGuiApplication, QImage

from build_scripts.bench.central import CLERK, COUNTER, Central
from build_scripts.demo.books import Books, Customer
from ui.screens.look.roles import ROLES, Role
from ui.viewmodels.rating_panel_serving import READ_MS

MEMBERS: Final = 2_000
REWARD: Final = "2"  # what the points set aside suffice for
KEYPAD: Final = "1=1 2=2 3=3 4=4 5=5 N=no Y=yes"
LIMIT_S: Final = 60.0
LOOK_S: Final = 0.05
STILL: Final = 6
A_LIGHT: Final = 50  # pixels of one colour
"""So many looks without a change, and the screen has come to rest."""


class SmokeFailed(Exception):
    """The program did something else than it should; the message says what."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client that can be started.

    Attributes:
        command: starts it; options are added.
        data: its data folder, as it is seen from here; it need not be there yet.
    """

    command: tuple[str, ...]
    data: Path


@dataclass(frozen=True, slots=True)
class Smoked:
    """What was measured on the way; seconds by the clock, bytes.

    Attributes:
        first_start_s: until the first screen, on an empty data folder, had come to rest.
        start_s: the same of a sign-in screen.
        memory: of the program at that screen, once the customer's panel is open beside it and all
            else is built: its own, and its share of what others use, too.
        resident: the same with all that it shares.
    """

    first_start_s: float
    start_s: float
    memory: int
    resident: int


class Program:
    """One run of the client, with a serial keypad for the customer."""

    def __init__(self, client: Client, options: list[str], pictures: Path) -> None:
        """Start it."""
        self._keypad, line = pty.openpty()
        self._pictures = pictures
        self._crashes = client.data / "crash.log"
        self._began = time.monotonic()
        device = os.ttyname(line)
        os.chmod(device, 0o666)  # noqa: S103 - whoever the client's account is
        self._process = subprocess.Popen(
            [*client.command, *options, "--keypad", device],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # It opens the line by itself, by its name
        os.close(line)

    def shown(self) -> float:
        """Wait for its first window; seconds since the start."""
        self.until(lambda: bool(windows(self._process.pid)), "the program shows no window")
        self.settle()
        return time.monotonic() - self._began - STILL * LOOK_S

    def work_begun(self) -> None:
        """Wait for what opens beside its first window, the last of what it builds by itself."""
        self.until(lambda: len(windows(self._process.pid)) > 1, "the program opens no panel")
        self.settle()

    def type(self, text: str) -> None:
        """Type where the focus is, as quick as a scanner."""
        self._xdotool("type", "--delay", "8", text)

    def press(self, *keys: str) -> None:
        """Press keys by their X names; after each the screen comes to rest."""
        for key in keys:
            self._xdotool("key", key)
            self.settle()

    def customer(self, code: str) -> None:
        """Press a key on the customer's keypad, who has read what it answers."""
        time.sleep(READ_MS / 1000 + LOOK_S)
        os.write(self._keypad, code.encode())
        self.settle()

    def settle(self) -> None:
        """Wait until nothing moves on the screen any more, and keep a picture of it."""
        last, still = grab(), 0
        ends = time.monotonic() + LIMIT_S
        while still < STILL and time.monotonic() < ends:
            self._check()
            time.sleep(LOOK_S)
            now = grab()
            still, last = (still + 1, now) if now == last else (0, now)
        number = len(list(self._pictures.iterdir())) + 1
        last.save(str(self._pictures / f"{number:02}.png"))

    def until(self, is_so: Callable[[], bool], otherwise: str) -> None:
        """Wait for something.

        Raises:
            SmokeFailed: it didn't come; the message is `otherwise`.
        """
        ends = time.monotonic() + LIMIT_S
        while not is_so():
            self._check()
            if time.monotonic() > ends:
                self.settle()
                raise SmokeFailed(otherwise)
            time.sleep(LOOK_S)

    def memory(self) -> tuple[int, int]:
        """Bytes that it holds: with its share of what it shares, and with all of it."""
        text = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        lines = dict(line.split(":", 1) for line in text.splitlines()[1:])
        return int(lines["Pss"].split()[0]) * 1024, int(lines["Rss"].split()[0]) * 1024

    def close(self) -> None:
        """Close its window.

        Raises:
            SmokeFailed: it printed something, or ended with another code than 0.
        """
        self._xdotool("key", "alt+F4")
        try:
            said, _ = self._process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise SmokeFailed("the program didn't end when its window was closed") from None
        if said.strip() or self._process.returncode:
            raise SmokeFailed(f"the program ended with code {self._process.returncode}:\n{said}")
        self._no_mistake()

    def end(self) -> None:
        """End it at once, if it hasn't ended."""
        os.close(self._keypad)
        if self._process.poll() is None:
            # A launcher's child holds its output, too
            for child in psutil.Process(self._process.pid).children():
                child.kill()
            self._process.kill()
            self._process.communicate()

    def _check(self) -> None:
        if self._process.poll() is not None:
            said, _ = self._process.communicate()
            raise SmokeFailed(f"the program ended with code {self._process.returncode}:\n{said}")
        self._no_mistake()

    def _no_mistake(self) -> None:
        if self._crashes.exists():
            raise SmokeFailed(f"the program made a mistake:\n{self._crashes.read_text()}")

    def _xdotool(self, *arguments: str) -> None:
        self._check()
        subprocess.run(["xdotool", *arguments], check=True, capture_output=True)


def windows(process: int) -> list[str]:
    """The windows that a process shows, or one that it has started, by their X ids."""
    found: list[str] = []
    for each in (process, *(child.pid for child in psutil.Process(process).children())):
        search = ["xdotool", "search", "--onlyvisible", "--pid", str(each)]
        done = subprocess.run(search, check=False, capture_output=True, text=True)
        found += done.stdout.split()
    return found


def grab() -> QImage:
    """What is on the screen."""
    return QGuiApplication.primaryScreen().grabWindow(0).toImage()


def says_ready() -> bool:
    """Whether a sign's light on the screen is the one that says so."""
    colour = QColor(ROLES[Role.POSITIVE].light).rgba().to_bytes(4, "little")
    pixels = grab().convertToFormat(QImage.Format.Format_RGB32)
    return bytes(pixels.constBits()).count(colour) > A_LIGHT


@contextmanager
def running(client: Client, pictures: Path, *options: str) -> Iterator[Program]:
    """A run of the client, ended at the latest when the test is."""
    seat = ["--windowed", "--lan", "off", "--language", "en", "--theme", "light"]
    program = Program(client, [*seat, *options], pictures)
    try:
        yield program
    finally:
        program.end()


def smoke(
    client: Client,
    folder: Path,
    *,
    between: Callable[[], Client] | None = None,
    afterwards: Callable[[Central, Books], None] | None = None,
) -> Smoked:
    """Enrol, serve with the network gone, start again, come back and be even.

    Args:
        client: the client.
        folder: new; the server's data and a picture after each step stay there.
        between: done while the client is closed and all of its work waits for the server; returns
            the client that goes on, such as a newer one.
        afterwards: done with the server, gone again, and its books, once all of the work is there.

    Raises:
        SmokeFailed: anything went otherwise.
    """
    central = Central(folder / "server", members=MEMBERS)
    books = Books(folder / "server" / "guichet.db")
    pictures = folder / "pictures"
    pictures.mkdir()
    with central:
        code = central.enrol_code(COUNTER)
        with running(client, pictures, "--server", central.address) as program:
            first_start_s = program.shown()
            (client.data / "screen.ini").write_text(f"[General]\nkeypad_codes={KEYPAD}\n")
            program.type(code)
            program.press("Return")
            program.until(lambda: bool(books.leases(COUNTER)), "the counter got no points")
            program.until(says_ready, "the counter doesn't say that it is ready")
            program.close()
    with running(client, pictures) as program:
        start_s = program.shown()
        program.work_begun()
        memory = program.memory()
        serve(program, customer_of(books))
        program.close()
    if not is_even(books, times=0):
        raise SmokeFailed("the server has what was done without it")
    if between is not None:
        client = between()
    with central, running(client, pictures) as program:
        program.until(lambda: is_even(books, times=1), "what was done offline didn't arrive")
        program.settle()
        program.close()
    if afterwards is not None:
        afterwards(central, books)
    return Smoked(first_start_s, start_s, *memory)


def serve(program: Program, customer: Customer) -> None:
    """Sign in, find a member, give a reward for their points, and ask how it was."""
    program.type(CLERK.number)
    program.press("Tab")
    program.type(CLERK.pin)
    program.press("Return")
    program.type(customer.card_no)
    program.press("Return", "F3")
    program.type(REWARD)
    program.press("Return")
    program.customer("Y")
    program.customer("Y")  # has taken a picture of the voucher
    program.press("F12")
    program.customer("5")


def customer_of(books: Books) -> Customer:
    """A member with whose points the counter can redeem offline."""
    leases = books.leases(COUNTER)
    return max(books.customers(), key=lambda customer: leases.get(customer.member_id, 0))


def is_even(books: Books, *, times: int) -> bool:
    """Whether the server holds the visit, its redemption and its rating so many times."""
    tally = books.tally()
    return {tally.encounters, tally.ratings, tally.redemptions["lease"]} == {times}


def main() -> int:
    """Test what the command line names; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="+", help="starts the client")
    parser.add_argument("--keep", type=Path, help="where data and pictures stay; new")
    options = parser.parse_args()
    _application = QGuiApplication(["smoke-test"])
    with tempfile.TemporaryDirectory(prefix="guichet-smoke-") as temporary:
        folder = options.keep or Path(temporary)
        data = folder / "seat"
        client = Client((*options.program, "--data-folder", str(data)), data)
        try:
            smoked = smoke(client, folder)
        except SmokeFailed as problem:
            print(f"smoke test: {problem}", file=sys.stderr)
            return 1
    times = f"first start {smoked.first_start_s:.2f} s, start {smoked.start_s:.2f} s"
    memory = f"{smoked.memory / 1e6:.0f} MB, resident {smoked.resident / 1e6:.0f}"
    print(f"smoke test: passed; {times}; {memory}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
