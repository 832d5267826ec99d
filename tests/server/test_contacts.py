"""When a device called last is known, without a write for each call."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from sync.server import contacts
from sync.server.contacts import write_contacts
from sync.server.programme import revoke_device
from sync.server.service import CentralServer
from sync.server.status import status_lines
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.conftest import KEYS, Programme
from tests.server.hostile import refusal
from tests.server.seats import Seat, visit


def written(programme: Programme) -> dict[object, int]:
    with reading(programme.server.engine) as connection:
        found = connection.execute(sa.select(t.contact.c.device_id, t.contact.c.last_ms))
        return {row.device_id: row.last_ms for row in found}


def cell(programme: Programme, seat: Seat, name: str) -> str:
    with reading(programme.server.engine) as connection:
        lines = [line.split() for line in status_lines(connection)]
    (names,) = [line for line in lines if line[0] == "PLACE"]
    (mine,) = [line for line in lines if line[-1] == str(seat.device_id)]
    return dict(zip(names, mine, strict=True))[name]


def test_it_is_written_once_a_minute_for_all_that_called(programme: Programme) -> None:
    server, clock, start_ms = programme.server, programme.clock, programme.clock.ms
    one, other = programme.seat(), programme.seat(counter=1)
    for _ in range(5):
        one.pull()
        clock.ms += 10_000
    server.head(other.device_id)
    assert written(programme) == {}
    assert cell(programme, one, "LAST-CONTACT") == "never"
    clock.ms += 10_000
    one.pull()  # a minute after the first; its own call is the next minute's
    assert written(programme) == {
        one.device_id: start_ms + 40_000,
        other.device_id: start_ms + 50_000,
    }
    assert cell(programme, one, "LAST-UPLOAD") == "never"
    assert cell(programme, one, "LAST-CONTACT") == "2026-09-21T14:14:00Z"


def test_an_upload_is_a_contact_at_once(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    seat.push()
    assert cell(programme, seat, "LAST-CONTACT") == cell(programme, seat, "LAST-UPLOAD") != "never"


def test_who_was_shut_out_and_still_calls_is_seen(programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    with programme.work() as work:
        revoke_device(work, KEYS, seat.device_id)
    assert refusal(seat.pull) == "revoked"
    programme.clock.ms += 60_000
    other.pull()
    assert seat.device_id in written(programme)


def test_the_latest_counts_whichever_process_heard_it(programme: Programme) -> None:
    seat = programme.seat()
    again = CentralServer(programme.server.engine, KEYS, programme.clock)
    seat.pull()
    programme.clock.ms += 30_000
    again.head(seat.device_id)
    late_ms = programme.clock.ms
    programme.clock.ms += 60_000
    again.pull(seat.device_id, seat.cursor)
    seat.pull()  # this process had heard it earlier only
    assert written(programme) == {seat.device_id: late_ms}


def test_a_whole_programme_is_written_whatever_its_size(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "_ROWS", 2)
    seats = [programme.seat() for _ in range(5)]
    noted = {(programme.programme_id, seat.device_id): n for n, seat in enumerate(seats)}
    with writing(programme.server.engine) as connection:
        write_contacts(connection, noted)
    assert written(programme) == {seat.device_id: n for n, seat in enumerate(seats)}


def test_nobodys_pull_fails_for_it(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, start_ms = programme.seat(), programme.clock.ms
    seat.pull()
    programme.clock.ms += 60_000

    def fail(*_: object) -> None:
        raise OperationalError("", [], Exception())

    with monkeypatch.context() as patch:
        patch.setattr(contacts, "write_contacts", fail)
        programme.server.pull(seat.device_id, seat.cursor)
    assert written(programme) == {}
    programme.clock.ms += 60_000
    programme.server.pull(seat.device_id, seat.cursor)
    assert written(programme) == {seat.device_id: start_ms + 60_000}
