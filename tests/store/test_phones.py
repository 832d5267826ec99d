"""Managers' phones at their desk, on the real store: who gets in, and what a touch is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.errors import Rejected
from app.domain.phone import IDLE_MS, LONGEST_MS
from app.domain.records import Case, Setting
from app.services import commands as c
from app.services.phones import MOST_WRONG, Phones
from tests.fakes.counter import Counter, staff
from tests.unit.test_case import NEW

OFFICE = UUID(int=500)
RATING = replace(NEW, origin="rating", office_id=OFFICE)
HEARD = replace(RATING, case_id=UUID(int=78), opened_ms=RATING.opened_ms + 1, counter_label="7")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    """Nobody sits at it."""
    made = Counter(tmp_path / "desk", kind="desk")
    made.members.open_cases = [RATING]
    made.members.crew += [
        staff("2002", "duty_manager", name="Li Na"),
        staff("2003", "duty_manager", office_id=UUID(int=501)),
        staff("2004", "administrator", office_id=UUID(int=501)),
        staff("2005", "duty_manager", active=False),
    ]
    yield made
    made.core.close()


def phones(desk: Counter) -> Phones:
    return desk.core.phones


def enter(desk: Counter, number: str = "2001", pin: str = "1234", address: str = "a") -> str:
    return phones(desk).sign_in(number, pin, address=address)


def refused(desk: Counter, number: str, pin: str = "1234", address: str = "a") -> Rejected:
    with pytest.raises(Rejected) as error:
        enter(desk, number, pin, address)
    return error.value


def cases(desk: Counter, token: str) -> list[Case]:
    return list(phones(desk).floor(token).cases)


def entries(desk: Counter) -> list[str]:
    return desk.types()


def test_a_touch_is_the_managers_entry_whoever_sits_at_the_desk(desk: Counter) -> None:
    desk.core.execute(c.SignIn("2002", "1234"))
    token = enter(desk)
    assert phones(desk).tap(token, uuid4(), RATING.case_id, "acknowledged").outcome == "done"
    told = phones(desk).tap(token, uuid4(), RATING.case_id, "arrived")
    assert told.case is not None
    assert (told.outcome, told.case.stage) == ("done", "arrived")
    touched = [document for document in desk.entries() if document["shift_id"] is None]
    kinds = [document["type"] for document in touched]
    assert kinds == ["SessionStarted", "CaseAcknowledged", "CaseAdvanced"]
    for document in touched:
        assert document["staff_id"] == str(UUID(int=9_000 + 2001))
    assert desk.last("SessionStarted")["method"] == "phone"
    (shown,) = desk.core.queries.desk().cases
    assert (shown.acknowledged_by, shown.stage) == ("Staff 2001", "arrived")
    session = desk.core.queries.session()
    assert session is not None
    assert session.staff_number == "2002"


def test_the_same_touch_again_is_the_same(desk: Counter) -> None:
    token, tap_id = enter(desk), uuid4()
    for _ in range(3):
        told = phones(desk).tap(token, tap_id, RATING.case_id, "acknowledged")
        assert told.outcome == "done"
    assert entries(desk).count("CaseAcknowledged") == 1
    assert phones(desk).tap(token, tap_id, RATING.case_id, "arrived").outcome == "other_touch"
    other = enter(desk, "2002")
    assert phones(desk).tap(other, uuid4(), RATING.case_id, "acknowledged").outcome == "case_taken"
    assert phones(desk).tap(other, uuid4(), uuid4(), "acknowledged").outcome == "unknown_case"


def test_a_touch_from_before_a_restart_is_known_again(desk: Counter) -> None:
    tap_id = uuid4()
    phones(desk).tap(enter(desk), tap_id, RATING.case_id, "acknowledged")
    phones(desk)._taps.clear()
    told = phones(desk).tap(enter(desk), tap_id, RATING.case_id, "acknowledged")
    assert told.outcome == "done"
    assert entries(desk).count("CaseAcknowledged") == 1


def test_many_touches_at_once_are_one_entry(desk: Counter) -> None:
    tokens = [enter(desk, number) for number in ("2001", "2002", "2004")]
    outcomes: list[str] = []

    def touch(token: str) -> None:
        told = phones(desk).tap(token, uuid4(), RATING.case_id, "acknowledged")
        outcomes.append(told.outcome)

    threads = [threading.Thread(target=touch, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["case_taken", "case_taken", "done"]
    assert entries(desk).count("CaseAcknowledged") == 1


def test_what_was_heard_of_alone_is_shown_and_taken_at_once(desk: Counter) -> None:
    """The desk knows of the touch, too, and falls silent."""
    woken: list[None] = []
    stop = phones(desk).when_changed(lambda: woken.append(None))
    phones(desk).hear(HEARD)
    assert woken
    token = enter(desk)
    assert [case.case_id for case in cases(desk, token)] == [HEARD.case_id, RATING.case_id]
    assert phones(desk).tap(token, uuid4(), HEARD.case_id, "acknowledged").outcome == "done"
    desk.core.execute(c.SignIn("2002", "1234"))
    states = {case.case_id: case.state for case in desk.core.queries.desk().cases}
    assert states == {HEARD.case_id: "acknowledged", RATING.case_id: "new"}
    desk.core.execute(c.AdvanceCase(HEARD.case_id, "offered"))
    assert desk.last("CaseAdvanced")["case_id"] == str(HEARD.case_id)
    stop()
    woken.clear()
    desk.members.open_cases = [RATING, replace(HEARD, comment="The server says more")]
    phones(desk).hear(RATING)
    assert cases(desk, token)[0].comment == "The server says more"
    assert not woken


def test_matters_closed_cases_and_other_offices_are_not_shown(desk: Counter) -> None:
    desk.members.open_cases = [
        replace(RATING, origin="matter"),
        replace(RATING, case_id=UUID(int=79), state="closed"),
        replace(RATING, case_id=UUID(int=80), office_id=UUID(int=501)),
    ]
    token = enter(desk)
    assert cases(desk, token) == []
    touch = phones(desk).tap(token, uuid4(), UUID(int=80), "acknowledged")
    assert touch.outcome == "unknown_case"
    assert phones(desk).tap(token, uuid4(), UUID(int=79), "arrived").outcome == "case_closed"


def test_only_managers_of_this_office_get_in(desk: Counter) -> None:
    assert refused(desk, "1001").code == "wrong_role"
    assert refused(desk, "2003").code == "wrong_role"
    assert enter(desk, "2004")
    assert refused(desk, "2005").code == "wrong_pin"
    assert "SessionStarted" in entries(desk)


@pytest.mark.parametrize("number", ["2001", "9999", ""])
def test_guesses_wait_whether_anybody_has_the_number(desk: Counter, number: str) -> None:
    left = [refused(desk, number, "0000", f"{n}").detail["tries_left"] for n in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert refused(desk, number, "1234", "x").detail == {"wait_s": 30}
    desk.core.execute(c.SignIn("2001", "1234"))  # at the desk itself nobody is kept waiting
    desk.clock.ms += 30_000
    assert refused(desk, number, "0000", "y").code == "wrong_pin"
    assert refused(desk, number, "0000", "y").detail == {"wait_s": 60}


def test_one_address_doesnt_guess_its_way_through_the_numbers(desk: Counter) -> None:
    for guess in range(MOST_WRONG):
        assert refused(desk, f"{3_000 + guess}").code == "wrong_pin"
    assert refused(desk, "2001").code == "throttled"
    assert enter(desk, "2001", address="another")
    desk.clock.ms += 60_000
    assert enter(desk, "2001")


@pytest.mark.parametrize(
    "ended", ["pin", "left", "moved", "demoted", "gone", "idle", "long", "back"]
)
def test_whatever_ends_a_session_ends_it_at_once(desk: Counter, ended: str) -> None:
    token = enter(desk)
    person = next(each for each in desk.members.crew if each.number == "2001")
    desk.members.crew.remove(person)
    changes = {
        "pin": {"pin_verifier": "4321"},
        "left": {"active": False},
        "moved": {"office_id": UUID(int=501)},
        "demoted": {"roles": ("clerk",)},
    }
    if ended != "gone":
        desk.members.crew.append(replace(person, **changes.get(ended, {})))  # type: ignore[arg-type]
    if ended == "long":
        for _ in range(LONGEST_MS // IDLE_MS * 2):
            phones(desk).floor(token, looked_at=True)
            desk.clock.ms += IDLE_MS // 2
    desk.clock.ms += {"idle": IDLE_MS, "back": -1}.get(ended, 0)
    for call in (
        lambda: phones(desk).floor(token),
        lambda: phones(desk).tap(token, uuid4(), RATING.case_id, "acknowledged"),
    ):
        with pytest.raises(Rejected, match="Sign in again"):
            call()
    assert "CaseAcknowledged" not in entries(desk)


def test_a_phone_that_is_looked_at_stays_signed_in(desk: Counter) -> None:
    token = enter(desk)
    for _ in range(4):
        desk.clock.ms += IDLE_MS - 1
        phones(desk).floor(token, looked_at=True)
    desk.clock.ms += IDLE_MS - 1
    phones(desk).floor(token)  # its stream alone keeps none
    desk.clock.ms += 1
    with pytest.raises(Rejected):
        phones(desk).floor(token)


def test_signing_out_is_journalled_and_done_once(desk: Counter) -> None:
    token = enter(desk)
    for _ in range(2):
        phones(desk).sign_out(token)
    phones(desk).sign_out("never given")
    assert entries(desk).count("SessionEnded") == 1
    with pytest.raises(Rejected):
        phones(desk).floor(token)


def test_names_are_as_the_setting_allows_now(desk: Counter) -> None:
    token = enter(desk)
    assert not phones(desk).floor(token).is_named
    desk.members.settings["rating"] = Setting("rating", 2, {"show_member_name": True})
    assert phones(desk).floor(token).is_named
