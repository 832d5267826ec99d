"""The server that the weeks are played at: real tables, members, offices and counters."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Engine

from app.domain.ledger import Account, earn
from build_scripts.demo.programme import REWARDS
from build_scripts.policy.people import Person
from build_scripts.policy.visits import Traffic, Visit
from sync.server import expecting, leases
from sync.server.devices import find_device
from sync.server.enrolment import make_code
from sync.server.keys import ServerKeys, make_keys
from sync.server.programme import (
    NewStaff,
    add_counter,
    add_office,
    add_reward,
    add_staff,
    create_programme,
    put_setting,
)
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from sync.server.store.migrate import migrate
from sync.server.transactions import programme_work
from sync.server.work import Work
from tests.server.seats import Clock, Seat, enrol
from tests.simulation.statements import Statements

ZONE: Final = "Asia/Shanghai"
FIRST_DAY: Final = date(2026, 9, 7)
HOUR_MS: Final = 3_600_000
_MIDNIGHT_MS: Final = int(
    datetime(2026, 9, 7, tzinfo=timezone(timedelta(hours=8))).astimezone(UTC).timestamp() * 1000
)
_STATEMENTS: Final = Statements()


def ms_of(hours: float) -> int:
    """The moment so many hours after the first day's midnight."""
    return _MIDNIGHT_MS + int(hours * HOUR_MS)


def iso_day(day: int) -> str:
    """The offices' date so many days after the first."""
    return (FIRST_DAY + timedelta(day)).isoformat()


class Ids:
    """UUIDv7 from the seed, so that a run repeats."""

    def __init__(self, clock: Clock, seed: str) -> None:
        self._clock, self._rng = clock, random.Random(seed)

    def __call__(self) -> UUID:
        high = self._clock() << 80 | 0x7 << 76 | self._rng.getrandbits(12) << 64
        return UUID(int=high | 0b10 << 62 | self._rng.getrandbits(62))


@dataclass(frozen=True)
class Base:
    """A programme as the driven days begin, from which each policy's own copy is made.

    Attributes:
        database: SQLite's own image.
        clerks: one an office, by its code.
        members: the persons' ids, in their order.
        points: each member's, at the beginning.
        rewards: (id, points) by number.
        seats: devices by office; private keys as raw bytes.
        from_day: the first day that is driven; what was before is known to the server.
    """

    database: bytes
    keys: ServerKeys
    programme_id: UUID
    clerks: Mapping[str, UUID]
    offices: Mapping[str, UUID]
    members: Sequence[UUID]
    points: Mapping[UUID, int]
    rewards: Mapping[int, tuple[UUID, int]]
    seats: Mapping[str, Sequence[tuple[UUID, bytes]]]
    from_day: int


@cache
def _keys() -> ServerKeys:
    return make_keys(now_ms=ms_of(0))[0]


def build(people: Sequence[Person], traffic: Traffic, *, from_day: int, seed: int) -> Base:
    """Set the programme up as it stands on the morning of `from_day`."""
    clock = Clock(ms_of(0))
    new_id = Ids(clock, f"base {seed}")
    engine = _memory()
    migrate(engine)
    programme_id = new_id()
    with writing(engine) as connection:
        create_programme(
            connection, programme_id=programme_id, epoch_id=new_id(), name="Weeks", now_ms=clock()
        )
    with programme_work(engine, programme_id, now_ms=clock(), new_id=new_id) as work:
        offices = {
            code: add_office(work, code=code, name=code, time_zone=ZONE)
            for code in traffic.counters
        }
        clerks = {
            code: add_staff(work, NewStaff(f"10{code}", "Clerk", ("clerk",), office_id, "7"))
            for code, office_id in offices.items()
        }
        rewards = {
            each.number: (
                add_reward(
                    work,
                    number=each.number,
                    name=each.name_zh,
                    name_en=each.name_en,
                    points=each.points,
                ),
                each.points,
            )
            for each in REWARDS
        }
        today = FIRST_DAY + timedelta(from_day)
        members = [_add_member(work, person, rank, today) for rank, person in enumerate(people, 1)]
    server = CentralServer(engine, _keys(), clock, new_id=new_id)
    clock.ms = ms_of(from_day * 24)
    seats = {
        code: [
            _enrolled(server, clock, programme_id, office_id, f"A{n + 1}")
            for n in range(traffic.counters[code])
        ]
        for code, office_id in offices.items()
    }
    with programme_work(engine, programme_id, now_ms=clock(), new_id=new_id) as work:
        for visit in traffic.visits:
            if visit.at_h < from_day * 24:
                device_id, _ = seats[visit.office][visit.counter]
                _add_visit(work, visit, offices[visit.office], device_id, members[visit.person])
    with engine.connect() as connection:
        database = bytes(connection.connection.driver_connection.serialize())  # type: ignore[union-attr]
    engine.dispose()
    points = dict(zip(members, (person.points for person in people), strict=True))
    return Base(
        database, _keys(), programme_id, clerks, offices, members, points, rewards, seats,
        from_day,
    )  # fmt: skip


def _memory() -> Engine:
    engine = make_engine("sqlite://")
    _STATEMENTS.share(engine)
    return engine


def _add_member(work: Work, person: Person, rank: int, today: date) -> UUID:
    member_id = work.new_id()
    profile = {
        "rank": rank,
        "card_no": f"GU{person.number:08}",
        "name": f"{person.number}",
        "latin_name": "",
        "initials": "",
        "phone": "",
        "tier": person.tier,
        "home_office": person.home,
        "status": "active",
        "merged_into": None,
        "preference": "",
        "open_matter": "",
        "language": "zh_CN",
        "born_on_year": None,
        "joined_on": (today - timedelta(person.joined_days)).isoformat(),
        "generated": False,
    }
    state = work.add_member(member_id, profile)
    if person.points:
        change = earn(
            state.holdings,
            lot_id=work.new_id(),
            points=person.points,
            expires_on=None,
            source=Account.OPENING,
        )
        work.post(state, change, kind="opening", ref_id=member_id, event_id=None)
    return member_id


def _enrolled(
    server: CentralServer, clock: Clock, programme_id: UUID, office_id: UUID, label: str
) -> tuple[UUID, bytes]:
    with programme_work(server.engine, programme_id, now_ms=clock(), new_id=server.new_id) as work:
        counter_id = add_counter(work, office_id=office_id, label=label)
    with writing(server.engine) as connection:
        code = make_code(
            connection, programme_id, counter_id=counter_id, kind="counter", now_ms=clock()
        )
    seat = enrol(server, clock, code)
    return seat.device_id, seat.key.private_bytes_raw()


def _add_visit(work: Work, visit: Visit, office_id: UUID, device_id: UUID, member_id: UUID) -> None:
    """One of the encounters that the server knows by then."""
    day = iso_day(int(visit.at_h // 24))
    at_ms = ms_of(visit.at_h)
    work.add(
        t.encounter, work.new_id(), device_id, office_id, None, None, None, member_id,
        day, at_ms, at_ms, "finished", "", None, "", "", "", None, None, None, None,
    )  # fmt: skip
    work.mark_day(office_id, day, device_id)


# Read often and whole, so past SQLAlchemy: an id as an object takes longer than to look it up
_HELD: Final = (
    "SELECT lease_id, member_id, points, expires_ms, state FROM lease"
    " WHERE device_id = ? AND state <> 'closed'"
)
_NEWEST_POOL: Final = (
    "SELECT pool_id, points, per_redemption, per_member FROM risk_pool"
    " WHERE device_id = ? ORDER BY issued_ms DESC, pool_id DESC LIMIT 1"
)
_BALANCES: Final = "SELECT member_id, posted, leased FROM balance WHERE unit = 'points'"


class Held(NamedTuple):
    """A lease as the server tells its device; ids are hexadecimal."""

    lease_id: str
    member_id: str
    points: int
    expires_ms: int
    state: str


class Allowance(NamedTuple):
    """A pool as the server tells its device; its id is hexadecimal."""

    pool_id: str
    points: int
    per_redemption: int
    per_member: int


class Points(NamedTuple):
    """Of one member: what is theirs, and how much of it is set aside for counters."""

    posted: int
    leased: int


class Programme:
    """One policy's own copy of a base, at work.

    Args:
        base: where it begins.
        settings: replaces the setting 'redemption'; what it doesn't name is the default.
        seed: of the ids.
    """

    def __init__(self, base: Base, settings: Mapping[str, Any], *, seed: int) -> None:
        self.base = base
        self.clock = Clock(ms_of(base.from_day * 24))
        self.new_id = Ids(self.clock, f"run {seed}")
        self.engine = _memory()
        with self.engine.connect() as connection:
            connection.connection.driver_connection.deserialize(base.database)  # type: ignore[union-attr]
        self.server = CentralServer(self.engine, base.keys, self.clock, new_id=self.new_id)
        with self.work() as work:
            put_setting(work, "redemption", dict(settings))

    def work(self) -> Any:
        return programme_work(
            self.engine, self.base.programme_id, now_ms=self.clock(), new_id=self.new_id
        )

    def seat(self, office: str, index: int) -> Seat:
        """A device with its journal."""
        device_id, key = self.base.seats[office][index]
        private = Ed25519PrivateKey.from_private_bytes(key)
        return Seat(self.server, self.clock, device_id, private, self.base.clerks[office])

    def expect(self, office: str, people: Sequence[int], day: int) -> None:
        """The office's booking list of a day comes in."""
        members = [self.base.members[index] for index in people]
        with self.work() as work:
            (row,) = work.find(t.office, "code", [office])
            expecting.expect(work, row, members, iso_day(day))

    def issue(self, device_id: UUID) -> None:
        """Let the server look what a device should hold, as a pull does.

        At risk two caps bound it: the window and a manager's yes would hide what leases are worth.
        """
        with self.work() as work:
            device = find_device(work.connection, device_id, lock=True)
            assert device is not None
            leases.issue(work, device, self.base.keys, heeds_caps=False)

    def held(self, device_id: UUID) -> tuple[list[Held], Allowance | None]:
        """(leases that a device has yet to hand back, the allowance in use)."""
        with reading(self.engine) as connection:
            held = connection.exec_driver_sql(_HELD, (device_id,)).all()
            pools = connection.exec_driver_sql(_NEWEST_POOL, (device_id,)).all()
        return [Held(*row) for row in held], (Allowance(*pools[0]) if pools else None)

    def points(self, member_id: UUID | None = None) -> dict[str, Points]:
        """Members' points as the server has them, by hexadecimal id; everybody's, or one's."""
        with reading(self.engine) as connection:
            if member_id is None:
                rows = connection.exec_driver_sql(_BALANCES)
            else:
                rows = connection.exec_driver_sql(f"{_BALANCES} AND member_id = ?", (member_id,))
            return {hexadecimal: Points(posted, leased) for hexadecimal, posted, leased in rows}

    def read(self, statement: sa.Select[Any]) -> Sequence[Any]:
        with reading(self.engine) as connection:
            return connection.execute(statement).all()
