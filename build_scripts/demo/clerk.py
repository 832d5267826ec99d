"""Plays a clerk and the customers in front of them: what to press next, by what the screens show.

After a power cut a clerk does what people do: sign in again, look what is there, and go on with
what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from build_scripts.demo.casting import Person
from build_scripts.demo.customer import Customer
from build_scripts.demo.day import (
    Amount,
    Card,
    Contact,
    Earn,
    Find,
    Job,
    Join,
    Matter,
    Moment,
    Redeem,
    Show,
    Undo,
    Visit,
)
from build_scripts.demo.report import Performed
from build_scripts.demo.scenes import (
    asked_or_refused,
    asks_to_rate,
    can_sign_in,
    earned,
    has_line,
    nobody_at_the_panel,
    redeemed_or_refused,
    shown_or_refused,
    signed_in_or_told,
    taken_or_refused,
)
from build_scripts.demo.seat import Effort, Scene, Seat, SeatGone, Stuck
from build_scripts.demo.stage import Clerk as Staff

_ICONS: Final = {
    Join: "user-plus",
    Contact: "phone",
    Card: "id-card",
    Matter: "message-square-warning",
}
FIRST_SYNC_S: Final = 400.0  # 50,000 members on a busy machine
_AGAIN_S: Final = 2.0
_FIND_S: Final = 5.0
_GLANCE_S: Final = 0.4
_PATIENCE_S: Final = 3.0  # before a key is pressed again
_HANDED_BACK_S: Final = 90.0  # however often the holder is switched off


@dataclass(slots=True)
class Progress:
    """How far a visit has come, as the clerk remembers it."""

    killed: bool = False
    switched: bool = False
    finishing: bool = False
    refused: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Diary:
    """What a counter's day came to, beside what the screens confirmed."""

    performed: list[Performed] = field(default_factory=list)
    refused: int = 0
    kills: int = 0


class Clerk:
    """Works one counter through a day."""

    def __init__(
        self, seat: Seat, staff: Staff, reliefs: list[Staff], album: dict[str, str] | None = None
    ) -> None:
        """Sit down at `seat` as `staff`.

        `reliefs` take over when the script says so; `album` holds all customers' photographs of
        vouchers.
        """
        self.seat, self.staff = seat, staff
        self.diary = Diary()
        self._reliefs = reliefs
        self._album = {} if album is None else album
        self._customer = Customer(seat, self._moment)
        self._visit: Visit | None = None
        self._progress = Progress()
        self._before = Effort()
        self._redeeming = 0.0  # when F3 was pressed for a reward that was granted

    # arriving and leaving

    def enrol(self, code: str) -> None:
        """Make the PC a seat of the programme."""
        self.seat.wait(lambda scene: scene["screen"] == "enrolment", "the set-up screen")
        self.seat.ask("type", text=code)
        self._press("Enter")
        self.seat.wait(lambda scene: scene["screen"] == "sign_in", "the sign-in screen")

    def sign_in(self) -> None:
        """Sign in by number and PIN; before the first sync, try again until the list is there."""
        deadline = time.monotonic() + FIRST_SYNC_S
        while True:
            self.seat.wait(can_sign_in, "a sign-in screen that can be used")
            if self.seat.scene["screen"] != "sign_in":
                return
            if not self.seat.scene["has_number"]:
                self.seat.ask("type", text=self.staff.number)
                self._press("Enter")
            self.seat.ask("type", text=self.staff.pin)
            self._press("Enter")
            scene = self.seat.wait(signed_in_or_told, "an answer to the PIN")
            if scene["screen"] != "sign_in":
                return
            if time.monotonic() > deadline:
                raise Stuck(f"{self.seat.name}: {self.staff.number} can't sign in: {scene}")
            time.sleep(_AGAIN_S)

    def close_shift(self) -> None:
        """Close the shift as the job table says, once the last customer has gone."""
        self._progress = Progress()
        self.seat.wait(nobody_at_the_panel, "an idle panel")
        started = self._begin()
        self._press("F9")
        self.seat.ask("type", text="C")
        self._wait_counter(lambda counter: counter["page"] == "close_shift", "the PIN's field")
        self.seat.ask("type", text=self.staff.pin)
        self._press("Enter")
        self.seat.wait(lambda scene: bool(scene.get("closed_shift")), "the closed shift")
        self._performed("close_shift", started)

    def wait_for_managers(self, *, in_reach: bool) -> None:
        """Wait until the counter knows whether a low rating would reach a manager."""
        self.seat.wait(
            lambda scene: "panel" in scene and scene["panel"]["reaches_manager"] is in_reach,
            f"managers {'in' if in_reach else 'out of'} reach",
        )

    def wait_for_network(self) -> None:
        """Wait until what the counter recorded in the meantime has gone out."""
        self._wait_counter(lambda counter: not counter["chip"], "an empty chip")

    # a visit

    def serve(self, visit: Visit, person: Person) -> None:
        """Serve one customer to the end, through power cuts.

        Raises:
            Stuck: something that a person waits for did not come.
        """
        self._visit, self._progress = visit, Progress()
        self._redeeming = 0.0
        while True:
            try:
                self._serve(visit, person)
                return
            except SeatGone:
                self.seat.start()
                self.sign_in()

    def _serve(self, visit: Visit, person: Person) -> None:
        scene = self.seat.wait(lambda scene: scene["screen"] == "counter", "the counter")
        started = self._begin()
        counter = scene["counter"]
        if self._progress.finishing and "F12" not in counter["keys"]:
            return  # it had ended before the power went
        if visit.find is not Find.NONE and not counter["member"]:
            self._find(visit, person)
            self._moment(Moment.FOUND)
        for number, job in enumerate(visit.jobs):
            self._do(number, job, person)
            if visit.switch and not self._progress.switched:
                self._switch(visit.switch)
        self._finish(visit, started)

    def _finish(self, visit: Visit, started: float) -> None:
        self._progress.finishing = True
        if visit.ending.state == "not_offered":
            self._press("Shift+F12")
            self._wait_counter(lambda counter: counter["page"] == "menu", "the reasons")
            self.seat.ask("type", text=str(visit.ending.digit))
            self._wait_counter(lambda counter: "F12" not in counter["keys"], "the next customer")
            return
        self._act(Moment.AFTER_FINISH, "press", key="F12")
        self.seat.wait(asks_to_rate, "the panel's question")
        if not visit.switch:
            self._performed(_whole_job(visit), self._redeeming or started)
        asked = time.monotonic()
        self._customer.answer(visit.ending)
        if visit.ending.score and not self._progress.killed:
            self.diary.performed.append(
                Performed("rating", 0, 0, 0, self._customer.tapped_at - asked)
            )

    # finding

    def _find(self, visit: Visit, person: Person) -> None:
        member = person.member
        assert member is not None
        if visit.find is Find.SCAN:
            self.seat.ask("scan", text=next(iter(person.passes.values())))
        elif visit.find is Find.CARD:
            self.seat.ask("scan", text=member.card_no)
        else:
            typed = {
                Find.PHONE: member.phone[-4:],
                Find.INITIALS: member.initials,
                Find.CHINESE: member.name,
            }[visit.find]
            if visit.find is Find.CHINESE:
                self._press("F11")
            self.seat.ask("type", text=typed)
            found = self._choose(typed, str(member.member_id))
            if visit.find is Find.CHINESE:
                self._press("F11")
            if not found:
                raise Stuck(
                    f"{self.seat.name}: {typed} does not find {member.card_no} {member.member_id};"
                    f" it shows {self.seat.scene}"
                )
        self._wait_counter(lambda counter: bool(counter["member"]), "the member")

    def _choose(self, typed: str, member_id: str) -> bool:
        def listed(scene: Scene) -> bool:
            counter = scene["counter"]
            return counter["box"] == typed and any(
                result["id"] == member_id for result in counter["results"]
            )

        def first(scene: Scene) -> bool:
            return listed(scene) and bool(scene["counter"]["results"][0]["id"] == member_id)

        if not self.seat.shows(listed, _FIND_S):
            return False
        # The list may still be that of the key before: a glance, before walking down in it
        self.seat.shows(first, _GLANCE_S)
        results = self._counter()["results"]
        for _ in range([result["id"] for result in results].index(member_id)):
            self._press("Down")
        self._press("Enter")
        return True

    # jobs

    def _do(self, number: int, job: Job, person: Person) -> None:
        if isinstance(job, Earn):
            self._earn(job, person)
        elif isinstance(job, Amount):
            self._earn_amount(job)
        elif isinstance(job, Redeem):
            self._redeem(number, job)
        elif isinstance(job, Show):
            self._take_voucher(number, job)
        elif isinstance(job, Undo):
            self._undo()
        elif not self._has_line(_ICONS[type(job)]):
            started = self._begin()
            if isinstance(job, Join):
                self._join(person)
            elif isinstance(job, Contact):
                self._menu("F5", "C", "contact")
                self.seat.ask("type", text=f"1201111{person.phone[-4:]}")
                self._act(Moment.AFTER_ENTER, "press", key="Enter")
            elif isinstance(job, Card):
                self._menu("F5", "K", "card")
                self.seat.ask("scan", text=person.new_card)
                self._act(Moment.AFTER_ENTER, "press", key="Enter")
            else:
                self._menu("F6", str(job.topic), "matter")
                self.seat.ask("type", text=job.text, words=True)
                self._moment(Moment.BEFORE_ENTER)
                self._act(Moment.AFTER_ENTER, "press", key="Enter")
            self._wait_line(_ICONS[type(job)])
            names = {Join: "join", Contact: "contact", Card: "card", Matter: "complaint"}
            self._performed(names[type(job)], started)

    def _earn(self, job: Earn, person: Person) -> None:
        flight = person.flights[job.coupon]
        if self._has_line("circle-plus", flight):
            return
        if not self.seat.shows(lambda scene: bool(scene["counter"]["proposal"]), 0.3):
            self.seat.ask("scan", text=person.passes[job.coupon])
        self._take_proposal(flight)

    def _earn_amount(self, job: Amount) -> None:
        if self._has_line("circle-plus", "CNY"):
            return
        self._press("F2")
        self.seat.ask("type", text=str(job.yuan))
        self._press("Enter")
        self._take_proposal("CNY")

    def _take_proposal(self, words: str) -> None:
        self._wait_counter(lambda counter: bool(counter["proposal"]), "the proposal")
        self._moment(Moment.BEFORE_ENTER)
        self._act(Moment.AFTER_ENTER, "press", key="Enter")
        # On a PC that paints late nobody has read it yet: then it takes another key
        if not self.seat.shows(earned(words), _PATIENCE_S) and self._counter()["proposal"]:
            self._press("Enter")
        self._wait_line("circle-plus", words)

    def _redeem(self, number: int, job: Redeem) -> None:
        if self._has_line("gift") or number in self._progress.refused:
            return
        started = self._begin()
        patience_s = _HANDED_BACK_S if job.cover == "recalled" else 0.0
        while not self._ask_for(job):
            # Whoever holds the points may have been switched off just then
            if time.monotonic() < started + patience_s:
                self._leave_rewards()
                time.sleep(_AGAIN_S)
                continue
            self.diary.refused += 1
            self._progress.refused.add(number)
            if job.cover != "refused":
                raise self._stuck(f"refused, expected {job.cover}")
            self._leave_rewards()
            return
        if job.cover == "refused":
            raise self._stuck("granted what should have been refused")
        self._redeeming = started

    def _ask_for(self, job: Redeem) -> bool:
        """Ask for a reward, and the customer to agree; return whether it was granted."""
        self._press("F3")
        self._wait_counter(lambda counter: counter["page"] == "rewards", "the rewards")
        self.seat.ask("type", text=str(job.number))
        self._press("Enter")
        scene = self.seat.wait(asked_or_refused, "the customer's question or a refusal")
        if scene["panel"]["page"] == "confirm":
            self._moment(Moment.ASKED)
            self._customer.say_yes()
            scene = self.seat.wait(redeemed_or_refused, "what became of the redemption")
            if (text := self._customer.photograph()) and job.voucher:
                self._album[job.voucher] = text
        return any(line["icon"] == "gift" for line in scene["counter"]["lines"])

    def _leave_rewards(self) -> None:
        while self._counter()["page"]:
            self._press("Esc")

    def _stuck(self, why: str) -> Stuck:
        return Stuck(f"{self.seat.name}: {why}: {self.seat.scene}")

    def _take_voucher(self, number: int, job: Show) -> None:
        if self._has_line("ticket") or number in self._progress.refused:
            return
        self.seat.ask("scan", text=self._album[job.voucher])
        self._wait_counter(shown_or_refused, "what the voucher is for, or why it isn't taken")
        if self._counter()["proposal"]:
            self._moment(Moment.BEFORE_ENTER)
            self._act(Moment.AFTER_ENTER, "press", key="Enter")
            self._wait_counter(taken_or_refused, "what became of the voucher")
        if self._has_line("ticket") != (job.outcome == "taken"):
            raise self._stuck(f"expected the voucher to be {job.outcome}")
        if job.outcome == "used":
            self._progress.refused.add(number)

    def _undo(self) -> None:
        if "F8" in self._counter()["keys"]:
            started = self._begin()
            self._press("F8")
            self._wait_counter(lambda counter: bool(counter["proposal"]), "what would be undone")
            self._act(Moment.AFTER_ENTER, "press", key="Enter")
            self._wait_counter(lambda counter: "F8" not in counter["keys"], "the undone line")
            self._performed("undo", started)

    def _join(self, person: Person) -> None:
        self._menu("F5", "J", "join")
        self.seat.ask("scan", text=person.new_card)
        for text in (person.name, person.latin_name, person.phone):
            self.seat.ask("type", text=text)
            if text == person.phone:
                self._act(Moment.AFTER_ENTER, "press", key="Enter")
            else:
                self._press("Enter")

    def _menu(self, key: str, letter: str, page: str) -> None:
        self._press(key)
        self._wait_counter(lambda counter: counter["page"] == "menu", "the menu")
        self.seat.ask("type", text=letter)
        self._wait_counter(lambda counter: counter["page"] == page, f"the page '{page}'")

    def _switch(self, how: str) -> None:
        relief = self._reliefs.pop(0)
        if how == "badge":
            self.seat.ask("scan", text=relief.badge)
        else:
            self._menu("F9", "H", "switch")
            self.seat.ask("type", text=relief.number)
            self._press("Enter")
            self.seat.ask("type", text=relief.pin)
            self._press("Enter")
        self._wait_counter(lambda counter: relief.number in counter["clerk"], "the other clerk")
        self._reliefs.append(self.staff)
        self.staff, self._progress.switched = relief, True

    # the plug

    def _moment(self, moment: Moment) -> None:
        """Pull the plug if the script says so here."""
        if self._is_due(moment):
            assert self._visit is not None
            assert self._visit.kill is not None
            time.sleep(self._visit.kill.delay_s)
            self._kill()

    def _act(self, moment: Moment, what: str, **arguments: Any) -> None:
        """Do something; if the script says so pull the plug just after it."""
        if arguments.get("key") == "Enter":
            time.sleep(_GLANCE_S)
        if not self._is_due(moment):
            self.seat.ask(what, **arguments)
            return
        self.seat.tell(what, **arguments)
        self._moment(moment)

    def _is_due(self, moment: Moment) -> bool:
        kill = self._visit.kill if self._visit is not None else None
        return kill is not None and kill.moment is moment and not self._progress.killed

    def _kill(self) -> None:
        self._progress.killed = True
        self.diary.kills += 1
        self.seat.kill()
        raise SeatGone(self.seat.name)

    # small things

    def _press(self, key: str) -> None:
        if key == "Enter":
            time.sleep(_GLANCE_S)  # what it confirms wants to be read
        self.seat.ask("press", key=key)

    def _counter(self) -> dict[str, Any]:
        counter: dict[str, Any] = self.seat.scene["counter"]
        return counter

    def _wait_counter(self, holds: Callable[[dict[str, Any]], bool], what: str) -> None:
        self.seat.wait(lambda scene: "counter" in scene and holds(scene["counter"]), what)

    def _has_line(self, icon: str, words: str = "") -> bool:
        return has_line(self._counter(), icon, words)

    def _wait_line(self, icon: str, words: str = "") -> None:
        self._wait_counter(
            lambda counter: has_line(counter, icon, words), f"the line {icon} {words}"
        )

    def _begin(self) -> float:
        self._before = Effort(self.seat.effort.keys, self.seat.effort.scans, self.seat.effort.mouse)
        return time.monotonic()

    def _performed(self, job: str, started: float) -> None:
        """Note what a job took; one that a power cut interrupted tells nothing."""
        if job and not self._progress.killed:
            now, before = self.seat.effort, self._before
            self.diary.performed.append(
                Performed(
                    job,
                    now.keys - before.keys,
                    now.scans - before.scans,
                    now.mouse - before.mouse,
                    time.monotonic() - started,
                )
            )


def jobs_of(visits: Iterable[Visit]) -> set[str]:
    """Return the jobs of the table that a day must have measured; a power cut spoils a measure."""
    whole = [visit for visit in visits if visit.kill is None]
    asked = [visit for visit in whole if visit.ending.state != "not_offered"]
    names = {_whole_job(visit) for visit in asked if not visit.switch} - {""}
    names |= {"rating" for visit in whole if visit.ending.score}
    names |= {"complaint" for visit in whole if any(isinstance(job, Matter) for job in visit.jobs)}
    return names | {"close_shift"}


def _whole_job(visit: Visit) -> str:
    """Return the name of a visit that is one job of the table from start to end."""
    (job, *more) = visit.jobs
    if isinstance(job, Redeem) and not more and job.cover != "refused":
        return {"online": "redeem_online", "recalled": ""}.get(job.cover, "redeem_offline")
    if more or not isinstance(job, Earn):
        return ""
    if job.is_old:
        return "retro_claim" if visit.find is Find.SCAN else ""
    return {Find.SCAN: "earn_by_scan", Find.PHONE: "earn_by_phone"}.get(visit.find, "")
