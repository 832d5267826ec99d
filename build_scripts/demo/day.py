"""The script of a day: who comes to which counter, what for, and how it ends; the same for a seed.

Nothing here knows a member or a screen. `casting` finds members for the parts, `clerk` plays them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from itertools import cycle, islice
from typing import Final


class Part(IntEnum):
    """The day's quarters, by what the office is cut off from."""

    BEFORE = 0
    OFFICE = 1  # from the server: the office's own network is there
    ALONE = 2  # from everything, each PC for itself
    AFTER = 3


GONE: Final = (Part.OFFICE, Part.ALONE)
"""The server is out of reach."""


class Guest(StrEnum):
    """What a part needs of the member who plays it."""

    HOME = "home"  # calls this office home
    AWAY = "away"  # calls another office home
    POOR = "poor"  # can't pay for the reward
    LEASED = "leased"  # this counter holds a lease that pays for the reward
    UNLEASED = "unleased"  # has points, and this counter holds no lease
    RICH = "rich"  # has points for the dearest reward, which no risk pool covers
    HELD = "held"  # has points for the reward, so many of them held by counters that none is left
    NEW = "new"  # no member yet
    NOBODY = "nobody"  # stays unknown


class Find(StrEnum):
    """How the clerk finds the member."""

    SCAN = "scan"
    CARD = "card"
    PHONE = "phone"
    CHINESE = "chinese"
    INITIALS = "initials"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Earn:
    """Points for a flight of yesterday, or of weeks ago; `coupon` names the pass."""

    coupon: int
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """Points for an amount of money, in yuan."""

    yuan: int


@dataclass(frozen=True, slots=True)
class Redeem:
    """A reward by number; `cover` is what should stand behind it, 'refused' for none.

    'recalled': the server, once other counters have handed points back. `voucher` is what the
    customer keeps its photograph under, '' for nothing.
    """

    number: int
    cover: str
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """The voucher kept under a name, by whoever has a copy; 'taken', or refused as 'used'."""

    voucher: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Undo:
    """The last thing was a mistake."""


@dataclass(frozen=True, slots=True)
class Join:
    """Becomes a member."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Has a new phone."""


@dataclass(frozen=True, slots=True)
class Card:
    """Has lost the card."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Complains; `topic` is its digit."""

    topic: int
    text: str


Job = Earn | Amount | Redeem | Show | Undo | Join | Contact | Card | Matter


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of the question on the panel.

    Attributes:
        state: the rating state it should come to.
        score: the face touched, 0 for none.
        then: the face touched instead within 5 s, 0 for none.
        reasons: how many are ticked.
        comment: what is written, in the small letters of the panel's keyboard.
        call: what a dissatisfied customer wants done: 'now', 'wait', 'no', ''.
        digit: of the clerk's reason for not asking.
    """

    state: str
    score: int = 0
    then: int = 0
    reasons: int = 0
    comment: str = ""
    call: str = ""
    digit: int = 0


class Moment(StrEnum):
    """Where in a visit the plug is pulled."""

    FOUND = "found"
    BEFORE_ENTER = "before_enter"
    AFTER_ENTER = "after_enter"
    ASKED = "asked"
    AFTER_YES = "after_yes"
    AFTER_FINISH = "after_finish"
    AFTER_FACE = "after_face"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Kill:
    """The plug is pulled at a moment of a visit, or as soon after it as `delay_s` says."""

    moment: Moment
    delay_s: float


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer at one counter.

    Attributes:
        number: 0 and up, over the whole day.
        counter: index of the counter.
        switch: a clerk takes over in the middle, by 'badge' or 'pin'.
    """

    number: int
    counter: int
    part: Part
    guest: Guest
    find: Find
    jobs: tuple[Job, ...]
    ending: Ending
    kill: Kill | None = None
    switch: str = ""


def rated(score: int, **more: object) -> Ending:
    """An ending with a face."""
    return replace(Ending("rated", score), **more)  # type: ignore[arg-type]


_COMPLAINT: Final = Matter(2, "Flight delayed five hours, nobody said why")
_BAGGAGE: Final = Matter(1, "Suitcase arrived with a broken wheel")
_POINTS: Final = Matter(4, "Points of two flights are missing")

_Scene = tuple[Guest, Find, tuple[Job, ...], Ending]

# What every day shows at least, however short, in the order in which it is left out.
_MUST: Final[dict[Part, tuple[_Scene, ...]]] = {
    Part.BEFORE: (
        (Guest.HOME, Find.SCAN, (Earn(0),), rated(1, reasons=2, call="now")),
        (Guest.HOME, Find.CARD, (Redeem(2, "online", "first"),), rated(4)),
        (Guest.HELD, Find.CARD, (Redeem(6, "recalled", "second"),), rated(4)),
        (Guest.NOBODY, Find.NONE, (_COMPLAINT,), rated(2, comment="nobody listened")),
        (Guest.HOME, Find.PHONE, (Earn(0),), rated(2, then=4)),
        (Guest.HOME, Find.CHINESE, (Amount(1280),), Ending("declined")),
        (Guest.NEW, Find.NONE, (Join(),), Ending("superseded")),
        (Guest.HOME, Find.SCAN, (Earn(0, is_old=True),), rated(5)),
        (Guest.POOR, Find.CARD, (Redeem(7, "refused"),), Ending("not_offered", digit=1)),
        (Guest.HOME, Find.INITIALS, (Contact(),), Ending("timed_out")),
        (Guest.HOME, Find.CARD, (Card(),), rated(3, reasons=1)),
        (Guest.HOME, Find.SCAN, (Earn(0), Undo()), rated(5, reasons=1)),
    ),
    Part.OFFICE: (
        (Guest.LEASED, Find.CARD, (Redeem(2, "lease"),), rated(1, reasons=1, call="now")),
        (Guest.UNLEASED, Find.CARD, (Redeem(9, "at_risk"),), rated(5)),
        (
            *(Guest.RICH, Find.CARD, (Redeem(7, "refused"), Show("first", "taken"))),
            rated(2, comment="come back tomorrow?"),
        ),
        (Guest.HOME, Find.SCAN, (Earn(-1), Show("second", "taken")), rated(4)),
        (Guest.HOME, Find.SCAN, (Earn(-1), Show("second", "taken")), Ending("declined")),
        (Guest.HOME, Find.PHONE, (Earn(0),), rated(2, then=4)),
    ),
    Part.ALONE: (
        (Guest.HOME, Find.CHINESE, (_BAGGAGE,), rated(1, reasons=1, call="wait")),
        (Guest.HOME, Find.SCAN, (Earn(0, is_old=True),), Ending("superseded")),
        (Guest.HOME, Find.PHONE, (Earn(0),), rated(5)),
        (Guest.NEW, Find.NONE, (Join(), Amount(560)), rated(4)),
        (Guest.HOME, Find.CARD, (Contact(), Card()), Ending("timed_out")),
        (Guest.LEASED, Find.CARD, (Redeem(2, "lease"), Undo()), rated(3)),
        (Guest.HOME, Find.CARD, (Amount(90),), rated(1, call="no")),
    ),
    Part.AFTER: (
        (Guest.HOME, Find.CARD, (Redeem(2, "online"),), rated(5)),
        (
            *(Guest.HOME, Find.SCAN, (Earn(0), Show("first", "used"))),
            rated(2, reasons=2, call="now"),
        ),
        (Guest.HOME, Find.PHONE, (Earn(0),), rated(4)),
        (Guest.HOME, Find.SCAN, (Earn(0, is_old=True),), Ending("superseded")),
        (Guest.NOBODY, Find.NONE, (_POINTS,), rated(1, comment="third time i ask")),
        (Guest.POOR, Find.CARD, (Redeem(7, "refused"),), Ending("declined")),
        (Guest.HOME, Find.INITIALS, (Amount(300),), rated(5, then=2)),
        (Guest.HOME, Find.CARD, (Redeem(9, "online"), Undo()), Ending("not_offered", digit=3)),
    ),
}

# What fills a longer day, each with how often it comes.
_ALL: Final = tuple(Part)
_USUAL: Final[tuple[tuple[int, tuple[Part, ...], _Scene], ...]] = (
    (18, _ALL, (Guest.HOME, Find.SCAN, (Earn(0),), rated(5))),
    (8, _ALL, (Guest.AWAY, Find.SCAN, (Earn(0),), rated(4))),
    (8, _ALL, (Guest.HOME, Find.PHONE, (Earn(0),), rated(5))),
    (4, _ALL, (Guest.HOME, Find.CHINESE, (Amount(880),), rated(4, reasons=1))),
    (3, _ALL, (Guest.HOME, Find.INITIALS, (Amount(150),), rated(3))),
    (6, _ALL, (Guest.HOME, Find.SCAN, (Earn(0, is_old=True),), Ending("superseded"))),
    (4, _ALL, (Guest.HOME, Find.SCAN, (Earn(0),), Ending("declined"))),
    (3, _ALL, (Guest.NOBODY, Find.NONE, (_POINTS,), rated(2, reasons=1, call="now"))),
    (3, _ALL, (Guest.HOME, Find.SCAN, (Earn(0),), rated(1, reasons=1))),
    (2, _ALL, (Guest.NEW, Find.NONE, (Join(),), rated(4))),
    (1, _ALL, (Guest.HOME, Find.SCAN, (Earn(0),), Ending("timed_out"))),
    (8, (Part.BEFORE,), (Guest.HOME, Find.CARD, (Redeem(2, "online"),), rated(5))),
    (8, (Part.AFTER,), (Guest.HOME, Find.CARD, (Redeem(4, "online"),), rated(4))),
    (2, (Part.BEFORE,), (Guest.HELD, Find.CARD, (Redeem(6, "recalled"),), rated(5))),
    (6, GONE, (Guest.LEASED, Find.CARD, (Redeem(2, "lease"),), rated(5))),
    (4, GONE, (Guest.UNLEASED, Find.CARD, (Redeem(9, "at_risk"),), rated(4))),
    (2, GONE, (Guest.RICH, Find.CARD, (Redeem(7, "refused"),), rated(2))),
)

_MOMENTS: Final = tuple(Moment)
_MOMENTS_OF_POINTS: Final = (Moment.ASKED, Moment.AFTER_YES)
_MOMENTS_OF_FACES: Final = (Moment.AFTER_FACE, Moment.DETAILS)


def write_day(
    encounters: int = 200, *, seed: int = 1, kills: int | None = None, counters: int = 3
) -> tuple[Visit, ...]:
    """Write a day.

    Args:
        encounters: customers over the day, at least one for each part.
        seed: any whole number.
        kills: how often the plug of a counter is pulled; a tenth of the encounters if not given.
        counters: how many counters are open.

    Raises:
        ValueError: too few encounters, or more kills than encounters.
    """
    kills = encounters // 10 if kills is None else kills
    if encounters < len(Part) or not 0 <= kills <= encounters:
        raise ValueError(f"no day has {encounters} encounters and {kills} kills")
    rng = random.Random(seed)
    visits: list[Visit] = []
    for part in Part:
        count = encounters // len(Part) + (1 if part < encounters % len(Part) else 0)
        for scene, counter in zip(_scenes(part, count, rng), cycle(range(counters)), strict=False):
            guest, find, jobs, ending = scene
            number = len(visits)
            own = tuple(_own(job, number, part) for job in jobs)
            visits.append(Visit(number, counter, part, guest, find, own, ending))
    return _with_kills(_with_switches(_without_lost_vouchers(visits)), kills, rng)


def _scenes(part: Part, count: int, rng: random.Random) -> Iterator[_Scene]:
    must = list(_MUST[part][:count])
    usual = [(weight, scene) for weight, parts, scene in _USUAL if part in parts]
    weights, scenes = zip(*usual, strict=True)
    scenes_after = rng.choices(scenes, weights, k=count - len(must))
    yield from islice(must + scenes_after, count)


def _own(job: Job, number: int, part: Part) -> Job:
    """Give each pass a number; those of -1 are one pass, shown at two counters."""
    if isinstance(job, Earn):
        return replace(job, coupon=10_000 + part if job.coupon < 0 else number)
    return job


def _without_lost_vouchers(visits: list[Visit]) -> list[Visit]:
    """On a short day nobody shows what nobody has, nor as used what nobody took."""
    kept, taken = set[str](), set[str]()
    kept_visits = []
    for visit in visits:
        jobs = []
        for job in visit.jobs:
            if isinstance(job, Redeem):
                kept.add(job.voucher)
            elif isinstance(job, Show):
                if job.voucher not in (kept if job.outcome == "taken" else taken):
                    continue
                taken.add(job.voucher)
            jobs.append(job)
        kept_visits.append(replace(visit, jobs=tuple(jobs)))
    return kept_visits


def _with_switches(visits: list[Visit]) -> list[Visit]:
    """Two counters change hands in the middle of a customer, one with the network and one not."""
    for part, counter, how in ((Part.ALONE, 0, "badge"), (Part.AFTER, 1, "pin")):
        places = [
            i
            for i, visit in enumerate(visits)
            if (visit.part, visit.counter) == (part, counter) and visit.guest is not Guest.NOBODY
        ]
        if places:
            middle = places[len(places) // 2]
            visits[middle] = replace(visits[middle], switch=how)
    return visits


def _with_kills(visits: list[Visit], kills: int, rng: random.Random) -> tuple[Visit, ...]:
    # Who photographs a voucher that others show later does so undisturbed
    places = [i for i, visit in enumerate(visits) if not _keeps_voucher(visit)]
    for place in sorted(rng.sample(places, min(kills, len(places)))):
        visit = visits[place]
        moment = rng.choice(_fitting(visit))
        visits[place] = replace(visit, kill=Kill(moment, rng.choice((0.0, rng.random() * 0.06))))
    return tuple(visits)


def _keeps_voucher(visit: Visit) -> bool:
    return any(isinstance(job, Redeem) and job.voucher for job in visit.jobs)


def _fitting(visit: Visit) -> Sequence[Moment]:
    redeems = any(isinstance(job, Redeem) and job.cover != "refused" for job in visit.jobs)
    proposes = any(isinstance(job, Earn | Amount | Matter | Show) for job in visit.jobs)
    enters = not all(isinstance(job, Redeem) for job in visit.jobs)
    return [
        moment
        for moment in _MOMENTS
        if (redeems or moment not in _MOMENTS_OF_POINTS)
        and (visit.ending.score or moment not in _MOMENTS_OF_FACES)
        and (visit.ending.state != "not_offered" or moment is not Moment.AFTER_FINISH)
        and (visit.find is not Find.NONE or moment is not Moment.FOUND)
        and (proposes or moment is not Moment.BEFORE_ENTER)
        and (enters or moment is not Moment.AFTER_ENTER)
    ]
