"""The server as a run begins: one office with counters, staff, rewards and a few members."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.domain.errors import Rejected
from app.domain.ledger import Account, earn
from sync.server import backups, epochs, listening_draw, merging, snapshots, write_off
from sync.server.denying import deny
from sync.server.enrolment import make_code
from sync.server.keys import make_keys
from sync.server.programme import (
    NewStaff,
    add_counter,
    add_office,
    add_reward,
    add_staff,
    create_programme,
    put_setting,
    put_stock,
    revoke_device,
)
from sync.server.rescue import RescueServer, rescue
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from sync.server.store.migrate import migrate
from sync.server.transactions import programme_work
from sync.server.work import Work
from tests.simulation import families
from tests.simulation.broken import Broken
from tests.simulation.clock import World
from tests.simulation.docket import keep_docket, read_docket
from tests.simulation.rewards import BLACKED_OUT, BY_TIER, STOCKED, TERMS, UNITS, tier_of
from tests.simulation.statements import Statements

MEMBERS: Final = 40
STAFF: Final = ("101", "102", "103")
MANAGERS: Final = ("201", "202")
PIN: Final = "7"
CARD: Final = "CA{:08}"
PHONE: Final = "138{:08}"
"""Of the members at the start, by rank."""
# The third is beyond any lease and any pool: online or not at all.
REWARDS: Final = {1: 300, 2: 800, 3: 1000, STOCKED: 400, BLACKED_OUT: 100, BY_TIER: 1200}
APPROVAL_POINTS: Final = 350
"""A reward at risk beyond that takes a manager's yes: all but the first do."""
POOL: Final = {
    "pool_points": 3_000,
    "pool_per_redemption": 900,
    "pool_per_member": 1_000,
    "trust_new_percent": 50,
    "trust_trusted_percent": 150,
    "risk_window_points": 1_400,
    "risk_window_redemptions": 2,
    "risk_approval_points": APPROVAL_POINTS,
}
DENIED: Final = 2
"""So many members, the first ones, are on the deny list from the start."""
# So large a part that a member who stands elsewhere often needs it back
LEASES: Final = {
    "lease_points": 1_500,
    "lease_share_percent": 50,
    "lease_online_percent": 10,
    "leases_per_device": 16,
    "lease_calm_minutes": 1,
    "stock_share_percent": 80,
    "stock_online_units": 1,
    "stock_cover_days": 7,
}

ADJUSTMENT_LIMIT: Final = 300
"""Points that one manager may give or take; more take a second one."""
WATCH: Final = {
    "emptied_percent": 90,
    "emptied_points": 300,
    "emptied_times": 1,
    "emptied_hours": 1,
    "quiet_days": 1,
    "offices": 2,
    "offices_hours": 12,
    "change_points": 300,
    "change_hours": 1,
    "same_clerk": 2,
    "same_clerk_days": 1,
    "by_name": 3,
    "by_name_hours": 1,
}
"""Two days ago, when the programme was set up, is long ago enough for an account to be quiet."""
_SET_UP_MS: Final = 2 * 86_400_000
FEE: Final = 20
"""Percent of what comes back of a reward that the customer didn't want to keep."""

_KEYS, RECOVERY_KEY = make_keys(now_ms=World().now_ms())
_STATEMENTS: Final = Statements()


@dataclass(frozen=True)
class Programme:
    """What the counters need to know of it.

    Attributes:
        start: points of each member at the beginning, by rank.
        codes: one enrolment code a place, in order; none where all are enrolled.
    """

    engine: Engine
    programme_id: UUID
    start: dict[UUID, int]
    codes: list[str]
    boot: Callable[[], CentralServer]
    world: World
    new_id: Callable[[], UUID]

    def back_up(self) -> bytes:
        with self.engine.connect() as connection:
            return bytes(connection.connection.driver_connection.serialize())  # type: ignore[union-attr]

    def confirm_backup(self) -> None:
        """What was committed by now is safe, the operator says."""
        with programme_work(
            self.engine, self.programme_id, now_ms=self.world.now_ms(), new_id=self.new_id
        ) as work:
            backups.confirm(work, backups.make_mark(work.connection, self.programme_id))

    def decided(self) -> set[UUID]:
        """Events that the server has decided, in a chain or ahead of it."""
        with self.engine.connect() as connection:
            return {line.event_id for line in read_docket(connection)}

    def restore(self, backup: bytes) -> None:
        """Set the database back, and begin a new epoch as the operator does."""
        with self.engine.connect() as connection:
            connection.connection.driver_connection.deserialize(backup)  # type: ignore[union-attr]
        with writing(self.engine) as connection:
            # as if the backup were from before the counters left their keys
            connection.execute(t.device.update().values(sealed_work_key=None))
            epochs.begin(
                connection,
                self.programme_id,
                epoch_id=self.new_id(),
                now_ms=self.world.now_ms(),
            )

    def write_off(self, device_id: UUID) -> int:
        """Give a device up, as the operator does; returns how many decisions had been made."""
        lease = t.lease
        with programme_work(
            self.engine, self.programme_id, now_ms=self.world.now_ms(), new_id=self.new_id
        ) as work:
            held = work.connection.execute(
                sa.select(lease.c.lease_id, lease.c.remaining).where(
                    lease.c.device_id == device_id,
                    lease.c.state.in_(("open", "recall")),
                    lease.c.remaining > 0,
                )
            ).all()
            place = len(read_docket(work.connection))
            write_off.write_off(work, device_id, by="root", reason="simulated")
            booked = {
                row.lease_id: row.exposed
                for row in work.find(t.lease, "lease_id", [row.lease_id for row in held])
            }
        if wrong := [row for row in held if booked[row.lease_id] != row.remaining]:
            raise Broken(f"I4: {len(wrong)} leases were written off and not booked as exposed")
        return place

    def leased(self) -> set[UUID]:
        """Members of whom counters hold points."""
        lease = t.lease
        held = sa.select(lease.c.member_id).where(
            lease.c.state.in_(("open", "recall")), lease.c.remaining > 0
        )
        with self.engine.connect() as connection:
            return set(connection.execute(held).scalars())

    def merge(self, away: UUID, stay: UUID) -> int | None:
        """Make one member an alias of another.

        Returns:
            How many decisions had been made by then; None: nothing was done, as the two are in
            different families.
        """
        try:
            return self._merged(away, stay)
        except Rejected as refusal:
            if refusal.code != "in_two_families":
                raise
            return None

    def _merged(self, away: UUID, stay: UUID) -> int:
        with programme_work(
            self.engine, self.programme_id, now_ms=self.world.now_ms(), new_id=self.new_id
        ) as work:
            merging.merge(work, _KEYS, away, stay, reason="two cards", recorded_by="operator")
            if work.find(t.lease, "member_id", [away]):
                raise Broken("I3: a merge has forgotten what counters hold")
            return len(read_docket(work.connection))

    def change_family(self, source: random.Random) -> None:
        """Do what a member of a family, or somebody else, asks the operator for."""
        with programme_work(
            self.engine, self.programme_id, now_ms=self.world.now_ms(), new_id=self.new_id
        ) as work:
            families.change(work, list(self.start), source)

    def shares(self) -> dict[str, int]:
        """How many accruals gave something to a head, and how many of these came back."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(t.accrual_share)).all()
        return {
            "shared": sum(row.points > 0 for row in rows),
            "share_returned": sum(row.returned > 0 for row in rows),
        }

    def rescue(self, folder: Path) -> int:
        """Take in the journal of a PC that threw its keys away; returns the entries new here."""
        server = RescueServer(self.engine, _KEYS, self.world.now_ms, new_id=self.new_id)
        return rescue(server, folder, RECOVERY_KEY).taken

    def new_place(self, name: str) -> str:
        """Put up another counter; returns the code that enrols its PC."""
        with programme_work(
            self.engine, self.programme_id, now_ms=self.world.now_ms(), new_id=self.new_id
        ) as work:
            (office_id,) = work.connection.execute(sa.select(t.office.c.office_id)).scalars()
            counter_id = add_counter(work, office_id=office_id, label=name)
        with writing(self.engine) as connection:
            return make_code(
                connection,
                self.programme_id,
                counter_id=counter_id,
                kind="counter",
                now_ms=self.world.now_ms(),
            )

    def knows_card(self, card_no: str) -> bool:
        """Whether the server would find somebody by this card."""
        with self.engine.connect() as connection:
            found = connection.execute(
                sa.text("SELECT 1 FROM member WHERE card_no = :card"), {"card": card_no}
            )
            return found.first() is not None

    def has_own_members(self) -> bool:
        """Whether the office has, so that its replicas don't hold everybody."""
        with self.engine.connect() as connection:
            number = connection.exec_driver_sql("SELECT scope_number FROM office").scalar_one()
        return bool(number)

    def revoke(self, device_id: UUID) -> int:
        """Shut a device out; returns how many decisions had been made by then."""
        with programme_work(
            self.engine, self.programme_id, now_ms=self.world.now_ms(), new_id=self.new_id
        ) as work:
            revoke_device(work, _KEYS, device_id)
            return len(read_docket(work.connection))


def make_programme(
    world: World,
    new_id: Callable[[], UUID],
    source: random.Random,
    *,
    places: Sequence[tuple[str, str]],
    pending_days: int = 0,
    clerk_limit: int | None = None,
    leases: int | None = None,
) -> Programme:
    """Fill a database in memory.

    Args:
        world: the clock.
        new_id: makes ids.
        source: of chance.
        places: names and kinds of the office's PCs.
        pending_days: after how many days points can be spent.
        clerk_limit: points that a clerk may give within an hour; None: no end of them.
        leases: so many members a device at most; None: as many as usual.
    """
    engine = _engine(_empty())
    programme_id = new_id()
    with writing(engine) as connection:
        create_programme(
            connection,
            programme_id=programme_id,
            epoch_id=new_id(),
            name="Simulated",
            now_ms=world.now_ms(),
        )
    set_up_ms = world.now_ms() - _SET_UP_MS
    with programme_work(engine, programme_id, now_ms=set_up_ms, new_id=new_id) as work:
        office_id = add_office(work, code="PEK", name="Beijing", time_zone="Asia/Shanghai")
        counters = [add_counter(work, office_id=office_id, label=name) for name, _ in places]
        for numbers, role in ((STAFF, "clerk"), (MANAGERS, "duty_manager")):
            for number in numbers:
                add_staff(work, NewStaff(number, f"Staff {number}", (role,), office_id, PIN))
        for key, points in REWARDS.items():
            terms = TERMS.get(key)
            add_reward(work, number=key, name="礼", name_en="Gift", points=points, terms=terms)
        put_stock(work, STOCKED, left=UNITS)
        rules: dict[str, object] = {
            "refund_fee_percent": FEE,
            "involuntary_months": 60,
            "pending_days": pending_days,
            "adjustment_limit": ADJUSTMENT_LIMIT,
        }
        put_setting(work, "points", rules)
        put_setting(work, "journal", {"keep_days": 0})
        put_setting(work, "watch", dict[str, object](WATCH))
        offline: dict[str, object] = {**POOL, **LEASES}
        if clerk_limit is not None:
            offline["clerk_points_per_hour"] = clerk_limit
        if leases is not None:
            offline["leases_per_device"] = leases
        put_setting(work, "redemption", offline)
        start = {
            member_id: points
            for rank in range(1, MEMBERS + 1)
            for member_id, points in [_add_member(work, new_id, rank, source)]
        }
        for member_id in list(start)[:DENIED]:
            deny(work, member_id, "suspected", by="op")
    long_ago = world.now_ms() - families.FOUNDED_MS
    with programme_work(engine, programme_id, now_ms=long_ago, new_id=new_id) as work:
        families.found(work, list(start))
    with reading(engine) as connection:
        (due,) = listening_draw.find_due(connection, programme_id, now_ms=world.now_ms())
        frame = listening_draw.gather(connection, programme_id, due)
    with programme_work(engine, programme_id, now_ms=long_ago, new_id=new_id) as work:
        listening_draw.record(work, due, frame)
    with writing(engine) as connection:
        codes = [
            make_code(
                connection,
                programme_id,
                counter_id=counter_id,
                kind=kind,
                now_ms=world.now_ms(),
            )
            for counter_id, (_, kind) in zip(counters, places, strict=True)
        ]
    # Of a few pages a piece, so that fetching it is cut too
    snapshots.build(engine, programme_id, now_ms=world.now_ms, new_id=new_id, chunk_pages=5)
    return _programme(engine, programme_id, start, codes, world, new_id)


def programme_of(
    server: bytes,
    programme_id: UUID,
    start: dict[UUID, int],
    world: World,
    new_id: Callable[[], UUID],
) -> Programme:
    """The programme whose database was `server`, with everybody enrolled."""
    engine = _engine(server)
    return _programme(engine, programme_id, start, [], world, new_id)


def _programme(
    engine: Engine,
    programme_id: UUID,
    start: dict[UUID, int],
    codes: list[str],
    world: World,
    new_id: Callable[[], UUID],
) -> Programme:
    return Programme(
        engine,
        programme_id,
        start,
        codes,
        lambda: CentralServer(engine, _KEYS, world.now_ms, new_id=new_id),
        world,
        new_id,
    )


def _engine(content: bytes) -> Engine:
    engine = make_engine("sqlite://")
    _STATEMENTS.share(engine)
    with engine.connect() as connection:
        connection.connection.driver_connection.deserialize(content)  # type: ignore[union-attr]
    return engine


@cache
def _empty() -> bytes:
    """A migrated database, made once a process."""
    engine = make_engine("sqlite://")
    migrate(engine)
    with engine.begin() as connection:
        keep_docket(connection)
    with engine.connect() as connection:
        content = bytes(connection.connection.driver_connection.serialize())  # type: ignore[union-attr]
    engine.dispose()
    return content


def _add_member(
    work: Work, new_id: Callable[[], UUID], rank: int, source: random.Random
) -> tuple[UUID, int]:
    member_id = new_id()
    points = source.choice((0, 200, 700, 1500, 4000, 6000))
    profile = {
        "rank": rank,
        "card_no": CARD.format(rank),
        "name": source.choice(("王伟", "李娜", "张敏")),
        "latin_name": "",
        "initials": "",
        "phone": PHONE.format(rank),
        "tier": tier_of(rank),
        "home_office": "PEK" if rank % 3 else "SHA",
        "status": "active",
        "merged_into": None,
        "preference": "",
        "open_matter": "",
        "language": "zh_CN",
        "born_on_year": None,
        "joined_on": "2020-01-31",
        "generated": False,
    }
    state = work.add_member(member_id, profile)
    work.add(t.card, profile["card_no"], member_id, work.now_ms)
    if points:
        change = earn(
            state.holdings,
            lot_id=new_id(),
            points=points,
            expires_on="2029-12-31",
            source=Account.OPENING,
        )
        work.post(state, change, kind="opening", ref_id=member_id, event_id=None)
    work.connection.execute(sa.update(t.programme).values(last_rank=rank))
    return member_id, points
