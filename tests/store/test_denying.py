"""A manager puts members on the deny list at the desk, with no network, and takes them off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from app.domain.records import Denial
from app.services import commands as c
from app.services.point_views import DenialView
from sync.protocol.replica.encoding import Record
from tests.fakes.counter import Counter
from tests.store.seats import MemoryVault, SteppedClock, build_members, enrol, open_at
from tests.store.test_use_cases import refusal

ANNA, LI = UUID(int=1), UUID(int=2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    made.core.execute(c.SignIn("2001", "1234"))
    yield made
    made.core.close()


def listed(desk: Counter) -> list[DenialView]:
    return list(desk.core.queries.desk().denials)


def test_it_is_journalled_with_its_reason_beside_and_shows_at_once(desk: Counter) -> None:
    view = desk.core.execute(c.DenyMember(ANNA, "  three names in a week "))
    (denial,) = view.denials
    assert (denial.member_id, denial.masked_name, denial.state) == (ANNA, "张*明", "denying")
    assert denial.by == "Staff 2001 (2001)"
    assert denial.since_ms == desk.clock.ms
    assert denial.reason == "three names in a week"
    told = desk.last("MemberDenied")
    assert told["member_id"] == str(ANNA)
    assert "names" not in str(desk.entries()), "why travels beside the chain"


def test_what_the_server_told_stands_under_what_was_done_here(desk: Counter) -> None:
    desk.members.deny_list = [
        Denial(LI, True, 5, "Zhao Min (9)"),
        Denial(UUID(int=77), True),
        Denial(ANNA, False),
    ]
    desk.core.execute(c.DenyMember(ANNA, "why"))
    shown = [(each.member_id, each.by, each.state, each.masked_name) for each in listed(desk)]
    assert shown == [
        (ANNA, "Staff 2001 (2001)", "denying", "张*明"),
        (LI, "Zhao Min (9)", "denied", "李*"),
        (UUID(int=77), "", "denied", ""),
    ]


def test_the_members_file_tells_who_is_on_it_also_as_older_servers_said_it(tmp_path: Path) -> None:
    seat = open_at(tmp_path / "seat", MemoryVault(), SteppedClock())
    enrol(seat)
    documents = {
        ANNA: {"member_id": str(ANNA), "is_denied": True},
        LI: {"member_id": str(LI), "is_denied": True, "since_ms": 5, "by": "Zhao Min (9)"},
        UUID(int=3): {"member_id": str(UUID(int=3)), "is_denied": False},
    }
    records = [
        Record(Denial.KIND, str(member_id), msgspec.json.encode(document))
        for member_id, document in documents.items()
    ]
    build_members(seat, records=records)
    found = {each.member_id: each for each in seat.members.denials()}
    assert found == {ANNA: Denial(ANNA, True), LI: Denial(LI, True, 5, "Zhao Min (9)")}
    assert [seat.members.is_denied(member_id) for member_id in documents] == [True, True, False]
    seat.close()


def test_whoever_is_on_it_is_taken_off_also_where_this_pc_doesnt_hold_them(desk: Counter) -> None:
    stranger = UUID(int=77)
    desk.members.deny_list = [Denial(stranger, True, 5, "Zhao Min (9)")]
    assert refusal(desk, c.DenyMember(stranger, "why")).code == "unknown_member"
    view = desk.core.execute(c.AllowMember(stranger, "cleared up"))
    assert [(each.state, each.reason) for each in view.denials] == [("allowing", "cleared up")]
    assert desk.last("MemberAllowed")["member_id"] == str(stranger)
    assert refusal(desk, c.AllowMember(stranger, "again")).code == "not_denied"
    assert refusal(desk, c.AllowMember(ANNA, "never was")).code == "not_denied"


def test_what_was_done_last_here_is_what_shows(desk: Counter) -> None:
    desk.core.execute(c.DenyMember(ANNA, "one"))
    desk.core.execute(c.AllowMember(ANNA, "two"))
    desk.core.execute(c.DenyMember(ANNA, "three"))
    assert [(each.state, each.reason) for each in listed(desk)] == [("denying", "three")]
    desk.restart()
    desk.core.execute(c.SignIn("2001", "1234"))
    assert [(each.state, each.reason) for each in listed(desk)] == [("denying", "three")]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "empty_reason"), (" \n", "empty_reason"), ("x" * 501, "note_too_long")],
)
def test_a_reason_is_needed_of_bounded_length(desk: Counter, reason: str, code: str) -> None:
    for command in (c.DenyMember(ANNA, reason), c.AllowMember(ANNA, reason)):
        assert refusal(desk, command).code == code
    assert "MemberDenied" not in desk.types()


def test_clerks_may_not(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    counter.core.execute(c.SignIn("1001", "1234"))
    assert refusal(counter, c.DenyMember(LI, "why")).code == "not_manager"
    assert refusal(counter, c.AllowMember(LI, "why")).code == "not_manager"
    counter.core.close()


def test_nobody_decides_about_themselves(desk: Counter) -> None:
    desk.members.crew[2] = replace(desk.members.crew[2], member_id=ANNA)
    desk.members.deny_list = [Denial(ANNA, True)]
    assert refusal(desk, c.DenyMember(ANNA, "me")).code == "own_membership"
    assert refusal(desk, c.AllowMember(ANNA, "me")).code == "own_membership"
