"""Managers' phones: who gets in and for how long, and what a touch makes of a case."""

from __future__ import annotations

import threading
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.phone import IDLE_MS, LONGEST_MS
from app.domain.records import Case
from app.domain.sign_in import FIRST_WAIT_S, FREE_TRIES
from sync.protocol.phones.messages import PhoneOfficeChoice, PhoneSignIn
from sync.protocol.phones.shown import shown_text
from sync.server import auth, pins
from sync.server.look_up_command import look_up_lines
from sync.server.phones.service import Phones
from sync.server.phones.sessions import KEPT_MS
from sync.server.problems import ProblemError
from sync.server.programme import add_office, put_setting
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import findings, rows, sound
from tests.server.conftest import KEYS, Programme, make_programme, new_id
from tests.server.phones import (
    HASHER,
    PIN,
    Phone,
    another_manager,
    change_staff,
    give_pin,
    low,
    signed_in,
)
from tests.server.seats import visit


@pytest.fixture
def phones(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> Phones:
    monkeypatch.setattr(pins, "HASHER", HASHER)
    give_pin(programme)
    return Phones(programme.server)


def refused(phones: Phones, number: str = "900", pin: str = PIN, address: str = "") -> str:
    with pytest.raises(ProblemError) as error:
        phones.sign_in(PhoneSignIn(number, pin), address=address)
    return error.value.problem.code


def is_over(phone: Phone) -> bool:
    try:
        phone.look(looked_at=False)
    except ProblemError as error:
        return error.problem.code == "unauthenticated"
    return False


def told(programme: Programme, case_id: UUID) -> Case:
    [row] = rows(programme, t.record, kind="case", id=str(case_id))
    return msgspec.json.decode(row.body, type=Case)


# --- who gets in


def test_a_duty_manager_sees_the_offices_low_ratings_and_nothing_else(
    phones: Phones, programme: Programme
) -> None:
    case_id = low(programme)
    with programme.work() as work:
        other = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
    another_manager(programme, "902", office_id=other)
    view = signed_in(phones).view
    assert [case.case_id for case in view.cases] == [case_id]
    assert (view.staff_name, view.office.code, len(view.offices)) == ("Wang Min", "PEK", 1)
    elsewhere = signed_in(phones, "902")
    assert elsewhere.view.cases == ()
    assert elsewhere.tap(case_id).outcome == "unknown_case"
    assert elsewhere.tap(new_id()).outcome == "unknown_case"
    with pytest.raises(ProblemError, match="another office"):
        phones.choose_office(elsewhere.token, PhoneOfficeChoice(programme.office_id))
    assert told(programme, case_id).state == "new"
    sound(programme)


def test_an_administrator_chooses_the_office(phones: Phones, programme: Programme) -> None:
    case_id = low(programme)
    with programme.work() as work:
        other = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
    another_manager(programme, "1", office_id=other, roles=("administrator",))
    phone = signed_in(phones, "1")
    assert [office.code for office in phone.view.offices] == ["PEK", "SHA"]
    assert phone.view.cases == ()
    view = phones.choose_office(phone.token, PhoneOfficeChoice(programme.office_id))
    assert [case.case_id for case in view.cases] == [case_id]
    assert phone.tap(case_id).outcome == "done"
    with pytest.raises(ProblemError):
        phones.choose_office(phone.token, PhoneOfficeChoice(new_id()))


def test_clerks_and_strangers_stay_out_in_the_same_words(
    phones: Phones, programme: Programme
) -> None:
    give_pin(programme, programme.clerk_id, "1357")
    assert refused(phones, "101", "1357") == "forbidden"
    change_staff(programme, programme.manager_id, active=False)
    said = set()
    for number, pin in (("900", PIN), ("900", "0000"), ("777", "0000"), ("\0\x1b", "\0"), ("", "")):
        with pytest.raises(ProblemError) as error:
            phones.sign_in(PhoneSignIn(number, pin))
        problem = error.value.problem
        said.add((problem.code, problem.message))
    assert said == {("unauthenticated", "Number or PIN is wrong")}
    assert rows(programme, t.phone_session) == []


def test_a_number_that_nobody_has_takes_as_long_as_another() -> None:
    pins.nobodys_verifier.cache_clear()  # other tests have it made quickly
    verifiers = pins.nobodys_verifier(), pins.make_verifier("4711")
    assert len({verifier.rsplit("$", 2)[0] for verifier in verifiers}) == 1
    assert not pins.fits(verifiers[0], "4711")


def test_another_programmes_cases_and_numbers_are_out_of_reach(
    phones: Phones, programme: Programme
) -> None:
    case_id = low(programme)
    other = make_programme(programme.server, programme.clock, code="PEK")
    another_manager(other, "950")
    stranger = signed_in(phones, "950")
    assert stranger.view.cases == ()
    assert stranger.tap(case_id).outcome == "unknown_case"
    assert refused(phones, "900") == "unauthenticated", "two programmes know the number"


def test_wrong_pins_make_everybody_wait_as_a_seat_does(
    phones: Phones, programme: Programme
) -> None:
    for left in range(FREE_TRIES, -1, -1):
        with pytest.raises(ProblemError) as error:
            phones.sign_in(PhoneSignIn("900", "0000"))
        assert error.value.problem.detail == {"tries_left": left}
    with pytest.raises(ProblemError) as error:
        phones.sign_in(PhoneSignIn("900", PIN))
    assert (error.value.status, error.value.problem.detail) == (429, {"wait_s": FIRST_WAIT_S})
    # another process of the same server knows of it, too
    assert refused(Phones(programme.server)) == "busy"
    programme.clock.ms += FIRST_WAIT_S * 1000
    assert refused(phones, "900", "0000") == "unauthenticated"
    assert refused(phones) == "busy"
    programme.clock.ms += 2 * FIRST_WAIT_S * 1000
    assert signed_in(phones).view.staff_name == "Wang Min"
    assert rows(programme, t.phone_try) == [], "the right PIN clears them"


def test_many_guesses_at_once_are_as_many_as_one_by_one(
    phones: Phones, programme: Programme
) -> None:
    codes: list[str] = []

    def guess() -> None:
        try:
            phones.sign_in(PhoneSignIn("900", "0000"))
        except ProblemError as error:
            codes.append(error.problem.code)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["busy"] * (11 - FREE_TRIES) + ["unauthenticated"] * (FREE_TRIES + 1)


def test_one_address_guesses_no_faster_by_trying_many_numbers(
    phones: Phones, programme: Programme
) -> None:
    codes = [refused(phones, str(number), "0000", "198.51.100.7") for number in range(12)]
    assert codes == ["unauthenticated"] * 10 + ["busy"] * 2
    assert refused(phones, "13", "0000", "198.51.100.8") == "unauthenticated"
    programme.clock.ms += 60_000
    assert refused(phones, "14", "0000", "198.51.100.7") == "unauthenticated"


# --- for how long


def test_a_session_ends_unused_or_after_a_shift(phones: Phones, programme: Programme) -> None:
    phone = signed_in(phones)
    programme.clock.ms += IDLE_MS - 1
    assert not is_over(phone), "shown, and looked at by nobody"
    programme.clock.ms += 1
    assert is_over(phone)
    phone = signed_in(phones)
    for _ in range(LONGEST_MS // (IDLE_MS // 3) - 1):
        programme.clock.ms += IDLE_MS // 3
        phone.look()
    programme.clock.ms += IDLE_MS // 3
    assert is_over(phone)


def test_a_touch_keeps_a_session(phones: Phones, programme: Programme) -> None:
    phone = signed_in(phones)
    for _ in range(3):
        programme.clock.ms += IDLE_MS - 1
        phone.tap(low(programme))
    assert not is_over(phone)


@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"roles": ("clerk",)},
        {"office_id": UUID(int=1)},
        {"pin_verifier": HASHER.hash("9999")},
    ],
    ids=["deactivated", "role", "office", "pin"],
)
def test_a_session_ends_with_what_it_rests_on(
    phones: Phones, programme: Programme, change: dict[str, object]
) -> None:
    case_id = low(programme)
    phone = signed_in(phones)
    change_staff(programme, programme.manager_id, **change)
    assert is_over(phone)
    with pytest.raises(ProblemError):
        phone.tap(case_id)
    assert told(programme, case_id).state == "new"


def test_signing_out_ends_this_session_alone(phones: Phones, programme: Programme) -> None:
    one, other = signed_in(phones), signed_in(phones)
    phones.sign_out(one.token)
    phones.sign_out(one.token)
    phones.sign_out("nobody's")
    assert is_over(one)
    assert not is_over(other)


def test_no_other_token_is_taken_for_a_phones(phones: Phones, programme: Programme) -> None:
    phone = signed_in(phones)
    desk = programme.seat(counter=2, kind="desk")
    forged = auth.phone_token(b"x" * 32, programme.programme_id, new_id())
    stranger = auth.phone_token(KEYS.token_key, programme.programme_id, new_id())
    for token in ("", "é", "A" * 5_000, desk.token(), forged, stranger, phone.token[:-4] + "AAAA"):
        with pytest.raises(ProblemError) as error:
            phones.view(token)
        assert error.value.problem.code == "unauthenticated"
    with pytest.raises(ProblemError):
        auth.read_token(KEYS.token_key, f"Bearer {phone.token}", now_ms=programme.clock())


def test_what_isnt_needed_any_more_goes(phones: Phones, programme: Programme) -> None:
    signed_in(phones)
    refused(phones, "777", "0000")
    programme.clock.ms += KEPT_MS - 1
    list(programme.upkeep.tidying())
    assert (len(rows(programme, t.phone_session)), rows(programme, t.phone_try)) == (1, [])
    programme.clock.ms += 1
    list(programme.upkeep.tidying())
    assert rows(programme, t.phone_session) == []


# --- a touch


def test_a_touch_is_a_step_of_the_case_for_desks_too(phones: Phones, programme: Programme) -> None:
    case_id, phone = low(programme), signed_in(phones)
    begun_ms = programme.clock.ms
    programme.clock.ms += 20_000
    answer = phone.tap(case_id)
    assert answer.outcome == "done"
    assert answer.case is not None
    assert (answer.case.taken_by, answer.case.taken_ms) == ("Wang Min", begun_ms + 20_000)
    programme.clock.ms += 60_000
    assert phone.tap(case_id, "arrived").outcome == "done"
    case = told(programme, case_id)
    assert (case.state, case.stage, case.acknowledged_by) == ("acknowledged", "arrived", "Wang Min")
    assert [(step.kind, step.staff_name, step.at_ms - begun_ms) for step in case.steps] == [
        ("acknowledged", "Wang Min", 20_000),
        ("arrived", "Wang Min", 80_000),
    ]
    desk = programme.seat(counter=2, kind="desk")
    desk.push(e.CaseAdvanced(case_id, "offered"), e.CaseClosed(case_id, "resolved"))
    kinds = [step.kind for step in told(programme, case_id).steps]
    assert kinds == ["acknowledged", "arrived", "offered", "closed"]
    assert phone.tap(case_id, "arrived").outcome == "case_closed"
    assert phone.look().cases == ()
    list(programme.upkeep.publishing_office_days())
    sound(programme)


def test_the_first_has_it_phone_or_desk(phones: Phones, programme: Programme) -> None:
    another_manager(programme)
    one, other = signed_in(phones), signed_in(phones, "901")
    desk = programme.seat(counter=2, kind="desk")
    by_phone, by_desk = low(programme), low(programme)
    assert one.tap(by_phone).outcome == "done"
    late = other.tap(by_phone)
    assert (late.outcome, late.case and late.case.taken_by) == ("case_taken", "Wang Min")
    [refusal] = desk.push(e.CaseAcknowledged(by_phone)).decisions
    assert refusal.code == "case_taken"
    assert desk.push(e.CaseAdvanced(by_desk, "arrived")).decisions == []
    assert one.tap(by_desk).outcome == "case_taken"
    assert one.tap(by_desk, "arrived").outcome == "done"
    steps = told(programme, by_desk).steps
    assert [step.kind for step in steps] == ["arrived", "arrived"]
    sound(programme)


def test_two_managers_at_once_and_one_has_it(phones: Phones, programme: Programme) -> None:
    another_manager(programme)
    pair = [signed_in(phones), signed_in(phones, "901")]
    cases = [low(programme) for _ in range(4)]
    outcomes: list[tuple[UUID, str, str]] = []
    start = threading.Barrier(2)

    def touch(phone: Phone) -> None:
        for case_id in cases:
            start.wait()
            answer = phone.tap(case_id)
            assert answer.case is not None
            outcomes.append((case_id, answer.outcome, answer.case.taken_by))

    threads = [threading.Thread(target=touch, args=(phone,)) for phone in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for case_id in cases:
        mine = [(outcome, by) for case, outcome, by in outcomes if case == case_id]
        assert sorted(outcome for outcome, _ in mine) == ["case_taken", "done"]
        assert len({by for _, by in mine}) == 1, "both are told of the same person"
        assert len(told(programme, case_id).steps) == 1
    sound(programme)


def test_the_same_touch_again_is_the_same(phones: Phones, programme: Programme) -> None:
    case_id, other, phone, tap_id = low(programme), low(programme), signed_in(phones), new_id()
    first = phone.tap(case_id, tap_id=tap_id)
    programme.clock.ms += 5_000
    again = phone.tap(case_id, tap_id=tap_id)
    assert (first.outcome, again.outcome) == ("done", "done")
    assert first.case == again.case
    with pytest.raises(ProblemError, match="Another touch"):
        phone.tap(case_id, "arrived", tap_id=tap_id)
    with pytest.raises(ProblemError, match="Another touch"):
        phone.tap(other, tap_id=tap_id)
    another_manager(programme)
    with pytest.raises(ProblemError, match="Another touch"):
        signed_in(phones, "901").tap(case_id, tap_id=tap_id)
    assert len(told(programme, case_id).steps) == 1


def test_a_case_that_was_opened_again_begins_anew(phones: Phones, programme: Programme) -> None:
    case_id, phone = low(programme), signed_in(phones)
    phone.tap(case_id)
    phone.tap(case_id, "arrived")
    desk = programme.seat(counter=2, kind="desk")
    desk.push(e.CaseClosed(case_id, "unable"), e.CaseReopened(case_id))
    (case,) = phone.look().cases
    assert (case.taken_by, case.stage, case.there_by) == ("Wang Min", "", "")
    assert phone.tap(case_id, "arrived").outcome == "done"


def test_the_audit_finds_a_touch_without_its_step(phones: Phones, programme: Programme) -> None:
    phone = signed_in(phones)
    phone.tap(low(programme))
    sound(programme)
    with programme.server.engine.begin() as connection:
        connection.execute(sa.delete(t.case_step))
    assert [line.split()[0] for line in findings(programme)] == ["phone_tap"]


# --- what is shown


def worded(programme: Programme, words: bytes, *reasons: str, member_id: UUID | None = None) -> str:
    """What a low rating with these words came to at the server, '' for accepted."""
    seat = programme.seat()
    encounter_id, rating_id = visit(seat, score=1, member_id=member_id)
    detail = e.RatingDetailed(rating_id, encounter_id, reasons, 1, seat.blob(words), e.CallWish.NOW)
    return ",".join(decision.code for decision in seat.push(detail).decisions)


def test_a_comment_is_shown_as_text_that_steers_nothing(
    phones: Phones, programme: Programme
) -> None:
    hostile = "a\x00\x1b[2J\u202eevil\u2066\u200f<script>alert(1)</script>\n\n  مرحبا"
    assert worded(programme, hostile.encode(), "attitude") == ""
    (case,) = signed_in(phones).view.cases
    assert case.comment == "a[2Jevil<script>alert(1)</script> مرحبا"
    assert (case.call, case.reasons) == ("now", ("attitude",))


def test_a_comment_of_any_length_is_cut(phones: Phones, programme: Programme) -> None:
    assert worded(programme, b"x" * 100_000) == "blob_missing", "the wire takes none so long"
    assert worded(programme, "长".encode() * 2_700) == ""
    by_length = sorted(len(case.comment) for case in signed_in(phones).view.cases)
    assert by_length == [0, 500]
    assert shown_text("长" * 100_000, 500) == "长" * 499 + "…"


def test_a_name_is_shown_where_the_setting_says_so_and_the_look_written_down(
    phones: Phones, programme: Programme
) -> None:
    member_id = programme.member(name="王秀英")
    phone = signed_in(phones)
    low(programme, member_id=member_id)
    (case,) = phone.look().cases
    assert case.member_name == ""
    assert rows(programme, t.look_up) == []
    with programme.work() as work:
        put_setting(work, "rating", {"show_member_name": True})
    low(programme, member_id=member_id)
    for _ in range(2):
        assert "王秀英" in {case.member_name for case in phone.look().cases}
    [look] = rows(programme, t.look_up)
    assert (look.staff_id, look.member_ids, look.keys) == (
        programme.manager_id,
        str(member_id),
        "case",
    )
    with reading(programme.server.engine) as connection:
        [line] = look_up_lines(connection, since_ms=0)
    assert line.split("\t")[1:4] == ["PEK/phone", "900", "case"]
    with programme.work() as work:
        put_setting(work, "rating", {"show_member_name": False})
    assert {case.member_name for case in phone.look().cases} == {""}, "also of cases from before"
