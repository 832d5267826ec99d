"""Managers' answers to what was given away: honoured, claimed back, written off, each booked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.ledger import Account
from sync.server.rescue import RescueServer
from sync.server.store import tables as t
from sync.server.store.engine import writing
from tests.server.books import codes, explained, findings, posted, rows
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id, used, visit, voucher_of


def desk_of(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


def given_away(programme: Programme, seat: Seat, member_id: UUID, points: int) -> Any:
    """A reward beyond the counter's allowance; the event and its exception."""
    seat.pull()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    event = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, points, e.Cover.AT_RISK, None,
        seat.pool_id,
    )  # fmt: skip
    assert codes(seat, event) == ["over_limit"]
    return event, waiting(programme)


def waiting(programme: Programme) -> UUID:
    (row,) = rows(programme, t.exception_item, state="open")
    found: UUID = row.exception_id
    return found


def answer(desk: Seat, exception_id: UUID, said: str) -> list[str]:
    return codes(desk, e.ExceptionSettled(exception_id, said, None))


def borne(programme: Programme) -> int:
    """What the programme bears by now."""
    lines = rows(programme, t.posting, account=str(Account.WRITTEN_OFF))
    return -sum(int(row.amount) for row in lines)


@pytest.mark.parametrize(
    ("said", "left", "loss", "word"),
    [
        ("honour", 0, 29_900, "owes nothing"),
        ("claim_back", -29_900, 0, "owes what wasn't there"),
        ("write_off", 100, 30_000, "the programme bears all of it"),
    ],
)
def test_who_pays_for_what_nothing_covered(
    programme: Programme, said: str, left: int, loss: int, word: str
) -> None:
    member_id, seat = programme.member(100), programme.seat()
    event, exception_id = given_away(programme, seat, member_id, 30_000)
    assert answer(desk_of(programme), exception_id, said) == []
    assert (posted(programme, member_id), borne(programme)) == (left, loss)
    assert word in explained(programme, exception_id)
    assert word in explained(programme, event.redemption_id)
    assert findings(programme) == []
    # it stands as a redemption: a part that is given back goes first to whoever bore it last
    part = e.RedemptionRefunded(
        new_id(), event.redemption_id, event.encounter_id, 29_950, True, "returned"
    )
    assert codes(seat, part) == []
    assert borne(programme) == max(0, loss - 29_950)
    assert codes(seat, e.RedemptionVoided(event.redemption_id, event.encounter_id, "x")) == []
    assert (posted(programme, member_id), borne(programme)) == (100, 0)
    assert findings(programme) == []


def test_what_is_earned_next_pays_a_claim(programme: Programme) -> None:
    member_id, seat = programme.member(100), programme.seat()
    event, exception_id = given_away(programme, seat, member_id, 30_000)
    assert answer(desk_of(programme), exception_id, "claim_back") == []
    earned = e.AccrualRecorded(
        new_id(), event.encounter_id, member_id, 29_950, e.AccrualSource.AMOUNT, None, None, None,
        1, "",
    )  # fmt: skip
    assert codes(seat, earned) == []
    assert posted(programme, member_id) == 50
    assert findings(programme) == []


def test_an_answer_is_given_once_and_not_after_an_undo(programme: Programme) -> None:
    member_id, seat, desk = programme.member(100), programme.seat(), desk_of(programme)
    event, exception_id = given_away(programme, seat, member_id, 30_000)
    assert codes(seat, e.RedemptionVoided(event.redemption_id, event.encounter_id, "x")) == []
    for said in ("honour", "claim_back", "write_off"):
        assert answer(desk, exception_id, said) == ["voided"]
    assert answer(desk, exception_id, "noted") == []
    assert answer(desk, exception_id, "write_off") == ["settled"]
    assert (posted(programme, member_id), borne(programme)) == (100, 0)
    assert findings(programme) == []


def taken_twice(programme: Programme, seat: Seat, member_id: UUID) -> UUID:
    """A voucher of 1000 points that two visits took; its second use."""
    encounter_id, _ = visit(seat, member_id=member_id)
    asked = e.RedemptionRequested(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Proof.CARD,
        e.CustomerYes.PANEL,
    )  # fmt: skip
    (body,) = seat.record(asked)
    assert seat.urgent(body).decision == "accepted"
    text = voucher_of(seat, asked.redemption_id)
    assert codes(seat, used(encounter_id, text), used(encounter_id, text)) == ["voucher_used"]
    return waiting(programme)


@pytest.mark.parametrize(
    ("said", "left", "loss"), [("claim_back", -500, 0), ("write_off", 500, 1000), ("noted", 500, 0)]
)
def test_a_voucher_used_again(programme: Programme, said: str, left: int, loss: int) -> None:
    member_id, seat, desk = programme.member(1500), programme.seat(), desk_of(programme)
    exception_id = taken_twice(programme, seat, member_id)
    (item,) = rows(programme, t.exception_item)
    assert (item.member_id, item.points) == (member_id, 1000)
    assert answer(desk, exception_id, "honour") == ["cannot_honour"]
    assert answer(desk, exception_id, said) == []
    assert (posted(programme, member_id), borne(programme)) == (left, loss)
    assert f"answered '{said}'" in explained(programme, exception_id)
    assert findings(programme) == []


def test_the_last_day_of_a_voucher_is_a_managers_to_pass_over(programme: Programme) -> None:
    member_id, seat = programme.member(1500), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    asked = e.RedemptionRequested(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Proof.CARD,
        e.CustomerYes.PANEL,
    )  # fmt: skip
    (body,) = seat.record(asked)
    assert seat.urgent(body).decision == "accepted"
    text = voucher_of(seat, asked.redemption_id)
    programme.clock.ms += 400 * 86_400_000
    assert codes(seat, used(encounter_id, text)) == ["voucher_expired"]
    assert answer(desk_of(programme), waiting(programme), "claim_back") == ["cannot_claim"]
    (item,) = rows(programme, t.exception_item, code="voucher_expired")
    assert answer(desk_of(programme), item.exception_id, "honour") == []
    (use,) = rows(programme, t.voucher_use, redemption_id=asked.redemption_id)
    assert use.event_id == item.exception_id, "it is used"
    assert posted(programme, member_id) == 500
    assert findings(programme) == []


def test_nobody_answers_for_their_own_points(programme: Programme) -> None:
    member_id, seat = programme.member(100), programme.seat()
    _, exception_id = given_away(programme, seat, member_id, 30_000)
    with writing(programme.server.engine) as connection:
        connection.execute(
            sa.update(t.staff)
            .where(t.staff.c.staff_id == programme.manager_id)
            .values(member_id=member_id)
        )
    desk = desk_of(programme)
    for said in ("honour", "claim_back", "write_off"):
        assert answer(desk, exception_id, said) == ["own_membership"]
    assert answer(desk, exception_id, "noted") == []


def test_desks_of_before_write_off_what_books_nothing(programme: Programme) -> None:
    seat, desk = programme.seat(), desk_of(programme)
    encounter_id, _ = visit(seat, score=None)
    earned = e.AccrualRecorded(
        new_id(), encounter_id, new_id(), 5, e.AccrualSource.AMOUNT, None, None, None, 1, ""
    )
    assert codes(seat, earned) == ["unknown_member"]
    exception_id = waiting(programme)
    assert answer(desk, exception_id, "claim_back") == ["cannot_claim"]
    assert answer(desk, exception_id, "gone") == ["bad_answer"]
    assert answer(desk, exception_id, "write_off") == []
    assert borne(programme) == 0
    assert findings(programme) == []


def test_the_audit_misses_no_posting(programme: Programme) -> None:
    member_id, seat = programme.member(100), programme.seat()
    _, exception_id = given_away(programme, seat, member_id, 30_000)
    assert answer(desk_of(programme), exception_id, "write_off") == []
    item = t.exception_item
    (row,) = rows(programme, item, exception_id=exception_id)

    def found(**values: Any) -> list[str]:
        with writing(programme.server.engine) as connection:
            connection.execute(sa.update(item).values(**values))
        said = [line for line in findings(programme) if "borne" in line or "booked" in line]
        with writing(programme.server.engine) as connection:
            connection.execute(
                sa.update(item)
                .where(item.c.exception_id == exception_id)
                .values(txn_id=row.txn_id, answer=row.answer, points=row.points)
            )
        return said

    assert found(txn_id=None) == [
        f"exception {exception_id}: it was answered 'write_off', and nothing is booked",
        f"ledger_txn {row.txn_id}: 30000 points are borne, and nobody said so",
    ]
    (claimed,) = found(answer="claim_back")
    assert claimed.endswith("for 30000 points, and 0 are taken and 30000 borne")
    (other,) = found(points=7)
    assert "'write_off' for 7 points" in other
    assert findings(programme) == []


@pytest.mark.parametrize(
    ("said", "left", "loss"), [("claim_back", 900, 0), ("write_off", 1000, 100)]
)
def test_what_a_fork_gave_is_answered_once_whatever_comes_again(
    programme: Programme, said: str, left: int, loss: int
) -> None:
    member_id, seat, desk = programme.member(1000), programme.seat(), desk_of(programme)
    seat.pull()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    assert codes(seat) == []
    spent = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 100, e.Cover.AT_RISK, None,
        seat.pool_id,
    )  # fmt: skip
    event_id = new_id()
    server = RescueServer(programme.server.engine, KEYS, programme.clock, new_id=new_id)
    server.keep_apart(seat.device_id, 1, [(4, seat.body(spent, event_id=event_id))])
    assert answer(desk, event_id, "honour") == ["cannot_honour"]
    assert answer(desk, event_id, said) == []
    assert (posted(programme, member_id), borne(programme)) == (left, loss)
    seat.append(seat.body(spent, event_id=event_id))
    assert codes(seat) == ["redemption_known"], "it came in a good chain after all"
    assert (posted(programme, member_id), borne(programme)) == (left, loss)
    assert [row.state for row in rows(programme, t.exception_item, code="fork")] == ["settled"]
    assert findings(programme) == []


def test_an_undo_and_a_refund_say_whose_they_are(programme: Programme) -> None:
    member_id, seat = programme.member(1500), programme.seat()
    taken_twice(programme, seat, member_id)
    (use,) = rows(programme, t.voucher_use)
    elsewhere, _ = visit(seat, score=None)
    undo = e.RedemptionVoided(use.redemption_id, elsewhere, "undone")
    assert codes(seat, undo) == ["voucher_used"]
    (item,) = rows(programme, t.exception_item, entry_type="RedemptionVoided")
    assert (item.member_id, item.clerk_number) == (member_id, "101")
