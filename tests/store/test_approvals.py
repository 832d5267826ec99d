"""A manager's yes: over the office's network or by a code, at a real counter and a real desk."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.approval import Asked, code, desk_key, pair_key
from app.domain.errors import Rejected
from app.domain.events import CustomerYes, Proof
from app.domain.risk import RiskCaps
from app.ports.approval import ApprovalReply, ApprovalRequest
from app.ports.online import OnlineVerdict
from app.ports.sync_store import GrantedPool
from app.services import commands as c
from app.services.views import Promise, RedemptionToConfirm
from tests.fakes.counter import Counter, reward, staff
from tests.store.test_use_cases import ANNA, sign_in

CAPS = RiskCaps(5_000, (9_000, 9_000, 9_000), 20_000, 20, 72, 1_000)
SECRET = bytes(range(32))
MANAGER = UUID(int=9_000 + 2001)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk", device_number=43)
    made.members.catalogue = [reward(1, 500), reward(2, 3_000)]
    made.seat.sync.keep_approval_keys({UUID(int=43): desk_key(SECRET, UUID(int=43))})
    sign_in(made, "2001")
    yield made
    made.core.close()


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.members.catalogue = [reward(1, 500), reward(2, 3_000)]
    made.members.crew.append(staff("2002", "duty_manager"))
    of_pair = pair_key(desk_key(SECRET, UUID(int=43)), "3")
    made.seat.sync.keep_approval_keys({UUID(int=43): of_pair, UUID(int=44): bytes(32)})
    made.seat.sync.acknowledge_pull(
        leases=[], pool=GrantedPool(UUID(int=77), 20_000, CAPS), horizon=1, now_ms=made.clock.ms
    )
    sign_in(made)
    yield made
    made.core.close()


def ask(counter: Counter, number: int = 2) -> RedemptionToConfirm:
    view = counter.core.execute(c.IdentifyMember(ANNA, Proof.CARD))
    found: RedemptionToConfirm = counter.core.execute(
        c.RequestRedemption(view.encounter_id, number, Proof.CARD)
    )
    return found


def confirm(counter: Counter, question: RedemptionToConfirm) -> Any:
    return counter.core.execute(c.ConfirmRedemption(question.redemption_id, CustomerYes.PANEL))


def refused(counter: Counter, command: c.Command) -> Rejected:
    with pytest.raises(Rejected) as error:
        counter.core.execute(command)
    return error.value


def connect(counter: Counter, desk: Counter) -> None:
    """As the office's network does: the counter's label is by its certificate."""
    counter.core.ask_desks_by(lambda of: desk.core.approvals.hear(replace(of, counter_label="3")))


def test_a_small_reward_takes_nobodys_yes(counter: Counter) -> None:
    question = ask(counter, 1)
    assert question.challenge == ""
    assert confirm(counter, question).promise is Promise.OFFICE_RISK
    assert counter.last("RedemptionGranted")["approved_by"] is None


def test_without_a_yes_a_large_one_is_not_given(counter: Counter) -> None:
    question = ask(counter)
    assert len(question.challenge) == 8
    result = confirm(counter, question)
    assert (result.promise, result.reason) == (Promise.NOT_POSSIBLE, "approval_needed")
    assert "RedemptionGranted" not in counter.types()


def test_a_server_that_goes_meanwhile_makes_it_need_one(counter: Counter) -> None:
    counter.go_online()
    question = ask(counter)
    assert question.challenge == "", "the server would post it"
    counter.online.verdict = OnlineVerdict("unreachable")
    assert confirm(counter, question).reason == "approval_needed"


def test_a_managers_code_is_good_for_one_redemption(counter: Counter, desk: Counter) -> None:
    question = ask(counter)
    made = desk.core.execute(
        c.MakeApprovalCode(" 3 ", f"{question.challenge[:4]} {question.challenge[4:]}", 3_000)
    )
    wrong = c.EnterApprovalCode(question.redemption_id, "00000000")
    assert refused(counter, wrong).detail == {"tries_left": 4}
    enter = c.EnterApprovalCode(question.redemption_id, f"{made.code[:4]} {made.code[4:]}")
    status = counter.core.execute(enter)
    assert (status.state, status.manager_name) == ("agreed", "Staff 2001")
    assert confirm(counter, question).promise is Promise.OFFICE_RISK
    said = counter.last("RedemptionGranted")
    assert (said["approved_at"], said["approved_by"]) == (str(UUID(int=43)), str(MANAGER))
    assert said["approval"] == made.code
    answered = desk.last("ApprovalAnswered")
    assert (answered["counter"], answered["asked_by"], answered["points"]) == ("3", "code", 3_000)
    again = ask(counter)
    assert again.challenge != question.challenge
    stale = c.EnterApprovalCode(again.redemption_id, made.code)
    assert refused(counter, stale).code == "wrong_code"


def test_a_code_for_fewer_points_is_no_code(counter: Counter, desk: Counter) -> None:
    question = ask(counter)
    made = desk.core.execute(c.MakeApprovalCode("3", question.challenge, 2_999))
    enter = c.EnterApprovalCode(question.redemption_id, made.code)
    assert refused(counter, enter).code == "wrong_code"


def test_guessing_is_slowed_down_over_a_restart(counter: Counter) -> None:
    question = ask(counter)
    wrong = c.EnterApprovalCode(question.redemption_id, "00000000")
    for _ in range(5):
        assert refused(counter, wrong).code == "wrong_code"
    assert refused(counter, wrong).code == "throttled"
    counter.restart()
    sign_in(counter)
    question = ask(counter)
    wrong = c.EnterApprovalCode(question.redemption_id, "12345678")
    assert refused(counter, wrong).code == "throttled"
    counter.clock.ms += 31_000
    assert refused(counter, wrong).code == "wrong_code"


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "١٢٣٤٥٦٧٨", "abcdefgh"])
def test_what_is_no_code_is_said_and_is_no_try(counter: Counter, typed: str) -> None:
    question = ask(counter)
    enter = c.EnterApprovalCode(question.redemption_id, typed)
    for _ in range(9):
        assert refused(counter, enter).code == "bad_code"
    wrong = c.EnterApprovalCode(question.redemption_id, "00000000")
    assert refused(counter, wrong).detail["tries_left"] == 4


def test_who_gives_it_can_not_agree(counter: Counter) -> None:
    sign_in(counter, "2001")
    question = ask(counter)
    counter_id = UUID(int=counter.device_number)
    reward_id = counter.members.catalogue[1].reward_id
    asked = Asked(question.redemption_id, counter_id, ANNA, reward_id, 3_000)
    assert asked.challenge == question.challenge
    of_pair = pair_key(desk_key(SECRET, UUID(int=43)), "3")
    own = code(of_pair, MANAGER, asked.challenge, 3_000)
    enter = c.EnterApprovalCode(question.redemption_id, own)
    assert refused(counter, enter).code == "wrong_code"
    others = code(of_pair, UUID(int=9_000 + 2002), asked.challenge, 3_000)
    enter = c.EnterApprovalCode(question.redemption_id, others)
    assert counter.core.execute(enter).state == "agreed"


def test_over_the_network_the_desk_shows_it_and_signs(counter: Counter, desk: Counter) -> None:
    question = ask(counter)
    asking = c.AskManager(question.redemption_id)
    assert counter.core.execute(asking).state == "nobody"
    connect(counter, desk)
    assert counter.core.execute(asking).state == "waiting"
    (shown,) = desk.core.queries.approvals()
    assert (shown.counter_label, shown.clerk_number) == ("3", "1001")
    assert (shown.points, shown.trust, shown.reward_name) == (3_000, "trusted", "奖品2")
    desk.core.execute(c.AnswerApproval(question.redemption_id, True))
    assert desk.core.queries.approvals() == ()
    assert desk.last("ApprovalAnswered")["is_agreed"] is True
    assert counter.core.execute(asking).state == "agreed"
    assert counter.core.execute(asking).state == "agreed", "an answer that was lost comes again"
    assert confirm(counter, question).promise is Promise.OFFICE_RISK
    assert len(counter.last("RedemptionGranted")["approval"]) == 128
    assert desk.types().count("ApprovalAnswered") == 1


def test_a_manager_may_decline(counter: Counter, desk: Counter) -> None:
    connect(counter, desk)
    question = ask(counter)
    counter.core.execute(c.AskManager(question.redemption_id))
    desk.core.execute(c.AnswerApproval(question.redemption_id, False))
    assert counter.core.execute(c.AskManager(question.redemption_id)).state == "declined"
    assert desk.last("ApprovalAnswered")["is_agreed"] is False
    again = c.AnswerApproval(question.redemption_id, True)
    assert refused(desk, again).code == "not_waiting"


def test_who_stops_asking_is_forgotten(counter: Counter, desk: Counter) -> None:
    connect(counter, desk)
    question = ask(counter)
    counter.core.execute(c.AskManager(question.redemption_id))
    desk.clock.ms += 5_001
    assert desk.core.queries.approvals() == ()
    assert refused(desk, c.AnswerApproval(question.redemption_id, True)).code == "not_waiting"


def test_with_no_manager_signed_in_nobody_is_there(counter: Counter, desk: Counter) -> None:
    connect(counter, desk)
    desk.core.execute(c.SignOut())
    question = ask(counter)
    assert counter.core.execute(c.AskManager(question.redemption_id)).state == "nobody"
    make = c.MakeApprovalCode("3", question.challenge, 3_000)
    assert refused(desk, make).code == "not_signed_in"
    assert refused(desk, c.AnswerApproval(question.redemption_id, True)).code == "not_signed_in"


def test_nobody_agrees_to_what_they_get_or_give(counter: Counter, desk: Counter) -> None:
    connect(counter, desk)
    question = ask(counter)
    counter.core.execute(c.AskManager(question.redemption_id))
    desk.members.crew = [replace(each, member_id=ANNA) for each in desk.members.crew]
    own = c.AnswerApproval(question.redemption_id, True)
    assert refused(desk, own).code == "own_membership"
    sign_in(counter, "2001")
    question = ask(counter)
    desk.members.crew = [replace(each, member_id=None) for each in desk.members.crew]
    counter.core.execute(c.AskManager(question.redemption_id))
    assert refused(desk, c.AnswerApproval(question.redemption_id, True)).code == "same_person"


def test_a_desk_holds_no_more_requests_than_it_can_show(counter: Counter, desk: Counter) -> None:
    one = ApprovalRequest(Asked(UUID(int=1), ANNA, ANNA, ANNA, 5), ANNA, "known", 1, 1, "3")
    replies = [
        desk.core.approvals.hear(
            replace(one, asked=replace(one.asked, redemption_id=UUID(int=number)))
        )
        for number in range(25)
    ]
    assert replies[0] == ApprovalReply("waiting")
    assert replies[-1] == ApprovalReply("nobody")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (c.MakeApprovalCode("3", "1234567", 5), "bad_challenge"),
        (c.MakeApprovalCode("3", "1234567x", 5), "bad_challenge"),
        (c.MakeApprovalCode(" ", "12345678", 5), "bad_counter"),
        (c.MakeApprovalCode("3", "12345678", 0), "bad_points"),
        (c.MakeApprovalCode("3", "12345678", 2**53), "bad_points"),
    ],
)
def test_a_desk_says_what_is_wrong(desk: Counter, command: c.Command, reason: str) -> None:
    assert refused(desk, command).code == reason
    assert "ApprovalAnswered" not in desk.types()


def test_without_keys_codes_have_to_wait(counter: Counter, desk: Counter) -> None:
    counter.seat.sync.keep_approval_keys({})
    desk.seat.sync.keep_approval_keys({})
    question = ask(counter)
    enter = c.EnterApprovalCode(question.redemption_id, "12345678")
    assert refused(counter, enter).code == "no_approval_keys"
    make = c.MakeApprovalCode("3", question.challenge, 3_000)
    assert refused(desk, make).code == "no_approval_keys"


def test_an_unknown_redemption_is_no_longer_waited_for(counter: Counter) -> None:
    for command in (c.AskManager(UUID(int=5)), c.EnterApprovalCode(UUID(int=5), "1")):
        assert refused(counter, command).code == "nothing_asked"


def test_keys_are_kept_in_the_seats_document(counter: Counter) -> None:
    document = counter.seat.document()
    assert document is not None
    held = document["approval_keys"]
    assert held == {
        str(UUID(int=43)): b64encode(pair_key(desk_key(SECRET, UUID(int=43)), "3")).decode(),
        str(UUID(int=44)): b64encode(bytes(32)).decode(),
    }
