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
from build_scripts.demo.link import Link, free_port
from build_scripts.demo.seat import Seat, Stuck
from build_scripts.demo.stage import COUNTERS, DESK, Stage

_DRAIN_S: Final = 60.0
_LEASES_S: Final = 30.0
_TAKEN_FOR_LOST: Final = COUNTERS[1]
"""Given up while it works on without the network; it turns up again with what it gave away."""
_LANGUAGES: Final = ("zh_CN", "en", "zh_CN")
_NETWORKS: Final = {
    Part.BEFORE: "with the network",
    Part.OFFICE: "with the office's own network",
    Part.ALONE: "without any network",
    Part.AFTER: "with the network again",
}

Say = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """What a day left behind, for the inspectors.

    Attributes:
        gone_ns: when the server was out of reach, from and to, on the monotonic clock.
        alone_ns: from when on the office's own network was gone too.
        drained: whether every seat's screen came to show that nothing waits.
    """

    visits: Sequence[Visit]
    diaries: list[Diary]
    seats: list[Seat]
    gone_ns: tuple[int, int] = (0, 0)
    alone_ns: int = 0
    drained: bool = False


class Director:
    """Plays one day on a stage whose server is running."""

    def __init__(self, stage: Stage, link: Link, *, say: Say, pictures: Path | None = None) -> None:
        """Play on `stage`; `say` is told how it goes, `pictures` is a folder for what is met."""
        self._stage, self._link, self._say = stage, link, say
        desk_port = free_port()
        self._office = Link(desk_port)  # from the counters to the desk
        self._office.cut()  # while the server is there, it alone carries the alarms
        url = f"http://127.0.0.1:{link.port}"
        knows_desk = f"listen = 127.0.0.1:0\npeers = 127.0.0.1:{self._office.port}"
        self._seats = [
            Seat(
                *(label, stage.folder / label, url),
                lan=knows_desk,
                language=language,
                pictures=pictures,
            )
            for label, language in zip(COUNTERS, _LANGUAGES, strict=True)
        ]
        listens = f"listen = 127.0.0.1:{desk_port}"
        self._desk = Seat(DESK, stage.folder / DESK, url, lan=listens, pictures=pictures)
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
            self._office.close()
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
        for part in Part:
            begun = time.monotonic()
            self._connect(part, played)

            def work(place: int, part: Part = part) -> None:
                clerk = self._clerks[place]
                for visit in part_of(visits, part, place):
                    clerk.serve(visit, people[visit.number])

            self._together(work, len(self._clerks))
            count = sum(visit.part is part for visit in visits)
            seconds = time.monotonic() - begun
            self._say(f"{count} customers served {_NETWORKS[part]} in {seconds:.0f} s")

    def _connect(self, part: Part, played: Played) -> None:
        """Pull and put back what cables this part of the day begins with."""
        if part is Part.OFFICE:
            self._link.cut()
            played.gone_ns = (time.monotonic_ns(), 0)
            self._stage.write_off(_TAKEN_FOR_LOST)
            self._wait_for_managers(in_reach=False)
            self._office.restore()
            self._wait_for_managers(in_reach=True)
        elif part is Part.ALONE:
            self._office.cut()
            played.alone_ns = time.monotonic_ns()
            self._wait_for_managers(in_reach=False)
        elif part is Part.AFTER:
            played.gone_ns = (played.gone_ns[0], time.monotonic_ns())
            self._link.restore()
            # Who shows a used voucher comes once its use is known
            self._together(lambda place: self._clerks[place].wait_for_network(), len(COUNTERS))

    def _wait_for_managers(self, *, in_reach: bool) -> None:
        """Wait until each counter knows whether a low rating would be heard."""

        def wait(place: int) -> None:
            self._clerks[place].wait_for_managers(in_reach=in_reach)

        self._together(wait, len(self._clerks))

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
