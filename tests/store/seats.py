"""What the tests of the store build seats from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from app.credentials.ids import new_id
from app.domain.entry import genesis, next_link
from app.domain.events import AccrualRecorded, AccrualSource
from app.domain.member import Member
from app.ports.work import EncounterRow, Work
from app.store.cipher import connect
from app.store.seat import WORK_KEY, WORK_NAME, Seat, open_seat
from sync.protocol.replica.ddl import create_replica
from sync.protocol.replica.encoding import Record
from sync.protocol.replica.rows import upsert_members, upsert_records

START_MS = 1_795_000_000_000


class MemoryVault:
    """A vault that keeps its secrets in memory."""

    strength: Literal["system", "file"] = "file"

    def __init__(self) -> None:
        self.secrets: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.secrets.get(name)

    def put(self, name: str, secret: bytes) -> None:
        self.secrets[name] = secret

    def delete(self, name: str) -> None:
        self.secrets.pop(name, None)


class SteppedClock:
    """Goes on by one millisecond whenever it is asked, or as a test sets it."""

    def __init__(self) -> None:
        self.wall_ms = START_MS

    def now_ms(self) -> int:
        self.wall_ms += 1
        return self.wall_ms

    def boot(self) -> tuple[str, int]:
        return "boot-1", self.wall_ms - START_MS

    def monotonic_s(self) -> float:
        return self.wall_ms / 1000


def open_at(folder: Path, vault: MemoryVault, clock: SteppedClock) -> Seat:
    return open_seat(folder, vault, clock, new_id, sign=lambda statement: b"signed " + statement)


def enrol(seat: Seat, **changes: object) -> dict[str, object]:
    document: dict[str, object] = {
        "device_id": uuid4(),
        "incarnation": 1,
        "kind": "counter",
        "programme_id": uuid4(),
        "office_id": uuid4(),
        "office_code": "PEK",
        "epoch": uuid4(),
        "recovery_key": b"r" * 32,
        **changes,
    }
    seat.enrol("https://server.test", document)
    return document


def add_encounter(work: Work, member_id: UUID | None = None, shift_id: UUID | None = None) -> UUID:
    encounter_id = work.new_id()
    work.add_encounter(
        EncounterRow(
            encounter_id, work.now_ms(), member_id, None, shift_id, None, None, None, 0, None, None
        )
    )
    return encounter_id


def earn(
    work: Work, encounter_id: UUID, member_id: UUID, points: int, coupon_key: str | None = None
) -> UUID:
    """Record an accrual as the service does: entry, line, overlay."""
    accrual_id = work.new_id()
    entry = work.append(
        AccrualRecorded(
            accrual_id,
            encounter_id,
            member_id,
            points,
            AccrualSource.AMOUNT,
            coupon_key,
            None,
            None,
            1,
            "",
        )
    )
    work.add_line(accrual_id, encounter_id, "accrual", f"{points} points", points, entry)
    work.add_accrual_overlay(accrual_id, member_id, points, coupon_key, entry)
    return accrual_id


def raw_work(folder: Path, vault: MemoryVault) -> Any:
    """A connection to work.db beside the store."""
    return connect(folder / WORK_NAME, vault.secrets[WORK_KEY])


def check_chain(connection: Any) -> int:
    """Prove that each chain is gap-free and unbroken; returns how many entries the last has."""
    device = connection.execute("SELECT device_id, incarnation FROM seat").fetchone()
    device_id, incarnation = UUID(bytes=device[0]), device[1]
    link, count = genesis(device_id, incarnation), 0
    rows = connection.execute(
        "SELECT seq, body, link FROM journal WHERE incarnation = ? ORDER BY seq", (incarnation,)
    )
    for seq, body, stored in rows.fetchall():
        count += 1
        assert seq == count
        link = next_link(link, body)
        assert stored == link
    head = connection.execute(
        "SELECT last_seq, last_link FROM chain WHERE incarnation = ?", (incarnation,)
    ).fetchone()
    assert head == (count, link)
    return count


def build_members(
    seat: Seat, members: Iterable[Member] = (), records: Iterable[Record] = ()
) -> Path:
    """Make a members file and adopt it."""
    path = seat.sync.next_members_file()

    def build() -> None:
        connection = seat.sync.connect_members(path)
        connection.execute("BEGIN")
        create_replica(connection, scope="PEK")
        upsert_members(connection, members)
        upsert_records(connection, records)
        connection.execute("COMMIT")
        connection.close()

    seat.sync.write(build)
    seat.sync.adopt_members_file(path)
    return path
