"""Writing statements that aren't waited for: nothing goes wrong unheard, nothing half stays."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain import events as e
from sync.protocol.messages import MAX_PUSH_ENTRIES
from sync.server import deciding
from sync.server.audit import audit
from sync.server.failures import passes_by_itself
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows, insert_columns
from sync.server.store.engine import reading, writing
from tests.server.conftest import Programme
from tests.server.seats import new_id, visit


def _blobs(programme: Programme, names: list[str], size: int = 1) -> dict[str, list[object]]:
    return {
        "programme_id": [programme.programme_id] * len(names),
        "commitment": list(names),
        "salt": [b"salt"] * len(names),
        "content": [bytes([number % 256]) * size for number in range(len(names))],
        "received_ms": [programme.clock()] * len(names),
    }


def _count(server: CentralServer) -> int:
    with reading(server.engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(t.blob)).scalar_one())


def test_a_failed_write_is_heard_of_before_the_commit(
    server: CentralServer, programme: Programme
) -> None:
    def clash() -> None:
        with writing(server.engine) as connection:
            for name in ("a", "a", "b"):
                insert_columns(connection, t.blob, _blobs(programme, [name]))

    with pytest.raises(IntegrityError) as caught:
        clash()
    assert caught.value.statement is not None, "the commit was not asked for"
    assert _count(server) == 0
    with writing(server.engine) as connection:  # and the connection is as good as new
        insert_columns(connection, t.blob, _blobs(programme, ["a"]))
    assert _count(server) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("pipelined", [True, False])
def test_a_session_that_was_ended_is_trouble_that_passes(
    server: CentralServer, programme: Programme, pipelined: bool
) -> None:
    def lose() -> None:
        with writing(server.engine, pipelined=pipelined) as connection:
            ours = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with server.engine.connect() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({ours}, 5000)")
            find_rows(connection, t.blob, "commitment", "a", programme_id=programme.programme_id)

    with pytest.raises(DBAPIError) as caught:
        lose()
    assert passes_by_itself(caught.value)
    with writing(server.engine, pipelined=pipelined) as connection:
        insert_columns(connection, t.blob, _blobs(programme, ["a"]))
    assert _count(server) == 1


def test_a_question_sees_what_was_written_before_it(
    server: CentralServer, programme: Programme
) -> None:
    names = [f"{number}" for number in range(600)]
    with writing(server.engine) as connection:
        # more than any socket's buffer holds
        insert_columns(connection, t.blob, _blobs(programme, names, size=4_096))
        found = connection.execute(sa.select(t.blob.c.commitment, t.blob.c.content))
        kept = {row.commitment: bytes(row.content) for row in found}
    assert kept == {name: bytes([int(name) % 256]) * 4_096 for name in names}


def test_what_was_written_before_an_error_is_undone(
    server: CentralServer, programme: Programme
) -> None:
    def give_up() -> None:
        with writing(server.engine) as connection:
            insert_columns(connection, t.blob, _blobs(programme, ["a"]))
            raise LookupError

    with pytest.raises(LookupError):
        give_up()
    assert _count(server) == 0


def test_refused_entries_of_a_long_upload_are_stored_as_they_were_decided(
    programme: Programme,
) -> None:
    seat = programme.seat()
    while len(seat.bodies) < MAX_PUSH_ENTRIES - 3:
        visit(seat)
        if len(seat.bodies) % 5 == 0:  # a second rating of the same visit
            seat.append(seat.bodies[-1].replace(b'"score":5', b'"score":6'))
    request = seat.request()
    answer = programme.server.push(seat.device_id, request)
    with reading(programme.server.engine) as connection:
        rows = connection.execute(sa.select(t.entry.c.seq, t.entry.c.decision, t.entry.c.code))
        stored = {row.seq: (row.decision, row.code) for row in rows}
    told = {each.seq: (each.decision, each.code) for each in answer.decisions}
    assert told
    assert stored == {
        seq: told.get(seq, ("accepted", "")) for seq in range(1, len(seat.bodies) + 1)
    }
    again = programme.server.push(seat.device_id, request)
    assert {each.decision for each in again.decisions} == {"duplicate"}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_resting_connection_that_the_database_ended_is_not_used_again(
    server: CentralServer, programme: Programme
) -> None:
    before = _count(server)
    with reading(server.engine) as connection:
        ours = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with psycopg.connect(
        server.engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        autocommit=True,
    ) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", (ours,))
    assert _count(server) == before
    with reading(server.engine) as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != ours


def test_an_upload_written_part_by_part_is_decided_as_if_at_once(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "_PART", 1)
    seat, member_id = programme.seat(), programme.member(2_000)
    seat.pull()
    encounter_id, rating_id = visit(seat, score=2, member_id=member_id)
    earned, spent = new_id(), new_id()
    accrual = e.AccrualRecorded(
        earned, encounter_id, member_id, 300, e.AccrualSource.AMOUNT, "coupon", None, None, 1, ""
    )
    assert seat.pool_id is not None
    answer = seat.push(
        e.RatingRecorded(rating_id, encounter_id, 2, 4),
        accrual,
        e.AccrualReversed(earned, encounter_id, "mistaken"),
        replace(accrual, accrual_id=new_id()),
        e.RedemptionGranted(
            spent, encounter_id, member_id, programme.reward_id, 500,
            e.Cover.AT_RISK, None, seat.pool_id,
        ),
        e.RedemptionVoided(spent, encounter_id, "undone"),
    )  # fmt: skip
    assert answer.decisions == []
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []
        state = connection.execute(sa.select(t.encounter)).one()
        assert (state.member_id, state.score, state.outcome) == (member_id, 4, "finished")
        states = connection.execute(sa.select(t.accrual.c.state)).scalars()
        assert sorted(states) == ["posted", "reversed"]
        assert connection.execute(sa.select(t.redemption.c.state)).scalar_one() == "voided"
