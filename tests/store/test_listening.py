"""Listening on the real store, with no network: the list, what was heard, and what is done then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.listening import Quota
from app.domain.listening_records import CorrectiveAction, Listening, Said
from app.domain.member import Member
from app.domain.records import Setting
from app.services import commands as c
from app.services.listening_views import ActionView, ListeningView, ShownContact
from tests.fakes.counter import Counter
from tests.store.test_use_cases import refusal

WEEK = "2026-11-16"  # of the clock's first day, 18 November
DAY_MS = 86_400_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    made.core.execute(c.SignIn("2001", "1234"))
    yield made
    made.core.close()


def page(desk: Counter) -> ListeningView:
    return desk.core.queries.desk().listening


def own_id(desk: Counter) -> UUID:
    return next(one.staff_id for one in desk.members.crew if one.number == "2001")


def office_id(desk: Counter) -> UUID:
    seat = desk.core.queries.seat()
    assert seat is not None
    return seat.office_id


def listed(desk: Counter, n: int, *, staff_id: UUID | None = None, week: str = WEEK) -> Listening:
    member = Member(
        member_id=UUID(int=500 + n), rank=n, card_no=f"CA{n:08}", name="张伟明", phone="13812345678"
    )
    if desk.members.by_id(member.member_id) is None:
        desk.members.people.append(member)
    made = Listening(
        UUID(int=n), office_id(desk), staff_id or own_id(desk), week, n, member.member_id, "silent"
    )
    desk.members.listed.append(made)
    return made


def log(n: int, **changes: object) -> c.LogConversation:
    told: dict[str, object] = {
        "outcome": "reached", "topic": "waiting", "heard": "Too long", "is_shared": False,
    }  # fmt: skip
    return c.LogConversation(UUID(int=n), **{**told, **changes})  # type: ignore[arg-type]


def test_the_newest_list_is_shown_with_names_masked(desk: Counter) -> None:
    assert page(desk).own == ()
    listed(desk, 1, week="2026-11-09")
    assert not page(desk).is_current, "without the server the last list stays"
    assert [each.listening.place for each in page(desk).own] == [1]
    listed(desk, 3)
    listed(desk, 2)
    view = page(desk)
    assert (view.week, view.is_current) == (WEEK, True)
    assert [each.listening.place for each in view.own] == [2, 3]
    first = view.own[0]
    assert (first.name, first.card, first.phone) == ("张*明", "****0002", "138****5678")
    desk.members.people.clear()
    assert page(desk).own[0].name == "", "whom this PC doesn't hold"


def test_a_number_is_shown_once_it_is_written_down(desk: Counter) -> None:
    listed(desk, 1)
    shown = desk.core.execute(c.ShowContact(UUID(int=1)))
    assert shown == ShownContact(UUID(int=1), "张伟明", "13812345678")
    assert desk.last("ContactShown") == {"listening_id": str(UUID(int=1))}
    entries = len(desk.entries())
    desk.members.people.clear()
    assert refusal(desk, c.ShowContact(UUID(int=1))).code == "unknown_member"
    assert len(desk.entries()) == entries


def test_a_conversation_is_journalled_field_by_field_and_its_words_stay_out(desk: Counter) -> None:
    listed(desk, 1)
    desk.members.settings["listening"] = Setting("listening", 7, {"topics": ["waiting"]})
    before = len(desk.entries())
    desk.core.execute(log(1, heard="  等太久  "))
    told = [entry["payload"] for entry in desk.entries()[before:]]
    assert {(each["field"], each["value"], each["list_version"]) for each in told} == {
        ("outcome", "reached", 0), ("topic", "waiting", 7), ("shared", "no", 0), ("heard", "", 0),
    }  # fmt: skip
    assert "等太久" not in str(told)
    assert page(desk).quotas[0] == Quota(own_id(desk), 1, 1, 1)
    entries = len(desk.entries())
    desk.core.execute(log(1, heard="等太久"))
    assert len(desk.entries()) == entries, "what stands so needs no saying"
    desk.core.execute(log(1, heard="等太久", is_shared=True))
    again = desk.last("ListeningFieldSet")
    assert (again["field"], again["value"], len(again["saw"])) == ("shared", "yes", 1)
    assert [each.text for each in page(desk).shared] == ["等太久"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"heard": "  "}, "empty_heard"),
        ({"heard": "x" * 2001}, "note_too_long"),
        ({"outcome": "perhaps"}, "bad_field"),
        ({"topic": "two words"}, "bad_field"),
    ],
)
def test_what_no_log_says(desk: Counter, changes: dict[str, object], code: str) -> None:
    listed(desk, 1)
    entries = len(desk.entries())
    assert refusal(desk, log(1, **changes)).code == code
    assert len(desk.entries()) == entries


def test_who_wasnt_reached_needs_no_words_and_may_be_reached_later(desk: Counter) -> None:
    listed(desk, 1)
    desk.core.execute(log(1, outcome="not_reached", topic="", heard=""))
    assert page(desk).quotas[0] == Quota(own_id(desk), 1, 1, 0)
    desk.clock.ms += 1
    desk.core.execute(log(1))
    assert page(desk).quotas[0] == Quota(own_id(desk), 1, 1, 1)


def test_others_see_how_many_and_about_what_and_words_only_when_shared(desk: Counter) -> None:
    other_id = next(one.staff_id for one in desk.members.crew if one.number != "2001")
    desk.members.crew = [
        replace(one, roles=("clerk", "duty_manager")) if one.staff_id == other_id else one
        for one in desk.members.crew
    ]

    def said(which: int, field: str, value: str, text: str = "") -> Said:
        return Said(UUID(int=which), field, value, which, other_id, (), text)

    theirs = replace(
        listed(desk, 1, staff_id=other_id),
        said=(
            said(71, "outcome", "reached"),
            said(72, "topic", "waiting"),
            said(73, "heard", "", "Secret"),
        ),
    )
    desk.members.listed = [theirs]
    view = page(desk)
    assert Quota(other_id, 1, 1, 1) in view.quotas
    assert view.quotas[0].staff_id == own_id(desk), "oneself first"
    assert view.heard == (("waiting", 1),)
    assert (view.own, view.shared) == ((), ())
    assert "Secret" not in str(view)
    desk.members.listed = [replace(theirs, said=(*theirs.said, said(74, "shared", "yes")))]
    assert [each.text for each in page(desk).shared] == ["Secret"]
    for command in (log(1), c.ShowContact(UUID(int=1))):
        assert refusal(desk, command).code == "not_own_listening"
    assert refusal(desk, log(9)).code == "unknown_listening"


def opening(desk: Counter, **changes: object) -> c.OpenAction:
    told: dict[str, object] = {
        "what": "More chairs", "owner_id": own_id(desk), "check_on": "2026-11-25",
    }  # fmt: skip
    return c.OpenAction(UUID(int=1), **{**told, **changes})  # type: ignore[arg-type]


def the_action(desk: Counter) -> ActionView:
    [view] = page(desk).actions
    return view


def test_an_action_from_opened_to_what_it_did(desk: Counter) -> None:
    listed(desk, 1)
    desk.core.execute(log(1))
    desk.core.execute(opening(desk))
    view = the_action(desk)
    assert (view.action.what, view.topic, view.standing.state) == ("More chairs", "waiting", "open")
    assert view.owner_name == next(o.name for o in desk.members.crew if o.number == "2001")
    assert view.rings_ms is not None
    assert view.due_ms == view.rings_ms + DAY_MS
    action_id = view.action.action_id
    assert "chairs" not in str(desk.entries()[-3:])
    desk.clock.ms += DAY_MS
    for command, code in (
        (c.CheckAction(action_id, "not_done", "", "2026-12-01"), "empty_reason"),
        (c.CheckAction(action_id, "not_done", "No money", "2026-11-01"), "check_day_past"),
        (c.CheckAction(action_id, "not_done", "No money", "soon"), "check_day_past"),
        (c.CheckAction(action_id, "perhaps", ""), "bad_field"),
        (c.CheckAction(UUID(int=9), "effective", ""), "unknown_action"),
        (c.CheckAction(action_id, "effective", "x" * 2001), "note_too_long"),
    ):
        assert refusal(desk, command).code == code
    desk.core.execute(c.CheckAction(action_id, "not_done", "No money", "2026-12-01"))
    view = the_action(desk)
    assert (view.standing.check_on, view.standing.postponed) == ("2026-12-01", 1)
    assert "No money" in {said.text for said in view.action.said}
    desk.clock.ms += DAY_MS
    desk.core.execute(c.CheckAction(action_id, "effective", ""))
    assert the_action(desk).standing.state == "effective"
    assert len(the_action(desk).action.said) == 5


def test_what_cannot_be_asked_for(desk: Counter) -> None:
    listed(desk, 1)
    for changes, code in (
        ({"what": " "}, "empty_what"),
        ({"what": "x" * 2001}, "note_too_long"),
        ({"owner_id": UUID(int=7)}, "unknown_owner"),
        ({"check_on": "2026-11-17"}, "check_day_past"),
        ({"check_on": "tomorrow"}, "check_day_past"),
    ):
        assert refusal(desk, opening(desk, **changes)).code == code


def test_the_servers_action_and_this_desks_own_are_one(desk: Counter) -> None:
    listed(desk, 1)
    desk.core.execute(opening(desk))
    own = the_action(desk).action
    known: CorrectiveAction = replace(own, said=own.said[:1])
    desk.members.actions = [known]
    assert the_action(desk).action == own, "what the server hasn't told yet stands beside it"
    desk.members.actions = [own]
    assert the_action(desk).action == own


def test_only_a_manager_does_any_of_it(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    counter.core.execute(c.SignIn("1001", "1234"))
    for command in (
        log(1),
        c.ShowContact(UUID(int=1)),
        c.CheckAction(UUID(int=1), "effective", ""),
    ):
        assert refusal(counter, command).code == "not_manager"
    counter.core.close()
