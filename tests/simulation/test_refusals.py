"""Which refusals the model takes for right, on days of a few entries."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import UUID

import pytest

from tests.simulation.docket import Line
from tests.simulation.facts import Books, Journals, Story
from tests.simulation.refusals import Refusals

OPENED: Final = UUID(int=1)
RESUMED: Final = UUID(int=2)
TAKEN: Final = UUID(int=3)
CLOSED: Final = UUID(int=4)
VISIT: Final = UUID(int=11)
CASE: Final = UUID(int=12)
HERE: Final = UUID(int=21)
ELSEWHERE: Final = UUID(int=22)


def _entry(kind: str, device: UUID, **told: Any) -> bytes:
    payload = {name: str(value) for name, value in told.items()}
    document = {"type": kind, "device_id": str(device), "staff_id": None, "payload": payload}
    return json.dumps(document).encode()


def _wrong(
    *decisions: tuple[UUID, str] | tuple[UUID, str, str],
    opened_at: UUID = HERE,
    lost: frozenset[UUID] = frozenset(),
    forgotten: frozenset[UUID] = frozenset(),
    set_back: frozenset[UUID] = frozenset(),
) -> list[str]:
    """What is wrong where these were the decisions: event, code, and how if not as it came."""
    known = {
        OPENED: _entry("EncounterOpened", opened_at, encounter_id=VISIT),
        RESUMED: _entry("EncounterResumed", HERE, encounter_id=VISIT),
        TAKEN: _entry("CaseAcknowledged", HERE, case_id=CASE),
        CLOSED: _entry("CaseClosed", HERE, case_id=CASE),
    }
    journals = SimpleNamespace(
        known=known,
        held=known.keys() - set_back,
        damaged=set(lost),
        unread=set(),
        shaky=set(),
    )
    docket = [
        Line(event, HERE, "again" if how else "came", "exception" if code else "accepted", code)
        for event, code, *how in decisions
    ]
    books = SimpleNamespace(docket=docket, given_up={}, table=lambda _: [])
    story = Story(restored=bool(forgotten), forgotten=set(forgotten))
    found = Refusals(cast("Books", books), cast("Journals", journals), story, {}).wrong()
    return list(found)


def test_what_is_known_is_not_refused_as_unknown() -> None:
    (wrong,) = _wrong((OPENED, ""), (RESUMED, "unknown_encounter"))[:1]
    assert "I10: EncounterResumed" in wrong
    assert "without a cause" in wrong


def test_what_speaks_of_a_lost_entry_waits_for_it() -> None:
    lost, waits = (OPENED, "unreadable"), (RESUMED, "unknown_encounter")
    assert _wrong(lost, waits, lost=frozenset({OPENED})) == []
    found, tried = (OPENED, "", "again"), (RESUMED, "", "again")
    assert _wrong(lost, waits, found, tried, lost=frozenset({OPENED})) == []
    (wrong,) = _wrong(lost, waits, found, lost=frozenset({OPENED}))
    assert "waits on" in wrong


def test_nothing_is_lost_where_no_disk_lost_it() -> None:
    wrong, *_ = _wrong((OPENED, "unreadable"), (RESUMED, "unknown_encounter"))
    assert "became an exception: unreadable" in wrong


@pytest.mark.parametrize(
    ("opened_at", "forgotten", "is_right"),
    [
        (ELSEWHERE, frozenset({OPENED}), True),
        (HERE, frozenset({OPENED}), False),  # its own chain told it first
        (ELSEWHERE, frozenset({TAKEN}), False),  # the server had never known it
        (ELSEWHERE, frozenset(), False),
    ],
)
def test_a_restored_server_lacks_what_another_is_yet_to_tell_again(
    opened_at: UUID, forgotten: frozenset[UUID], is_right: bool
) -> None:
    wrong = _wrong((RESUMED, "unknown_encounter"), opened_at=opened_at, forgotten=forgotten)
    assert (wrong == []) is is_right


def test_what_a_disk_set_back_and_a_restored_server_lost_is_nobodys_to_tell() -> None:
    both = frozenset({OPENED})
    assert _wrong((RESUMED, "unknown_encounter"), forgotten=both, set_back=both) == []
    assert _wrong((RESUMED, "unknown_encounter"), set_back=both)  # the server had it


def test_a_case_is_closed_to_whoever_comes_second() -> None:
    assert _wrong((TAKEN, ""), (CLOSED, ""), (CLOSED, "case_closed", "again")) == []
    (wrong,) = _wrong((TAKEN, ""), (CLOSED, "case_closed"))
    assert wrong.startswith("cases: CaseClosed")
