"""The counter's use cases on the real store: what is journalled, what is shown, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.errors import Rejected
from app.domain.events import CallWish, CustomerYes, Proof, RatingState
from app.domain.records import Office
from app.ports.online import OnlineVerdict
from app.services import commands as c
from app.services.views import EarnProposal, Promise, RedemptionResult
from tests.fakes.counter import BADGE, Counter, member

ANNA, LI = UUID(int=1), UUID(int=2)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    yield made
    made.core.close()


def sign_in(counter: Counter, number: str = "1001") -> None:
    counter.core.execute(c.SignIn(number, "1234"))


def serve(counter: Counter, who: UUID = ANNA) -> UUID:
    view = counter.core.execute(c.IdentifyMember(who, Proof.CARD))
    encounter_id: UUID = view.encounter_id
    return encounter_id


def flight(points: int = 1_240, coupon: str = "c1-a") -> EarnProposal:
    return EarnProposal("flight", points, "CA1501 2026-11-18 PEK-SHA", (), coupon, 1)


def refusal(counter: Counter, command: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        counter.core.execute(command)
    return caught.value


def redeem(counter: Counter, encounter_id: UUID, number: int = 1) -> RedemptionResult:
    ask = counter.core.execute(c.RequestRedemption(encounter_id, number, Proof.CARD))
    result: RedemptionResult = counter.core.execute(
        c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL)
    )
    return result


# --- sessions and shifts -----------------------------------------------------------------------


def test_the_first_sign_in_opens_the_shift_and_a_switch_keeps_it(counter: Counter) -> None:
    first = counter.core.execute(c.SignIn("1001", "1234"))
    encounter_id = serve(counter)
    second = counter.core.execute(c.SignIn("1002", "1234"))
    assert second.shift_id == first.shift_id
    assert counter.types() == [
        "ShiftOpened",
        "SessionStarted",
        "EncounterOpened",
        "MemberIdentified",
        "SessionEnded",
        "SessionStarted",
    ]
    shown = counter.core.queries.encounter()
    assert shown is not None
    assert shown.encounter_id == encounter_id
    assert counter.entries()[-1]["staff_id"] == str(second.staff_id)


def test_a_badge_signs_in_and_a_strange_one_doesnt(counter: Counter) -> None:
    assert counter.core.execute(c.SignInByBadge(BADGE)).staff_number == "1001"
    assert refusal(counter, c.SignInByBadge("GB-1001-xxxx")).code == "unknown_badge"


@pytest.mark.parametrize("number", ["1001", "no such number"])
def test_wrong_pins_are_throttled_whether_or_not_the_number_exists(
    counter: Counter, number: str
) -> None:
    codes = [refusal(counter, c.SignIn(number, "9999")).code for _ in range(6)]
    assert codes == ["wrong_pin"] * 5 + ["throttled"]
    counter.clock.ms += 31_000
    assert refusal(counter, c.SignIn(number, "9999")).code == "wrong_pin"
    assert refusal(counter, c.SignIn(number, "1234")).detail == {"wait_s": 60}


def test_the_right_pin_is_no_way_around_the_wait(counter: Counter) -> None:
    for _ in range(5):
        refusal(counter, c.SignIn("1001", "9999"))
    counter.restart()
    assert refusal(counter, c.SignIn("1001", "1234")).code == "throttled"


def test_a_clerk_has_no_place_at_the_desk(tmp_path: Path) -> None:
    desk = Counter(tmp_path / "desk", kind="desk")
    assert refusal(desk, c.SignIn("1001", "1234")).code == "wrong_role"
    assert desk.core.execute(c.SignIn("2001", "1234")).staff_number == "2001"
    desk.core.close()


def test_closing_a_shift_needs_the_pin_and_says_what_is_unsent(counter: Counter) -> None:
    sign_in(counter)
    encounter_id = serve(counter)
    counter.core.execute(c.RecordAccrual(encounter_id, flight()))
    assert refusal(counter, c.CloseShift("1234")).code == "encounter_open"
    counter.core.execute(c.FinishEncounter(encounter_id))
    assert refusal(counter, c.CloseShift("0000")).code == "wrong_pin"
    summary = counter.core.execute(c.CloseShift("1234"))
    assert (summary.encounters, summary.accruals, summary.redemptions) == (1, 1, 0)
    assert summary.unsent == len(counter.entries()) - 2  # but for closing itself
    assert counter.core.queries.session() is None
    assert counter.core.execute(c.SignIn("1001", "1234")).shift_id != summary.shift_id


# --- encounters --------------------------------------------------------------------------------


def test_nobody_serves_themselves(counter: Counter) -> None:
    sign_in(counter, "1002")
    assert refusal(counter, c.IdentifyMember(LI, Proof.CARD)).code == "own_membership"
    assert "EncounterOpened" not in counter.types()


def test_one_encounter_is_one_members(counter: Counter) -> None:
    sign_in(counter)
    encounter_id = serve(counter)
    assert serve(counter) == encounter_id
    assert refusal(counter, c.IdentifyMember(LI, Proof.CARD)).code == "other_member"
    assert counter.types().count("MemberIdentified") == 1


def test_a_closed_membership_and_a_strange_member_are_refused(counter: Counter) -> None:
    counter.members.people.append(member(3, status="closed"))
    sign_in(counter)
    assert refusal(counter, c.IdentifyMember(UUID(int=3), Proof.CARD)).code == "member_closed"
    assert refusal(counter, c.IdentifyMember(UUID(int=4), Proof.CARD)).code == "unknown_member"


def test_nothing_is_done_for_nobody(counter: Counter) -> None:
    assert refusal(counter, c.OpenEncounter()).code == "not_signed_in"
    assert refusal(counter, c.IdentifyMember(ANNA, Proof.CARD)).code == "not_signed_in"
    assert counter.entries() == []


def test_an_open_encounter_survives_a_power_cut(counter: Counter) -> None:
    sign_in(counter)
    encounter_id = serve(counter)
    counter.core.execute(c.RecordAccrual(encounter_id, flight()))
    counter.restart()
    assert counter.core.queries.session() is None
    sign_in(counter)
    shown = counter.core.queries.encounter()
    assert shown is not None
    assert shown.resumed
    assert shown.encounter_id == encounter_id
    assert [line.points for line in shown.lines] == [1_240]


# --- earning -----------------------------------------------------------------------------------


def test_earned_points_are_pending_and_one_coupon_earns_once(counter: Counter) -> None:
    sign_in(counter)
    encounter_id = serve(counter)
    view = counter.core.execute(c.RecordAccrual(encounter_id, flight()))
    assert view.member.pending_points == 1_240
    assert view.member.spendable_points == 10_000
    assert refusal(counter, c.RecordAccrual(encounter_id, flight())).code == "already_earned"
    nothing = replace(flight(coupon="c1-b"), points=0, refused="accrual_class_earns_nothing")
    assert refusal(counter, c.RecordAccrual(encounter_id, nothing)).code == "nothing_to_earn"


def test_an_undone_accrual_frees_its_coupon(counter: Counter) -> None:
    sign_in(counter)
    encounter_id = serve(counter)
    counter.core.execute(c.RecordAccrual(encounter_id, flight()))
    view = counter.core.execute(c.UndoLast(encounter_id))
    assert view.member.pending_points == 0
    assert [line.state for line in view.lines] == ["undone"]
    assert refusal(counter, c.UndoLast(encounter_id)).code == "nothing_to_undo"
    counter.core.execute(c.RecordAccrual(encounter_id, flight()))


# --- spending ----------------------------------------------------------------------------------


def test_online_the_intent_is_durable_before_the_server_is_asked(counter: Counter) -> None:
    counter.go_online()
    sign_in(counter)
    encounter_id = serve(counter)
    seen: list[str] = []
    counter.online.during = lambda: seen.extend(counter.types())
    result = redeem(counter, encounter_id)
    assert result.promise is Promise.GUARANTEED
    assert seen[-1] == "RedemptionRequested"
    assert counter.types()[-1] == "RedemptionRequested"
    assert counter.online.asked[0]["payload"]["points"] == 500
    shown = counter.core.queries.encounter()
    assert shown is not None
    assert shown.member is not None
    assert shown.member.spendable_points == 9_500
    assert [line.state for line in shown.lines] == ["guaranteed"]


@pytest.mark.parametrize("outcome", ["unknown", "unreachable"])
def test_a_lost_answer_goes_on_under_the_same_id(counter: Counter, outcome: Any) -> None:
    counter.go_online()
    counter.online.verdict = OnlineVerdict(outcome)
    counter.grant(1_000)
    sign_in(counter)
    result = redeem(counter, serve(counter))
    assert result.promise is Promise.GUARANTEED_HERE
    requested, granted = counter.last("RedemptionRequested"), counter.last("RedemptionGranted")
    assert requested["redemption_id"] == granted["redemption_id"] == str(result.redemption_id)
    assert granted["cover"] == "lease"


def test_offline_the_server_isnt_waited_for(counter: Counter) -> None:
    counter.go_online(False)
    counter.grant(1_000)
    sign_in(counter)
    encounter_id = serve(counter)
    assert redeem(counter, encounter_id).promise is Promise.GUARANTEED_HERE
    assert redeem(counter, encounter_id).promise is Promise.GUARANTEED_HERE
    assert redeem(counter, encounter_id).promise is Promise.OFFICE_RISK
    assert counter.online.asked == []
    shown = counter.core.queries.encounter()
    assert shown is not None
    assert shown.member is not None
    assert shown.member.spendable_points == 8_500
    assert counter.core.queries.readiness().risk_left_points == 4_500


def test_the_ladder_ends_in_a_refusal_that_says_why(counter: Counter) -> None:
    counter.go_online(False)
    counter.grant(1_000)
    sign_in(counter)
    encounter_id = serve(counter)
    beyond = refusal(counter, c.RequestRedemption(encounter_id, 2, Proof.CARD))
    assert (beyond.code, beyond.detail) == ("not_possible", {"reason": "over_single_limit"})
    poor = refusal(counter, c.RequestRedemption(encounter_id, 3, Proof.CARD))
    assert (poor.code, poor.detail) == ("insufficient", {"missing_points": 40_000})
    assert refusal(counter, c.RequestRedemption(encounter_id, 9, Proof.CARD)).code == (
        "unknown_reward"
    )
    assert "RedemptionRequested" not in counter.types()


def test_the_servers_refusal_voids_the_id(counter: Counter) -> None:
    counter.go_online()
    counter.online.verdict = OnlineVerdict("refused", "insufficient", "too few points")
    sign_in(counter)
    result = redeem(counter, serve(counter))
    assert (result.promise, result.reason) == (Promise.NOT_POSSIBLE, "insufficient")
    assert counter.last("RedemptionVoided")["redemption_id"] == str(result.redemption_id)
    shown = counter.core.queries.encounter()
    assert shown is not None
    assert shown.member is not None
    assert shown.member.spendable_points == 10_000


def test_a_lease_carries_what_the_server_has_no_free_points_for(counter: Counter) -> None:
    counter.go_online()
    counter.online.verdict = OnlineVerdict("refused", "insufficient", "too few points")
    counter.grant(1_000)
    sign_in(counter)
    assert redeem(counter, serve(counter)).promise is Promise.GUARANTEED_HERE


def test_but_never_the_risk_pool(counter: Counter) -> None:
    counter.go_online()
    counter.online.verdict = OnlineVerdict("refused", "insufficient", "too few points")
    counter.grant(400)
    sign_in(counter)
    assert redeem(counter, serve(counter)).promise is Promise.NOT_POSSIBLE


def test_points_earned_a_moment_ago_cant_be_spent_offline(counter: Counter) -> None:
    counter.go_online(False)
    counter.grant(10_000, 2)
    sign_in(counter)
    encounter_id = serve(counter, LI)
    counter.core.execute(c.RecordAccrual(encounter_id, flight(5_000)))
    refused = refusal(counter, c.RequestRedemption(encounter_id, 2, Proof.CARD))
    assert refused.detail == {"missing_points": 2_200}


def test_a_customers_no_spends_nothing_and_cant_be_answered_twice(counter: Counter) -> None:
    sign_in(counter)
    counter.grant(1_000)
    encounter_id = serve(counter)
    ask = counter.core.execute(c.RequestRedemption(encounter_id, 1, Proof.CARD))
    counter.core.execute(c.DeclineRedemption(ask.redemption_id))
    late = c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL)
    assert refusal(counter, late).code == "nothing_asked"
    assert "RedemptionRequested" not in counter.types()


def test_a_cut_between_intent_and_outcome_voids_the_id(counter: Counter) -> None:
    class Cut(BaseException):
        pass

    def power_cut() -> None:
        raise Cut

    counter.go_online()
    sign_in(counter)
    encounter_id = serve(counter)
    counter.online.during = power_cut
    with pytest.raises(Cut):
        redeem(counter, encounter_id)
    counter.restart()
    voided = counter.last("RedemptionVoided")
    assert voided["reason"] == "interrupted"
    assert voided["redemption_id"] == counter.last("RedemptionRequested")["redemption_id"]
    counter.restart()
    assert counter.types().count("RedemptionVoided") == 1


def test_undo_waits_for_the_server_to_give_a_slice_back(counter: Counter) -> None:
    counter.go_online(False)
    counter.grant(1_000)
    sign_in(counter)
    encounter_id = serve(counter)
    redeem(counter, encounter_id)
    view = counter.core.execute(c.UndoLast(encounter_id))
    assert view.member.spendable_points == 10_000
    assert counter.last("RedemptionVoided")["reason"] == "undone"
    lease = next(iter(counter.seat.work.reads.leases(ANNA)), None)
    assert lease is not None
    assert lease.remaining_points == 500


# --- members -----------------------------------------------------------------------------------


def test_a_member_who_joined_is_found_and_served_at_once(counter: Counter) -> None:
    sign_in(counter)
    joining = c.JoinMember("CA9999999999", " 赵  敏 ", "ZHAO MIN", "+86 154-0000-1111", "zh_CN")
    view = counter.core.execute(joining)
    assert view.member.masked_name == "赵 敏" or view.member.masked_name.startswith("赵")
    assert counter.core.queries.search("1111")
    scan = counter.core.queries.interpret_scan("CA9999999999")
    assert scan.kind == "card"
    assert scan.member is not None
    said = str(counter.entries())
    assert not any(digits in said for digits in ("1540000", "00001111", "0000-1111")), (
        "a phone has no place in the chain"
    )
    counter.core.execute(c.FinishEncounter(view.encounter_id))
    assert refusal(counter, joining).code == "card_taken"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"card_no": "x"}, "bad_card"),
        ({"card_no": "CA0000000001"}, "card_taken"),
        ({"phone": "call me"}, "bad_phone"),
        ({"name": "  "}, "bad_name"),
        ({"name": "x" * 61}, "bad_name"),
        ({"name": "a\x00b"}, "bad_name"),
    ],
)
def test_a_bad_form_is_sent_back(counter: Counter, change: dict[str, str], code: str) -> None:
    sign_in(counter)
    good = c.JoinMember("CA9999999999", "赵敏", "", "15400001111", "zh_CN")
    assert refusal(counter, replace(good, **change)).code == code
    assert "MemberJoined" not in counter.types()


def test_contact_and_card_change_at_once(counter: Counter) -> None:
    sign_in(counter)
    encounter_id = serve(counter)
    view = counter.core.execute(c.UpdateContact(encounter_id, "15499990000"))
    assert view.member.masked_phone.endswith("0000")
    view = counter.core.execute(c.ReplaceCard(encounter_id, "CA7777777777"))
    assert view.member.masked_card.endswith("7777")
    assert counter.last("CardReplaced")["old_card_no"] == "CA0000000001"


# --- matters and ratings -----------------------------------------------------------------------


def test_a_matter_gets_number_department_and_due_time(counter: Counter) -> None:
    sign_in(counter)
    serve(counter)
    receipt = counter.core.execute(c.OpenMatter("baggage", "箱子坏了"))
    counter.core.execute(c.OpenMatter("points", "里程未到账"))
    opened = counter.last("MatterOpened")
    assert opened["number"] == "PEK-3-2"
    assert opened["department"] == "loyalty"
    assert opened["due_ms"] == counter.clock.ms + 12 * 3_600_000
    assert receipt.encounter.lines[-1].text == receipt.number == "PEK-3-1"
    assert "箱子" not in str(counter.entries())
    assert refusal(counter, c.OpenMatter("weather", "x")).code == "unknown_topic"
    assert refusal(counter, c.OpenMatter("points", " ")).code == "empty_matter"


def finished(counter: Counter) -> UUID:
    sign_in(counter)
    encounter_id = serve(counter)
    counter.core.execute(c.FinishEncounter(encounter_id))
    return encounter_id


def test_the_panel_is_told_the_duty_managers_number(counter: Counter) -> None:
    home, other = UUID(int=500), UUID(int=501)
    counter.members.offices += [
        Office(other, "SHA", "Shanghai", "Asia/Shanghai", "021-1"),
        Office(home, "PEK", "Beijing", "Asia/Shanghai", "010-2"),
    ]
    finished(counter)
    invitation = counter.core.queries.invitation()
    assert invitation is not None
    assert invitation.duty_phone == "010-2"


def test_a_mind_may_be_changed_within_its_window(counter: Counter) -> None:
    encounter_id = finished(counter)
    assert counter.core.queries.invitation() is not None
    counter.core.execute(c.RecordRating(encounter_id, 1))
    counter.clock.ms += 4_000
    counter.core.execute(c.RecordRating(encounter_id, 4))
    presses = [e["payload"] for e in counter.entries() if e["type"] == "RatingRecorded"]
    assert [(p["revision"], p["score"]) for p in presses] == [(1, 1), (2, 4)]
    assert presses[0]["rating_id"] == presses[1]["rating_id"]
    assert len(counter.seat.sync.urgent_unsent(limit=10)) == 2
    counter.clock.ms += 10_000
    assert refusal(counter, c.RecordRating(encounter_id, 5)).code == "invitation_closed"


def test_reasons_comment_and_wish_travel_with_the_low_rating(counter: Counter) -> None:
    encounter_id = finished(counter)
    counter.core.execute(c.RecordRating(encounter_id, 2))
    counter.core.execute(c.AddRatingDetail(encounter_id, ("attitude",), "没有微笑", CallWish.NOW))
    detail = counter.last("RatingDetailed")
    assert detail["call"] == "now"
    assert len(detail["comment_hash"]) == 64
    assert "微笑" not in str(counter.entries())
    bad = c.AddRatingDetail(encounter_id, ("weather",), "", None)
    assert refusal(counter, bad).code == "unknown_reason"
    long = c.AddRatingDetail(encounter_id, (), "x" * 501, None)
    assert refusal(counter, long).code == "comment_too_long"


def test_every_encounter_has_one_rating_state(counter: Counter) -> None:
    declined = finished(counter)
    counter.core.execute(c.CloseInvitation(declined, RatingState.DECLINED))
    counter.core.execute(c.CloseInvitation(declined, RatingState.TIMED_OUT))
    assert refusal(counter, c.RecordRating(declined, 5)).code == "invitation_closed"
    left = serve(counter)
    counter.core.execute(c.SkipRating(left, "customer_left"))
    superseded = serve(counter)
    counter.core.execute(c.FinishEncounter(superseded))
    cut = serve(counter)
    counter.core.execute(c.FinishEncounter(cut))
    counter.restart()
    states = {
        e["payload"]["encounter_id"]: e["payload"]["state"]
        for e in counter.entries()
        if e["type"] == "RatingNotGiven"
    }
    assert counter.types().count("RatingNotGiven") == 4
    assert states == {
        str(declined): "declined",
        str(left): "not_offered",
        str(superseded): "superseded",
        str(cut): "device_down",
    }


def test_a_rating_for_an_unknown_encounter_is_refused(counter: Counter) -> None:
    sign_in(counter)
    assert refusal(counter, c.RecordRating(UUID(int=1), 5)).code == "unknown_encounter"
    assert refusal(counter, c.RecordRating(UUID(int=1), 6)).code == "bad_score"
    open_one = serve(counter)
    assert refusal(counter, c.RecordRating(open_one, 5)).code == "encounter_open"


def test_what_is_pending_names_no_score(counter: Counter) -> None:
    encounter_id = finished(counter)
    counter.core.execute(c.RecordRating(encounter_id, 1))
    items = counter.core.queries.pending()
    assert [item.what for item in items].count("rating") == 1
    assert all("1" not in item.text for item in items if item.what == "rating")
    assert counter.core.queries.pending_summary().count == len(items)
