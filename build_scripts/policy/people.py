"""The members whose visits are generated: a real base where there is one, else one like it.

The real base is a frequent-flyer extract with each member's city, tier, points, flights and
redemptions over two years; its columns are those of `resources/mappings/airline_ffp.toml`, which
also says which city has an office.
"""

from __future__ import annotations

import csv
import math
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data"
"""Where the real base is looked for unless the command says so."""
FILE_NAME: Final = "airline_ffp_members_6963.csv"
COUNTED_DAYS: Final = 730
"""Flights and redemptions are counted over so many days before the file's own date."""

_MAPPING: Final = ROOT / "resources" / "mappings" / "airline_ffp.toml"


class NoBase(Exception):
    """The file of members can't be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member as the base knows one; the days are those before the base's own date.

    Attributes:
        home: the office's code, '' for none.
        joined_days: since they joined.
        points: their balance.
        flights: in `COUNTED_DAYS`.
        redemptions: in the same time.
        last_flight_days: since the last flight, at least 1.
        gap_days: between two flights, on average.
        longest_gap_days: the longest between two.
    """

    number: int
    home: str
    tier: str
    joined_days: int
    points: int
    flights: int
    redemptions: int
    last_flight_days: int
    gap_days: float
    longest_gap_days: float


def read_people(folder: Path) -> list[Person]:
    """Read the real base.

    Raises:
        NoBase: there is none, or a cell that is needed can't be read.
    """
    path = folder / FILE_NAME
    values = tomllib.loads(_MAPPING.read_text(encoding="utf-8"))["values"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise NoBase(f"{path}: {error.strerror}") from error
    people = []
    for line, row in enumerate(rows, start=2):
        try:
            people.append(_person(row, values))
        except (KeyError, ValueError) as error:
            raise NoBase(f"{path}, line {line}: {error}") from error
    return people


def _person(row: Mapping[str, str], values: Mapping[str, Any]) -> Person:
    homes, tiers = values["home_office"], values["tier"]
    return Person(
        number=int(row["MEMBER_NO"]),
        home=homes.get(row["WORK_CITY"].strip().casefold(), homes["*"]),
        tier=tiers[row["FFP_TIER"]],
        joined_days=max(0, (_day(row["LOAD_TIME"]) - _day(row["FFP_DATE"])).days),
        points=int(row["Points_Sum"]),
        flights=int(row["FLIGHT_COUNT"]),
        redemptions=int(row["EXCHANGE_COUNT"]),
        last_flight_days=max(1, int(row["LAST_TO_END"])),
        gap_days=float(row["AVG_INTERVAL"]),
        longest_gap_days=float(row["MAX_INTERVAL"]),
    )


def _day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 # a day, no moment


_TIERS: Final = (("silver", 52), ("gold", 33), ("platinum", 15))
_HOMES: Final = (
    ("CAN", 30), ("BJS", 8), ("SZX", 7), ("SHA", 5), ("URC", 5), ("CGQ", 4), ("SHE", 4),
    ("DLC", 4), ("HRB", 2), ("WUH", 2), ("CSX", 2), ("CGO", 1), ("ZUH", 1), ("", 25),
)  # fmt: skip


def invent_people(count: int, seed: int) -> list[Person]:
    """Make a base up whose columns are spread like the real one's, each by itself.

    Log-normal flights and points, half of the members without any redemption and the others with
    a few, the more the more they fly; most flew within the month.
    """
    rng = random.Random(seed)
    people = []
    for number in range(1, count + 1):
        flights = max(3, round(rng.lognormvariate(math.log(36), 0.5)))
        gap_days = COUNTED_DAYS / (flights + 1)
        redeems = rng.random() < 0.51
        people.append(
            Person(
                number=number,
                home=_drawn(rng, _HOMES),
                tier=_drawn(rng, _TIERS),
                joined_days=rng.randrange(60, 3_400),
                points=round(rng.lognormvariate(math.log(40_000), 0.5)),
                flights=flights,
                redemptions=1 + int(rng.expovariate(1 / 2.2)) if redeems else 0,
                last_flight_days=1 + int(rng.expovariate(1 / gap_days)),
                gap_days=gap_days,
                longest_gap_days=5 * gap_days,
            )
        )
    return people


def _drawn(rng: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]
