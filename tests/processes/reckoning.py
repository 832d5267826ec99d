"""Compares, once all is quiet, what people were shown, what the PCs hold and what the server has.

Reads the journals' bytes and the server's tables with SQL of its own; points are added up from the
journals and compared with what the ledger posted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.credentials.file_vault import FileVault
from app.store.cipher import connect
from app.store.seat import WORK_KEY, WORK_NAME
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, take_time
from tests.processes.programme import OPENING_POINTS
from tests.processes.running import Central, CounterPc
from tests.store.seats import check_chain


@dataclass
class Found:
    """What was there, for the test to say that it was enough.

    Attributes:
        witnessed: confirmations, by kind.
        entries: in all journals.
        decisions: of the server on them, 'accepted' and others.
        urgent: signed copies that came ahead.
        recorded: ratings and accruals at the server, confirmed or not.
    """

    witnessed: Counter[str] = field(default_factory=Counter)
    recorded: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    urgent: int = 0


def reckon(central: Central, pcs: Sequence[CounterPc]) -> Found:
    """Prove that everything is at the server, once, as it was committed, and the books balance.

    The PCs are closed; nothing is pending. The logs of all processes are looked through, too.
    """
    found = Found()
    engine = make_engine(central.database_url)
    points: Counter[str] = Counter()
    try:
        with reading(engine) as connection:
            take_time(connection)
            for pc in pcs:
                with closing(open_journal(pc)) as journal:
                    _compare_chain(connection, journal, found)
                    points.update(_points_by_member(journal))
                _compare_witness(connection, _read_witness(pc.witness), found)
            _compare_points(connection, points)
            (found.urgent,) = connection.execute(
                sa.select(sa.func.count()).select_from(t.urgent_copy)
            ).one()
            rated_low = sa.select(t.rating.c.rating_id).where(t.rating.c.score <= 2)
            cases = sa.select(t.service_case.c.case_id).where(t.service_case.c.origin == "rating")
            low = set(connection.execute(rated_low).scalars())
            assert sorted(connection.execute(cases).scalars()) == sorted(low), "a case each, once"
            columns = (t.exception_item.c.entry_type, t.exception_item.c.code)
            # two clerks that serve twenty members without rest are a pattern, which stops nothing
            entries_alone = t.exception_item.c.entry_type != "Watched"
            refused = connection.execute(sa.select(*columns).where(entries_alone)).all()
            assert refused == [], refused
            assert connection.execute(sa.select(t.quarantine)).all() == []
    finally:
        engine.dispose()
    central.audit()
    for log in (central.log, *(pc.log for pc in pcs)):
        text = log.read_text(errors="replace")
        assert "Traceback" not in text, text[text.index("Traceback") :][:4000]
    return found


def open_journal(pc: CounterPc) -> Any:
    """The closed seat's work.db, with the key from its own vault."""
    key = FileVault(pc.folder / "vault.bin").get(WORK_KEY)
    assert key is not None
    return connect(pc.folder / WORK_NAME, key)


def _compare_chain(connection: sa.Connection, journal: Any, found: Found) -> None:
    count = check_chain(journal)
    assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    (device,) = journal.execute("SELECT device_id FROM seat").fetchone()
    ours = journal.execute("SELECT incarnation, seq, body FROM journal ORDER BY 1, 2").fetchall()
    entry = t.entry.c
    theirs = connection.execute(
        sa.select(entry.incarnation, entry.seq, entry.raw, entry.decision, entry.code)
        .where(entry.device_id == UUID(bytes=device))
        .order_by(entry.incarnation, entry.seq)
    ).all()
    assert [(row.incarnation, row.seq, bytes(row.raw)) for row in theirs] == ours
    assert len(ours) == count, "one incarnation: nothing here forks"
    found.entries += count
    found.decisions.update(f"{row.decision} {row.code}".strip() for row in theirs)


def _read_witness(path: Path) -> list[dict[str, Any]]:
    """A last line that a kill cut short promised nothing."""
    whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
    return [json.loads(line) for line in whole.splitlines()]


def _compare_witness(
    connection: sa.Connection, lines: Iterable[dict[str, Any]], found: Found
) -> None:
    """Each confirmation is at the server once, with its number."""
    rating, accrual, redemption = t.rating.c, t.accrual.c, t.redemption.c
    have: dict[str, Counter[Any]] = {
        "rated": Counter(connection.execute(sa.select(rating.encounter_id, rating.score)).all()),
        "earned": Counter(
            connection.execute(
                sa.select(accrual.accrual_id, accrual.points).where(accrual.state == "posted")
            ).all()
        ),
        "redeemed": Counter(
            connection.execute(
                sa.select(redemption.redemption_id, redemption.points).where(
                    redemption.state == "posted"
                )
            ).all()
        ),
    }
    found.recorded = {what: have[what].total() for what in ("rated", "earned")}
    posted = Counter(
        connection.execute(
            sa.select(t.ledger_txn.c.kind, t.ledger_txn.c.ref_id).where(
                t.ledger_txn.c.kind.in_(("accrual", "redemption"))
            )
        ).all()
    )
    assert [key for key, count in posted.items() if count > 1] == [], "posted twice"
    for line in lines:
        found.witnessed[line["what"]] += 1
        ref = UUID(line["ref"])
        if line["what"] == "redemption refused":
            assert not any(redeemed == ref for redeemed, _ in have["redeemed"])
            continue
        assert have[line["what"]][ref, line["number"]] == 1, line


def _points_by_member(journal: Any) -> Counter[str]:
    """What the journal's entries change, added up without a word of the program's."""
    points: Counter[str] = Counter()
    granted: dict[str, tuple[str, int]] = {}
    voided = set()
    for (body,) in journal.execute("SELECT body FROM journal").fetchall():
        entry = json.loads(body)
        what = entry["payload"]
        if entry["type"] == "AccrualRecorded":
            points[what["member_id"]] += what["points"]
        elif entry["type"] == "RedemptionRequested":
            granted[what["redemption_id"]] = (what["member_id"], what["points"])
        elif entry["type"] == "RedemptionVoided":
            voided.add(what["redemption_id"])
    for redemption_id, (member_id, cost) in granted.items():
        if redemption_id not in voided:
            points[member_id] -= cost
    return points


def _compare_points(connection: sa.Connection, changes: Counter[str]) -> None:
    balance = t.balance.c
    posted = connection.execute(
        sa.select(balance.member_id, balance.posted).where(balance.unit == "points")
    ).all()
    assert posted
    expected = {member_id: OPENING_POINTS + changes[str(member_id)] for member_id, _ in posted}
    assert {row.member_id: row.posted for row in posted} == expected
