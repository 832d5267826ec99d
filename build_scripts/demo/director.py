"""Directs a day: seats, network, power cuts, and everybody at work at the same time."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from build_scripts.demo.casting import Person, cast, part_of
from build_scripts.demo.clerk import Clerk, Diary
from build_scripts.demo.day import Part, Visit, write_day
from build_scripts.demo.duty_manager import DutyManager
from build_scripts.demo.link import Link
from build_scripts.demo.seat import Seat, Stuck
from build_scripts.demo.stage import COUNTERS, DESK, Stage

_DRAIN_S: Final = 60.0
_LEASES_S: Final = 30.0
_TAKEN_FOR_LOST: Final = COUNTERS[1]
"""Given up while it works on without the network; it turns up again with what it gave away."""
_LANGUAGES: Final = ("zh_CN", "en", "zh_CN")

Say = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """What a day left behind, for the inspectors.

    Attributes:
        gone_ns: when the network was gone, from and to, on the monotonic clock.
        drained: whether every seat's screen came to show that nothing waits.
    """

    visits: Sequence[Visit]
    diaries: list[Diary]
    seats: list[Seat]
    gone_ns: tuple[int, int] = (0, 0)
    drained: bool = False


class Director:
    """Plays one day on a stage whose server is running."""

    def __init__(self, stage: Stage, link: Link, *, say: Say, pictures: Path | None = None) -> None:
        """Play on `stage`; `say` is told how it goes, `pictures` is a folder for what is met."""
        self._stage, self._link, self._say = stage, link, say
        url = f"http://127.0.0.1:{link.port}"
        self._seats = [
            Seat(label, stage.folder / label, url, language=language, pictures=pictures)
            for label, language in zip(COUNTERS, _LANGUAGES, strict=True)
        ]
        self._desk = Seat(DESK, stage.folder / DESK, url, pictures=pictures)
        on_duty, reliefs = stage.clerks[: len(COUNTERS)], list(stage.clerks[len(COUNTERS) :])
        album: dict[str, str] = {}
        self._clerks = [
            Clerk(seat, staff, reliefs, album)
            for seat, staff in zip(self._seats, on_duty, strict=True)
        ]
        self._manager = DutyManager(self._desk, stage.manager)
        self._day_over = threading.Event()

    def play(self, encounters: int, *, seed: int, kills: int | None = None) -> Played:
        """Play a day from the first enrolment to the last entry sent.

        Raises:
            Stuck: somebody waited for something that did not come.
        """
        kills = encounters // 10 if kills is None else kills
        at_the_desk = kills // 10
        visits = write_day(encounters, seed=seed, kills=kills - at_the_desk)
        self._manager.expect_power_cuts(at_the_desk, random.Random(seed))
        people: list[Clerk | DutyManager] = [*self._clerks, self._manager]
        played = Played(visits, [p.diary for p in people], [p.seat for p in people])
        try:
            self._open()
            guests = self._cast(visits, seed)
            with ThreadPoolExecutor(1) as upstairs:
                managing = upstairs.submit(self._manager.work, self._day_over)
                try:
                    self._play_parts(visits, guests, played)
                finally:
                    self._day_over.set()
                managing.result()
            self._close_shifts()
            played.drained = self._drain()
        finally:
            for seat in played.seats:
                seat.stop()
        return played

    def _open(self) -> None:
        codes = self._stage.enrol_codes(COUNTERS, DESK)
        people: list[Clerk | DutyManager] = [*self._clerks, self._manager]

        def arrive(place: int) -> None:
            person = people[place]
            person.seat.start()
            person.enrol(codes[place])
            person.sign_in()

        self._together(arrive, len(people))
        self._say("three counters and the desk are enrolled and signed in")

    def _cast(self, visits: Sequence[Visit], seed: int) -> list[Person]:
        books = self._stage.books
        deadline = time.monotonic() + _LEASES_S
        while not all(books.leases(label) for label in COUNTERS):
            if time.monotonic() > deadline:
                raise Stuck("the server granted no leases to some counter")
            time.sleep(0.2)
        return cast(
            visits,
            books.customers(),
            [books.leases(label) for label in COUNTERS],
            self._stage.office.code,
            seed=seed,
            today=datetime.now(ZoneInfo(self._stage.office.time_zone)).date(),
        )

    def _play_parts(
        self, visits: Sequence[Visit], people: Sequence[Person], played: Played
    ) -> None:
        started_ns = ended_ns = 0
        for part in Part:
            if part is Part.GONE:
                self._link.cut()
                self._stage.write_off(_TAKEN_FOR_LOST)
                started_ns = time.monotonic_ns()
            elif part is Part.AFTER:
                ended_ns = time.monotonic_ns()
                self._link.restore()
            played.gone_ns = (started_ns, ended_ns)
            begun = time.monotonic()
            if part is Part.AFTER:  # who shows a used voucher comes once its use is known
                self._together(lambda place: self._clerks[place].wait_for_network(), len(COUNTERS))

            def work(place: int, part: Part = part) -> None:
                clerk = self._clerks[place]
                for visit in part_of(visits, part, place):
                    clerk.serve(visit, people[visit.number])

            self._together(work, len(self._clerks))
            count = sum(visit.part is part for visit in visits)
            network = "without" if part is Part.GONE else "with"
            seconds = time.monotonic() - begun
            self._say(f"{count} customers served {network} the network in {seconds:.0f} s")

    def _close_shifts(self) -> None:
        self._together(lambda place: self._clerks[place].close_shift(), len(self._clerks))

    def _drain(self) -> bool:
        """Wait until no seat shows anything waiting to be sent."""
        done = [seat.shows(_shows_nothing_waiting, _DRAIN_S) for seat in self._seats]
        return all([*done, self._manager.drain(_DRAIN_S)])

    @staticmethod
    def _together(work: Callable[[int], None], count: int) -> None:
        with ThreadPoolExecutor(count) as everybody:
            for done in [everybody.submit(work, place) for place in range(count)]:
                done.result()


def _shows_nothing_waiting(scene: dict[str, object]) -> bool:
    return scene["screen"] == "sign_in" and not scene["chip"]
