"""Presses outside a question are in the journal of whoever was signed in then."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from app.domain.stray_presses import PressSource
from app.services import commands as c
from tests.fakes.counter import Counter


def test_presses_outside_a_question_are_who_was_signed_in_then(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    counter.core.execute(c.SignIn("1001", "1234"))
    session = counter.core.queries.session()
    assert session is not None
    for session_id in (session.session_id, None, UUID(int=7)):
        stray = c.RecordStrayPresses(PressSource.TOUCH, 4, 9_000, 2_000, False, session_id)
        counter.core.execute(stray)
    entries = [e for e in counter.entries() if e["type"] == "StrayPressesRecorded"]
    assert [e["staff_id"] for e in entries] == [str(session.staff_id), None, None]
    first = entries[0]
    assert first["payload"] == {
        "source": "touch",
        "presses": 4,
        "began_ms": first["wall_ms"] - 9_000,
        "lasted_ms": 2_000,
        "is_stuck": False,
    }
    counter.core.close()
