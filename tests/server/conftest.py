"""A migrated server with one programme, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
import uuid_utils.compat

from app.domain.ledger import Account, earn
from sync.server.enrolment import make_code
from sync.server.keys import make_keys
from sync.server.member_state import MemberState
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
from sync.server.store.engine import make_engine, writing
from sync.server.store.migrate import migrate
from sync.server.transactions import programme_work
from sync.server.upkeep import Upkeep
from sync.server.work import Work
from tests.fakes.postgres import PostgresServer
from tests.server.seats import Clock, Seat, enrol

new_id = uuid_utils.compat.uuid7
KEYS, RECOVERY = make_keys(now_ms=Clock().ms)


@dataclass
class Programme:
    """A programme with one office, two counters and a desk, two people and a reward."""

    server: CentralServer
    clock: Clock
    programme_id: UUID
    office_id: UUID
    counter_ids: list[UUID]
    clerk_id: UUID
    manager_id: UUID
    reward_id: UUID
    code: str

    @property
    def upkeep(self) -> Upkeep:
        return Upkeep(self.server.transactions)

    def work(self):  # type: ignore[no-untyped-def]
        return programme_work(
            self.server.engine, self.programme_id, now_ms=self.clock(), new_id=new_id
        )

    def seat(self, *, counter: int = 0, kind: str = "counter") -> Seat:
        with writing(self.server.engine) as connection:
            code = make_code(
                connection,
                self.programme_id,
                counter_id=self.counter_ids[counter],
                kind=kind,
                now_ms=self.clock(),
            )
        seat = enrol(self.server, self.clock, code)
        seat.staff_id = self.clerk_id if kind == "counter" else self.manager_id
        return seat

    def member(self, points: int = 0, *, home_office: str = "", name: str = "张伟") -> UUID:
        with self.work() as work:
            return add_member(work, points, home_office=home_office, name=name)


def add_member(work: Work, points: int, *, home_office: str = "", name: str = "张伟") -> UUID:
    member_id = new_id()
    rank = int(
        work.connection.execute(
            t.programme.update()
            .where(t.programme.c.programme_id == work.programme_id)
            .values(last_rank=t.programme.c.last_rank + 1)
            .returning(t.programme.c.last_rank)
        ).scalar_one()
    )
    profile = {
        "rank": rank,
        "card_no": f"CA{rank:08}",
        "name": name,
        "latin_name": "",
        "initials": "zw",
        "phone": "13812345678",
        "tier": "gold",
        "home_office": home_office,
        "status": "active",
        "merged_into": None,
        "preference": "",
        "open_matter": "",
        "language": "zh_CN",
        "born_on_year": None,
        "joined_on": "2020-01-31",
        "generated": False,
    }
    state: MemberState = work.add_member(member_id, profile)
    work.add(t.card, profile["card_no"], member_id, work.now_ms)
    if points:
        change = earn(
            state.holdings,
            lot_id=new_id(),
            points=points,
            expires_on="2027-12-31",
            source=Account.OPENING,
        )
        work.post(state, change, kind="opening", ref_id=member_id, event_id=None)
    return member_id


def make_programme(server: CentralServer, clock: Clock, *, code: str = "PEK") -> Programme:
    programme_id = new_id()
    with writing(server.engine) as connection:
        create_programme(
            connection,
            programme_id=programme_id,
            epoch_id=new_id(),
            name="Phoenix",
            now_ms=clock(),
        )
    with programme_work(server.engine, programme_id, now_ms=clock(), new_id=new_id) as work:
        office_id = add_office(work, code=code, name="Beijing", time_zone="Asia/Shanghai")
        counters = [add_counter(work, office_id=office_id, label=x) for x in ("A1", "A2", "D")]
        clerk_id = add_staff(work, NewStaff("101", "Li Na", ("clerk",), office_id, "$argon2id$"))
        manager_id = add_staff(
            work, NewStaff("900", "Wang Min", ("duty_manager",), office_id, "$argon2id$")
        )
        reward_id = add_reward(work, number=1, name="升舱", name_en="Upgrade", points=1000)
    return Programme(
        server, clock, programme_id, office_id, counters, clerk_id, manager_id, reward_id, code
    )


def _migrated(url: str) -> None:
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database of the present schema: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "guichet.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path / "guichet.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = postgres.create_database(_migrated)
    yield url
    postgres.drop_database(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(database_url: str, clock: Clock) -> Iterator[CentralServer]:
    engine = make_engine(database_url)
    yield CentralServer(engine, KEYS, clock)
    engine.dispose()


@pytest.fixture
def programme(server: CentralServer, clock: Clock) -> Programme:
    return make_programme(server, clock)


@pytest.fixture
def quiet(programme: Programme) -> Programme:
    """Nobody is leased for: whoever is in a scope is in for another reason."""
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 0})
    return programme
