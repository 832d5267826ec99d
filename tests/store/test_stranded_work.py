"""Work that waits to be sent is never destroyed by what people do to the program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.errors import Rejected, Unavailable
from app.domain.events import PARTS_OF_A_THING, Proof
from app.services import commands as c
from app.services.views import EarnProposal
from app.store.seat import WORK_NAME
from sync.client.rescue import set_aside
from tests.fakes.counter import Counter

ANNA = UUID(int=1)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.go_online(False)
    yield made
    made.core.close()


def serve(counter: Counter, coupon: str) -> None:
    visit = counter.core.execute(c.IdentifyMember(ANNA, Proof.CARD)).encounter_id
    flight = EarnProposal("flight", 500, "CA1501", (), coupon, 1)
    counter.core.execute(c.RecordAccrual(visit, flight))
    counter.core.execute(c.FinishEncounter(visit))
    counter.core.execute(c.SkipRating(visit, "declined"))


def digest(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.is_file() and file.name != "seat.lock"
    }


def things(entries: list[dict[str, Any]]) -> int:
    return sum(entry["type"] not in PARTS_OF_A_THING for entry in entries)


def test_signing_out_and_closing_the_shift_keep_what_waits_and_say_so(counter: Counter) -> None:
    counter.core.execute(c.SignIn("1001", "1234"))
    serve(counter, "a")
    counter.core.execute(c.SignOut("signed_out"))
    waiting = counter.entries()
    assert [e["type"] for e in waiting].count("AccrualRecorded") == 1
    counter.core.execute(c.SignIn("1002", "1234"))
    serve(counter, "b")
    before = counter.entries()
    summary = counter.core.execute(c.CloseShift("1234"))
    assert summary.unsent == len(before)
    closed = counter.entries()
    assert closed[: len(before)] == before
    assert before[: len(waiting)] == waiting
    told = next(e for e in closed if e["type"] == "ShiftClosed")
    assert told["payload"]["unsent"] == summary.unsent
    counter.restart()
    assert counter.entries() == closed
    assert counter.core.queries.pending_summary().count == things(closed)


def test_how_long_the_oldest_has_waited_is_watched(counter: Counter) -> None:
    counter.core.execute(c.SignIn("1001", "1234"))
    serve(counter, "a")
    entries = counter.entries()
    summary = counter.core.queries.pending_summary()
    assert (summary.count, summary.oldest_ms) == (things(entries), entries[0]["wall_ms"])
    counter.seat.sync.confirm(len(entries) - 1, [], mark=1)
    summary = counter.core.queries.pending_summary()
    assert (summary.count, summary.oldest_ms) == (1, entries[-1]["wall_ms"])
    counter.seat.sync.confirm(len(entries), [], mark=2)
    summary = counter.core.queries.pending_summary()
    assert (summary.count, summary.oldest_ms) == (0, None)


def test_entries_that_come_late_stand_in_the_shift_they_were_made_in(counter: Counter) -> None:
    counter.core.execute(c.SignIn("1001", "1234"))
    serve(counter, "a")
    first = counter.core.execute(c.CloseShift("1234")).shift_id
    counter.core.execute(c.SignIn("1001", "1234"))
    serve(counter, "b")
    entries = counter.entries()
    opened = [e for e in entries if e["type"] == "EncounterOpened"]
    assert [e["shift_id"] == str(first) for e in opened] == [True, False]
    end = next(n for n, e in enumerate(entries) if e["type"] == "ShiftClosed")
    assert {e["shift_id"] for e in entries[: end + 1]} == {str(first)}
    assert str(first) not in {e["shift_id"] for e in entries[end + 2 :]}


def test_an_enrolled_pc_spends_no_second_code(counter: Counter) -> None:
    counter.core.execute(c.SignIn("1001", "1234"))
    serve(counter, "a")
    waiting = counter.entries()
    with pytest.raises(Rejected) as refused:
        counter.core.execute(c.Enrol("https://other.example", "ABCDE-FGHIJ"))
    assert refused.value.code == "already_enrolled"
    other: dict[str, Any] = {
        **(counter.seat.document() or {}),
        "device_id": str(UUID(int=99)),
    }
    with pytest.raises(Rejected) as refused:
        counter.seat.enrol("https://other.example", other)
    assert refused.value.code == "already_enrolled"
    assert counter.entries() == waiting


def test_a_folder_with_pending_work_is_never_written_over(counter: Counter) -> None:
    """A reinstalled program with an empty keyring, or another seat's, touches nothing."""
    counter.core.execute(c.SignIn("1001", "1234"))
    serve(counter, "a")
    counter.core.close()
    before = digest(counter.folder)
    kept = counter.vault
    empty, stranger = type(kept)(), type(kept)()
    for name in ("work_key", "members_key"):
        stranger.put(name, bytes(range(32)))
    for vault, code in ((empty, "keys_missing"), (stranger, "database_damaged")):
        counter.vault = vault
        with pytest.raises(Unavailable) as refused:
            counter.open()
        assert refused.value.code == code
        assert digest(counter.folder) == before
    with pytest.raises(Rejected, match="not with the central server"):
        set_aside(counter.folder, vault=kept)
    assert (counter.folder / WORK_NAME).exists()
    counter.vault = kept
    counter.open()
    assert [e["type"] for e in counter.entries()].count("AccrualRecorded") == 1
