"""The counter's lists: what tells those found apart, and what waits, visit by visit."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from PySide6.QtCore import QLocale

from app.services.views import FoundMember, PendingItem, PendingSummary, PendingVisit
from tests.fakes.core import START_MS
from ui.screens.counter_lists import nobody, pending, pending_note, results

MINUTE_MS = 60_000


@pytest.fixture(autouse=True)
def english() -> None:
    QLocale.setDefault(QLocale("en"))


def found(
    number: int, *, matched: str = "phone", card: str = "", office: str = "PEK01"
) -> FoundMember:
    return FoundMember(
        member_id=UUID(int=number),
        masked_name="张*",
        tier="gold",
        distinguishing=f"{card or 1000 + number} · …78 · {office}",
        matched=matched,
        is_self=False,
    )


def test_members_who_share_a_phone_stand_under_one_heading() -> None:
    rows = results("5678", [found(1, matched="card", card="5678"), found(2), found(3)])
    assert [row.heading for row in rows] == [
        "Card ends in 5678",
        "Phone ends in 5678 · 2 members",
        "",
    ]
    assert {row.matched for row in rows} == {""}  # the heading says it


def test_a_heading_shows_no_more_of_a_number_than_its_end() -> None:
    rows = results("13812345678", [found(1), found(2)])
    assert rows[0].heading == "Phone ends in 5678 · 2 members"


def test_what_differs_is_said_before_what_all_share() -> None:
    here = replace(found(2, office="SHA01"), last_visit_ms=START_MS)
    first, second = results("5678", [found(1), here])
    assert first.tells_apart == ("card …1001", "PEK01")
    assert second.tells_apart[:2] == ("card …1002", "SHA01")
    assert second.tells_apart[2].startswith("last here ")
    assert first.shared == second.shared == ("phone …78",)


def test_one_alone_has_nothing_to_be_told_from() -> None:
    (row,) = results("5678", [found(1)])
    assert row.heading == ""
    assert row.tells_apart == ("card …1001", "phone …78", "PEK01")
    assert row.matched == "phone"


def test_namesakes_found_by_name_need_no_heading() -> None:
    rows = results("zhang", [found(1, matched="latin"), found(2)])
    assert [row.heading for row in rows] == ["", ""]


def test_the_clerks_own_membership_says_so_under_a_heading_too() -> None:
    rows = results("5678", [found(1), replace(found(2), is_self=True)])
    assert [row.matched for row in rows] == ["", "your own membership"]


def waiting(what: str, text: str, visit: PendingVisit | None, minute: int = 0) -> PendingItem:
    return PendingItem(what, text, START_MS + minute * MINUTE_MS, "waiting", visit=visit)


ZHANG = PendingVisit(UUID(int=1), START_MS, "张*")
NOBODY = PendingVisit(UUID(int=2), START_MS + 5 * MINUTE_MS, "")


def test_what_waits_stands_visit_by_visit() -> None:
    entries = pending(
        [
            waiting("shift", "", None),
            waiting("accrual", "CA1501", ZHANG),
            waiting("matter", "PEK01-0413", NOBODY, 5),
            waiting("rating", "", ZHANG, 6),
        ],
        START_MS + 10 * MINUTE_MS,
    )
    assert [entry.text for entry in entries] == [
        "Shift opened or closed",
        "Points earned · CA1501",
        "The customer's rating, or none",
        "Complaint or question · PEK01-0413",
    ]
    headings = [entry.heading for entry in entries]
    assert headings[0] == "This counter · 1 waiting"
    assert headings[1].endswith(" · 张* · 2 waiting")
    assert headings[2] == ""
    assert headings[3].endswith(" · without a member · 1 waiting")
    assert len({entry.id for entry in entries}) == len(entries)


def test_what_was_only_asked_for_is_shown_without_a_name() -> None:
    (entry,) = pending([waiting("redemption", "", ZHANG)], START_MS)
    assert entry.text == "Reward given"


def test_a_short_number_finds_nobody_because_it_is_short() -> None:
    assert nobody("92", "")[1] == nobody("921", "offline")[1] == "Keep typing"
    assert nobody("9216", "")[1] == nobody("张", "")[1] == "Nobody found"


def test_a_visit_that_held_nothing_else_is_still_shown() -> None:
    (entry,) = pending([waiting("encounter", "", ZHANG)], START_MS)
    assert entry.text == "A customer served"


def test_what_a_manager_has_is_never_folded_into_what_waits() -> None:
    refused = replace(waiting("encounter", "", ZHANG), state="exception", reason="no_staff")
    entries = pending([refused, waiting("accrual", "CA1501", ZHANG)], START_MS)
    assert [entry.state for entry in entries] == ["With a manager", ""]


def test_what_was_refused_for_one_reason_is_said_once() -> None:
    refused = replace(waiting("encounter", "", ZHANG), state="exception", reason="no_staff")
    again = replace(refused, since_ms=START_MS + MINUTE_MS)
    entries = pending([refused, again, replace(again, reason="wrong_office")], START_MS)
    assert [entry.state for entry in entries] == ["With a manager"] * 2
    assert not entries[0].heading.endswith("waiting"), "nothing of that visit waits"


def test_what_the_disk_lost_is_not_said_to_be_safe() -> None:
    waits = waiting("accrual", "CA1501", ZHANG)
    summary = PendingSummary(1, START_MS)
    assert pending_note([waits], summary).endswith("nothing is lost.")
    gone = replace(waits, state="lost")
    (entry,) = pending([gone], START_MS)
    assert entry.state == "Damaged"
    assert entry.detail == "Unreadable here; a manager settles it"
    assert "nothing is lost" not in pending_note([gone], summary)


def test_of_an_entry_that_is_wholly_gone_nothing_is_claimed() -> None:
    (entry,) = pending([replace(waiting("unknown", "", None), state="lost")], START_MS)
    assert entry.text == "Nobody knows what"


def test_a_list_of_the_oldest_says_that_it_is_no_more() -> None:
    waits = [waiting("accrual", str(n), ZHANG) for n in range(3)]
    assert pending_note(waits, PendingSummary(4, START_MS)).endswith("The oldest 3 of them:")
    assert "oldest" not in pending_note(waits, PendingSummary(3, START_MS))


def test_headings_are_spared_where_no_visit_is_concerned() -> None:
    assert [entry.heading for entry in pending([waiting("shift", "", None)], START_MS)] == [""]


def test_a_day_in_the_journals_text_is_written_as_people_write_it() -> None:
    item = waiting("accrual", "CA1501 2025-03-02 PEK-SHA", None)
    (entry,) = pending([item], START_MS)
    assert entry.text == "Points earned · CA1501 2 Mar 2025 PEK-SHA"


def test_an_impossible_day_is_left_as_it_is() -> None:
    (entry,) = pending([waiting("accrual", "2025-13-41", None)], START_MS)
    assert entry.text == "Points earned · 2025-13-41"
