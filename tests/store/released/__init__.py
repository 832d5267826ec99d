"""A counter's work.db as each released schema left it, in SQL: sent, unsent, refused, undone.

`python -m tests.store.released` writes the one of the present schema, to be kept from then on.
"""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from app.domain.events import CallWish, CustomerYes, Proof
from app.ports.online import OnlineVerdict
from app.ports.sync_store import Decided
from app.services import commands as c
from app.services.views import EarnProposal
from app.store.cipher import connect
from app.store.migrations import STEPS
from app.store.seat import WORK_KEY, WORK_NAME
from tests.fakes.counter import Counter

FOLDER = Path(__file__).parent


def dump_path(version: int) -> Path:
    return FOLDER / f"v{version}.sql"


def restore(path: Path, key: bytes, version: int) -> None:
    """Make the file that a program of that version left."""
    raw = connect(path, key)
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.executescript(dump_path(version).read_text("utf-8"))
    raw.execute(f"PRAGMA user_version = {version}")
    raw.close()


def journal(raw: Any) -> list[Any]:
    """All that no migration may touch."""
    tables = {
        "journal": "incarnation, seq, event_id, body, link",
        "journal_archive": "incarnation, seq, event_id, body, link",
        "chain": "incarnation, last_seq, last_link, confirmed_seq",
        "blob": "commitment, event_id, salt, content",
    }
    return [
        (table, row)
        for table, columns in tables.items()
        for row in raw.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
    ]


def a_working_day(counter: Counter) -> None:
    """Visits of every kind: some with the server, one refused, one set back, some waiting."""
    execute = counter.core.execute
    anna = UUID(int=1)
    execute(c.SignIn("1001", "1234"))
    for number in range(4):
        visit = execute(c.IdentifyMember(anna, Proof.CARD)).encounter_id
        execute(
            c.RecordAccrual(
                visit, EarnProposal("flight", 500, f"CA150{number}", (), f"c{number}", 1)
            )
        )
        if number == 1:
            execute(c.UndoLast(visit))
        if number == 2:
            counter.grant(2_000)
            counter.online.verdict = OnlineVerdict("unreachable")
            ask = execute(c.RequestRedemption(visit, 1, Proof.CARD))
            execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
        execute(c.FinishEncounter(visit))
        execute(c.RecordRating(visit, 1 if number == 3 else 5))
    rated = execute(c.IdentifyMember(UUID(int=2), Proof.CARD)).encounter_id
    execute(c.FinishEncounter(rated))
    execute(c.RecordRating(rated, 2))
    execute(c.AddRatingDetail(rated, (), "等了太久", CallWish.CALL_ME))
    counter.seat.sync.confirm(9, [Decided(4, "exception", "already_earned", "")], mark=3)
    counter.seat.sync.new_incarnation(2)
    counter.seat.sync.confirm(3, [], mark=4)
    counter.seat.sync.note_contact(offset_ms=-7, now_ms=counter.clock.ms)


def write() -> Path:
    """Write the dump of the present schema."""
    with tempfile.TemporaryDirectory() as name:
        counter = Counter(Path(name) / "seat")
        a_working_day(counter)
        counter.core.close()
        key = counter.vault.get(WORK_KEY)
        assert key is not None
        raw = connect(counter.folder / WORK_NAME, key)
        text = "".join(_statements(raw))
        raw.close()
    path = dump_path(len(STEPS))
    path.write_text(text, "utf-8")
    return path


def _statements(raw: Any) -> Iterator[str]:
    made = raw.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'index'"
    ).fetchall()
    for kind, name, sql in made:
        yield f"{textwrap.dedent(sql).strip()};\n"
        if kind == "table":
            columns = [row[1] for row in raw.execute(f"PRAGMA table_info({name})").fetchall()]
            values = " || ', ' || ".join(f"quote({column})" for column in columns)
            for (row,) in raw.execute(f"SELECT {values} FROM {name}").fetchall():
                yield f"INSERT INTO {name} VALUES ({row});\n"
