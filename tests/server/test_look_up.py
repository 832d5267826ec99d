"""Members that a seat doesn't hold: who may ask for them, by what, how often, and what is kept."""

from __future__ import annotations

import argparse
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain.look_up import MOST_FOUND
from sync.protocol.messages import LookUpAnswer, LookUpRequest
from sync.server import look_up, look_up_command
from sync.server.forgetting import copy_of, erase, gather
from sync.server.problems import ProblemError
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.conftest import Programme, make_programme
from tests.server.seats import Seat, new_id


def ask(seat: Seat, text: str, *, staff_id: UUID | None = None) -> LookUpAnswer:
    person = staff_id or seat.staff_id
    assert person is not None
    return seat.server.look_up(seat.device_id, LookUpRequest(text, person, new_id()))


def refusal(seat: Seat, text: str = "13812345678", *, staff_id: UUID | None = None) -> str:
    with pytest.raises(ProblemError) as error:
        ask(seat, text, staff_id=staff_id)
    return error.value.problem.code


def change(programme: Programme, member_id: UUID, **profile: object) -> None:
    with programme.work() as work:
        work.load_members([member_id])
        work.update_profile(work.members[member_id], **profile)


def written_down(programme: Programme) -> list[tuple[str, str, str]]:
    with reading(programme.server.engine) as connection:
        found = connection.execute(sa.select(t.look_up).order_by(t.look_up.c.look_up_id))
        return [(row.keys, row.outcome, row.member_ids) for row in found]


def found_by(seat: Seat, text: str) -> list[UUID]:
    return [row.member_id for row in ask(seat, text).members]


def test_whole_keys_find_and_parts_do_not(programme: Programme) -> None:
    seat = programme.seat()
    wei = programme.member(5000, name="张伟")
    anna = programme.member(0, name="Anna Müller")
    change(programme, anna, phone="4915112349999")
    for text in ("CA00000001", "ca 0000 0001", "13812345678", "+86 138 1234 5678", "張偉 5678"):
        assert found_by(seat, text) == [wei], text
    for text in ("MULLER anna 9999", "Mueller 49999", "4915112349999"):
        assert found_by(seat, text) == [anna], text
    assert ask(seat, "张伟 12345678").members[0].posted_points == 5000
    for text in ("CA00000003", "13812345679", "张伟 5679", "王伟 5678", "mull anna 9999"):
        answer = ask(seat, text)
        assert (answer.outcome, answer.members) == ("none", []), text
    for part in ("5678", "张伟", "张 5678", "anna", "zw5678"[:4], "CA00", "", "x" * 65, "🂡"):
        assert refusal(seat, part) == "bad_request", part


def test_the_ending_follows_the_phone(programme: Programme) -> None:
    seat = programme.seat()
    wei = programme.member(0, name="张伟")
    change(programme, wei, phone="13900001111")
    assert found_by(seat, "张伟 1111") == [wei]
    assert found_by(seat, "张伟 5678") == []
    change(programme, wei, phone="")
    assert found_by(seat, "张伟 1111") == []


def test_an_old_card_and_what_is_gone_find_nobody(programme: Programme) -> None:
    seat = programme.seat()
    lost, gone, closed, merged, survivor = (programme.member(0) for _ in range(5))
    change(programme, lost, card_no="CA99999999", phone="")
    change(programme, closed, status="closed", phone="")
    change(programme, merged, status="merged", merged_into=survivor, phone="13700000000")
    with reading(programme.server.engine) as connection:
        held = gather(connection, programme.programme_id, gone)
    with programme.work() as work:
        erase(work, held)
    assert found_by(seat, "CA00000001") == [], "the number of a card that was replaced"
    assert found_by(seat, "CA00000002") == []
    assert found_by(seat, "CA00000003") == []
    assert found_by(seat, "13700000000") == [survivor]
    assert found_by(seat, "13812345678") == [survivor]


def test_too_many_are_not_even_begun(programme: Programme) -> None:
    seat = programme.seat()
    members = [programme.member(0) for _ in range(MOST_FOUND)]
    assert found_by(seat, "13812345678") == members
    programme.member(0)
    answer = ask(seat, "13812345678")
    assert (answer.outcome, answer.members) == ("too_many", [])
    assert found_by(seat, "CA00000002") == [members[1]]


def test_only_who_may_serve_here_looks_up(programme: Programme) -> None:
    member = programme.member(0)
    other = make_programme(programme.server, programme.clock, code="SHA")
    seat = programme.seat()
    assert refusal(programme.seat(counter=2, kind="desk")) == "forbidden"
    assert refusal(seat, staff_id=new_id()) == "forbidden"
    assert refusal(seat, staff_id=other.clerk_id) == "forbidden"
    assert found_by(other.seat(), "13812345678") == [], "another programme's"
    with writing(programme.server.engine) as connection:
        connection.execute(
            sa.update(t.staff)
            .where(t.staff.c.staff_id == programme.clerk_id)
            .values(office_id=new_id())
        )
    assert refusal(seat) == "forbidden"
    with writing(programme.server.engine) as connection:
        here = sa.update(t.staff).where(t.staff.c.staff_id == programme.clerk_id)
        connection.execute(here.values(roles="clerk,administrator"))
    assert found_by(seat, "13812345678") == [member]
    with writing(programme.server.engine) as connection:
        connection.execute(here.values(active=False))
    assert refusal(seat) == "forbidden"


def test_a_device_and_a_person_ask_only_so_often(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_up, "BOUNDS", (("device_id", 60_000, 3), ("staff_id", 3_600_000, 5)))
    seat, beside = programme.seat(), programme.seat(counter=1)
    for _ in range(3):
        ask(seat, "13812345678")
    with pytest.raises(ProblemError) as error:
        ask(seat, "13812345678")
    assert (error.value.status, error.value.problem.detail["wait_s"]) == (429, 61)
    for _ in range(2):
        ask(beside, "13812345678")
    assert refusal(beside) == "busy", "the person has asked five times, wherever it was"
    assert len(written_down(programme)) == 5
    ask(beside, "13812345678", staff_id=programme.manager_id)
    programme.clock.ms += 60_000
    assert refusal(seat) == "busy"
    ask(seat, "13812345678", staff_id=programme.manager_id)
    programme.clock.ms += 3_600_000
    ask(seat, "13812345678")


def test_who_asked_is_kept_and_what_was_asked_is_not(programme: Programme) -> None:
    seat = programme.seat()
    wei = programme.member(0)
    ask(seat, "张伟 5678")
    ask(seat, "13900000000")
    assert written_down(programme) == [("name", "found", str(wei)), ("card,phone", "none", "")]
    with reading(programme.server.engine) as connection:
        row = connection.execute(sa.select(t.look_up)).first()
        assert row is not None
        assert (row.device_id, row.office_id, row.staff_id) == (
            seat.device_id,
            programme.office_id,
            programme.clerk_id,
        )
        assert "5678" not in str([value for value in row if not isinstance(value, int | UUID)])
    programme.clock.ms += look_up.KEPT_MS
    ask(seat, "13812345678")
    list(programme.upkeep.tidying())
    assert [outcome for _, outcome, _ in written_down(programme)] == ["found"]


def test_the_operator_sees_who_asked(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seat = programme.seat()
    wei = programme.member(0)
    ask(seat, "CA00000001")
    programme.clock.ms += look_up_command.DAY_MS + 1
    ask(seat, "13900000000", staff_id=programme.manager_id)
    monkeypatch.setattr(look_up_command, "now_ms", programme.clock)
    monkeypatch.setattr(look_up_command, "open_engine", lambda _: programme.server.engine)
    for days, count in ((2, 2), (1, 1)):
        look_up_command.list_look_ups(ServerSettings(), argparse.Namespace(days=days))
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == count
        assert lines[0].split("\t")[1:] == ["PEK/A1", "900", "card,phone", "none", ""]
    look_up_command.list_look_ups(ServerSettings(), argparse.Namespace(days=2))
    (*_, first) = capsys.readouterr().out.splitlines()
    assert first.split("\t")[1:] == ["PEK/A1", "101", "card", "found", str(wei)]


def test_a_member_is_told_who_looked_them_up(programme: Programme) -> None:
    seat = programme.seat()
    wei, other = programme.member(0), programme.member(0)
    ask(seat, "13812345678")
    ask(seat, "CA00000002")
    with reading(programme.server.engine) as connection:
        told = {
            member_id: copy_of(connection, programme.programme_id, member_id)["looked_up_by"]
            for member_id in (wei, other)
        }
    assert [line["keys"] for line in told[wei]] == ["card,phone"]
    assert [line["keys"] for line in told[other]] == ["card,phone", "card"]
    assert {line["staff_id"] for line in told[wei]} == {programme.clerk_id}
    assert str(other) not in str(told[wei])
