"""Finds the members who play a day's parts, and makes what they hand over the counter."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from app.domain.boarding_pass import BoardingPass, Leg, encode
from build_scripts.demo.books import Customer
from build_scripts.demo.day import Earn, Find, Guest, Part, Redeem, Visit
from build_scripts.demo.programme import REWARDS

PRICES: Final = {reward.number: reward.points for reward in REWARDS}
_ROUTES: Final = (("PEK", "SHA"), ("PEK", "CAN"), ("PEK", "CTU"), ("SHA", "SZX"), ("CAN", "PEK"))
_NOBODYS_PHONE: Final = "1200000{:04d}"
_NEW_CARD: Final = "GU99{:06d}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who comes to a visit.

    Attributes:
        member: None while they are no member.
        name, latin_name, phone: what they say of themselves.
        new_card: a card from the clerk's drawer, for whoever needs one.
        passes: the boarding pass of each coupon, as its code reads.
        flights: how the counter calls each coupon's flight.
    """

    member: Customer | None
    name: str
    latin_name: str
    phone: str
    new_card: str
    passes: Mapping[int, str]
    flights: Mapping[int, str]


class CastingFailed(Exception):
    """The programme has nobody for a part."""


def cast(
    visits: Sequence[Visit],
    customers: Sequence[Customer],
    leases: Sequence[Mapping[UUID, int]],
    office: str,
    *,
    seed: int,
    today: date,
) -> list[Person]:
    """Find somebody for each visit; nobody plays twice, but for passes shown at two counters.

    Args:
        visits: the day.
        customers: the programme's members, most frequent first.
        leases: for each counter, what its open leases hold, by member.
        office: where the counters stand.
        seed: of who is drawn where several fit.
        today: the office's date.

    Raises:
        CastingFailed: there is nobody for a part.
    """
    casting = _Casting(customers, leases, office, random.Random(seed))
    people: list[Person] = []
    by_coupon: dict[int, Customer] = {}
    for visit in visits:
        coupons = [job.coupon for job in visit.jobs if isinstance(job, Earn)]
        shared = next((by_coupon[coupon] for coupon in coupons if coupon in by_coupon), None)
        member = shared or casting.find(visit)
        by_coupon |= {coupon: member for coupon in coupons if member is not None}
        people.append(_person(visit, member, today))
    return people


class _Casting:
    def __init__(
        self,
        customers: Sequence[Customer],
        leases: Sequence[Mapping[UUID, int]],
        office: str,
        rng: random.Random,
    ) -> None:
        self._leases, self._office = leases, office
        self._free = {member.member_id: member for member in customers}
        self._order = [member.member_id for member in customers]
        rng.shuffle(self._order)
        home = [member for member in customers if member.home_office == office]
        self._names = Counter(member.name for member in customers)
        self._initials = Counter(member.initials for member in home)
        self._leased = {member_id for held in leases for member_id in held}
        # Of those whose phone or card ends alike, the counter shows likely guests first
        self._likeliest: dict[str, UUID] = {}
        for member in sorted(customers, key=lambda m: m.member_id not in self._leased):
            for number in (member.phone, member.card_no):
                self._likeliest.setdefault(number[-4:], member.member_id)

    def find(self, visit: Visit) -> Customer | None:
        if visit.guest in (Guest.NEW, Guest.NOBODY):
            return None
        fits = self._fitting(visit)
        for member_id in self._order:
            member = self._free.get(member_id)
            if member is not None and fits(member):
                del self._free[member_id]
                return member
        raise CastingFailed(f"nobody can play visit {visit.number}: {visit.guest}, {visit.find}")

    def _fitting(self, visit: Visit) -> Callable[[Customer], bool]:
        price = max((PRICES[j.number] for j in visit.jobs if isinstance(j, Redeem)), default=0)
        held = self._leases[visit.counter]
        dearest = max(PRICES.values())
        by_guest: dict[Guest, Callable[[Customer], bool]] = {
            Guest.HOME: lambda m: m.home_office == self._office and m.free >= 2 * price,
            Guest.AWAY: lambda m: m.home_office not in ("", self._office),
            Guest.POOR: lambda m: m.posted < price,
            Guest.LEASED: lambda m: held.get(m.member_id, 0) >= price,
            Guest.UNLEASED: lambda m: m.member_id not in self._leased and m.free >= 2 * price,
            Guest.RICH: lambda m: m.free >= dearest,
            Guest.HELD: lambda m: m.free < price <= m.posted and held.get(m.member_id, 0) < price,
        }
        by_find: dict[Find, Callable[[Customer], bool]] = {
            Find.PHONE: lambda m: self._likeliest[m.phone[-4:]] == m.member_id,
            Find.CHINESE: lambda m: not m.name.isascii() and self._names[m.name] == 1,
            Find.INITIALS: lambda m: len(m.initials) >= 3 and self._initials[m.initials] == 1,
            Find.SCAN: lambda m: m.card_no.isascii() and len(m.card_no) <= 16,
        }
        guest, find = by_guest[visit.guest], by_find.get(visit.find, _anybody)
        # Members with leases are few: left to the parts that need them
        spare = visit.guest in (Guest.LEASED, Guest.UNLEASED, Guest.RICH, Guest.HELD)
        return lambda m: guest(m) and find(m) and (spare or m.member_id not in self._leased)


def _anybody(member: Customer) -> bool:
    return True


def _person(visit: Visit, member: Customer | None, today: date) -> Person:
    passes, flights = {}, {}
    name = member.name if member else f"新客{visit.number:03d}"
    latin = (member.latin_name if member else "") or f"Guest Number{visit.number}"
    for job in visit.jobs:
        if isinstance(job, Earn):
            made = _boarding_pass(visit, job, member, latin, today)
            passes[job.coupon] = encode(made)
            flights[job.coupon] = made.legs[0].flight
    return Person(
        member=member,
        name=name,
        latin_name=latin,
        phone=member.phone if member else _NOBODYS_PHONE.format(visit.number),
        new_card=_NEW_CARD.format(visit.number),
        passes=passes,
        flights=flights,
    )


def _boarding_pass(
    visit: Visit, job: Earn, member: Customer | None, latin: str, today: date
) -> BoardingPass:
    coupon = job.coupon
    origin, destination = _ROUTES[coupon % len(_ROUTES)]
    flown = today - timedelta(days=20 + coupon % 60 if job.is_old else 1)
    surname, _, given = _ascii(latin).upper().partition(" ")
    on_the_pass = visit.find is Find.SCAN and member is not None
    return BoardingPass(
        passenger_name=f"{surname}/{given.replace(' ', '') or 'X'}"[:20],
        legs=(
            Leg(
                pnr=f"D{coupon:05d}",
                origin=origin,
                destination=destination,
                carrier="CA",
                flight_number=str(1000 + coupon % 9000),
                flight_date=flown,
                compartment="Y",
                seat="12A",
                check_in_sequence=str(1 + coupon % 9000),
                passenger_status="1",
                frequent_flyer_airline="CA" if on_the_pass else "",
                frequent_flyer_number=member.card_no if on_the_pass and member else "",
            ),
        ),
        version="6" if on_the_pass else None,
    )


def _ascii(name: str) -> str:
    return "".join(c for c in name if c.isascii() and (c.isalpha() or c == " ")) or "Guest"


def part_of(visits: Sequence[Visit], part: Part, counter: int) -> Iterator[Visit]:
    """Yield a counter's visits of one part of the day, in order."""
    return (visit for visit in visits if (visit.part, visit.counter) == (part, counter))
