"""Appeals on the real store, with no network: a clerk's own visits, and a manager's answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.appeal import SHOWN_DAYS
from app.domain.events import RatingState
from app.domain.rating_link import SETTING
from app.domain.records import Appeal, AppealAnswer, Setting
from app.services import commands as c
from app.services.views import OwnVisit
from tests.fakes.counter import Counter
from tests.store.test_use_cases import refusal


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "counter")
    made.core.execute(c.SignIn("1001", "1234"))
    yield made
    made.core.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    made.core.execute(c.SignIn("2001", "1234"))
    yield made
    made.core.close()


def served(counter: Counter, score: int | None) -> UUID:
    counter.clock.ms += 60_000
    encounter_id: UUID = counter.core.execute(c.OpenEncounter("walk_in")).encounter_id
    counter.core.execute(c.FinishEncounter(encounter_id))
    if score is not None:
        counter.core.execute(c.RecordRating(encounter_id, score))
    return encounter_id


def visits(counter: Counter) -> list[OwnVisit]:
    return list(counter.core.queries.own_visits())


def test_a_clerk_sees_which_visits_were_rated_and_never_how(counter: Counter) -> None:
    seen = []
    for score in (1, 5):
        encounter_id = served(counter, score)
        newest = visits(counter)[0]
        assert newest.encounter_id == encounter_id
        seen.append({**asdict(newest), "encounter_id": None, "opened_ms": None})
    assert seen[0] == seen[1]
    served(counter, None)
    assert len(visits(counter)) == 2
    counter.core.execute(c.SignIn("1002", "1234"))
    assert visits(counter) == []
    counter.core.execute(c.SignOut())
    assert visits(counter) == []


def test_a_visit_of_last_week_is_not_shown(counter: Counter) -> None:
    served(counter, 1)
    counter.clock.ms += SHOWN_DAYS * 86_400_000
    assert visits(counter) == []


def test_an_appeal_is_journalled_once_and_its_words_stay_out_of_the_entry(
    counter: Counter,
) -> None:
    encounter_id = served(counter, 1)
    shown = counter.core.execute(c.AppealRating(encounter_id, "  误触  "))
    assert [visit.appeal for visit in shown] == ["waiting"]
    told = counter.last("RatingAppealed")
    assert told["encounter_id"] == str(encounter_id)
    assert set(told) == {"appeal_id", "encounter_id", "reason_hash"}
    entries = len(counter.entries())
    assert refusal(counter, c.AppealRating(encounter_id, "again")).code == "appeal_known"
    assert len(counter.entries()) == entries
    appeal_id = UUID(told["appeal_id"])
    for upheld, state in ((True, "upheld"), (False, "declined")):
        counter.members.appeal_answers = {appeal_id: AppealAnswer(appeal_id, upheld)}
        assert [visit.appeal for visit in visits(counter)] == [state]


def test_where_customers_have_links_a_visit_may_have_been_rated_by_one(counter: Counter) -> None:
    rated, asked, running = served(counter, 5), served(counter, None), served(counter, None)
    counter.core.execute(c.CloseInvitation(asked, RatingState.TIMED_OUT))
    assert [visit.encounter_id for visit in visits(counter)] == [rated]
    counter.members.settings[SETTING] = Setting(SETTING, 2, {"address": "https://g.example"})
    shown = {visit.encounter_id: visit.is_rated for visit in visits(counter)}
    assert shown == {rated: True, asked: False}, "who is being asked can still answer"
    counter.core.execute(c.AppealRating(asked, "误触"))
    assert counter.last("RatingAppealed")["encounter_id"] == str(asked)
    assert refusal(counter, c.AppealRating(running, "why")).code == "not_rated"


def test_what_cannot_be_appealed(counter: Counter) -> None:
    rated, unrated = served(counter, 4), served(counter, None)
    for encounter_id, reason, code in (
        (rated, "  ", "empty_reason"),
        (rated, "x" * 501, "note_too_long"),
        (UUID(int=7), "why", "not_own_visit"),
        (unrated, "why", "not_rated"),
    ):
        assert refusal(counter, c.AppealRating(encounter_id, reason)).code == code
    counter.core.execute(c.SignIn("1002", "1234"))
    assert refusal(counter, c.AppealRating(rated, "why")).code == "not_own_visit"


def appeal(number: int, staff_id: UUID) -> Appeal:
    return Appeal(
        UUID(int=number),
        UUID(int=2),
        UUID(int=3),
        "A1",
        staff_id,
        "李娜",
        "1001",
        5,
        number,
        "误触",
        1,
        ("attitude",),
        phones=((2, ("manner",)),),
    )


def test_a_manager_answers_once_with_a_reason(desk: Counter) -> None:
    own_id = next(one.staff_id for one in desk.members.crew if one.number == "2001")
    desk.members.open_appeals = [appeal(9, own_id), appeal(8, UUID(int=77))]
    first, own = desk.core.queries.desk().appeals
    assert (first.appeal.appeal_id, first.is_own, own.is_own) == (UUID(int=8), False, True)
    assert (first.appeal.score, own.appeal.score, own.appeal.reasons) == (1, None, ())
    assert (len(first.appeal.phones), own.appeal.phones) == (1, ())
    for command, code in (
        (c.DecideAppeal(UUID(int=8), True, ""), "empty_reason"),
        (c.DecideAppeal(UUID(int=9), True, "why"), "own_appeal"),
        (c.DecideAppeal(UUID(int=1), True, "why"), "unknown_appeal"),
    ):
        assert refusal(desk, command).code == code
    desk.core.execute(c.DecideAppeal(UUID(int=8), True, "Seen on the camera"))
    assert desk.last("AppealDecided")["is_upheld"] is True
    assert [each.decided for each in desk.core.queries.desk().appeals] == ["appeal_upheld", ""]
    again = c.DecideAppeal(UUID(int=8), False, "No")
    assert refusal(desk, again).code == "unknown_appeal"
    desk.members.open_appeals = [replace(appeal(8, UUID(int=77)), state="upheld")]
    assert desk.core.queries.desk().appeals == ()


def test_only_a_manager_answers(counter: Counter) -> None:
    counter.members.open_appeals = [appeal(8, UUID(int=77))]
    assert refusal(counter, c.DecideAppeal(UUID(int=8), True, "why")).code == "not_manager"
