"""Bugs and a database in trouble: who is told what, what is logged, and what goes on."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain import events as e
from sync.protocol.messages import Problem
from sync.server.api.app import make_app
from sync.server.audit import audit
from sync.server.batch import Batch
from sync.server.deciding import HANDLERS
from sync.server.failures import lacks_resources
from sync.server.reading import Received
from sync.server.serving import configure_log
from sync.server.setting_aside import MOST_ASIDE, Aside, push_around
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading
from tests.server.conftest import Programme
from tests.server.http import serving
from tests.server.seats import new_id, visit

PLANTED = "Planted-Person-13912345678"


class _FromPostgres(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(PLANTED)
        self.sqlstate = sqlstate


def _locked() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


def _operational(orig: BaseException) -> OperationalError:
    return OperationalError(PLANTED, [PLANTED], orig)


CASES: list[tuple[Callable[[], Exception], str]] = [
    (lambda: ValueError(PLANTED), "internal"),
    (lambda: KeyError(PLANTED), "internal"),
    (lambda: IntegrityError(PLANTED, [PLANTED], _FromPostgres("23505")), "internal"),
    (lambda: _operational(_FromPostgres("53100")), "internal"),  # its disk is full
    (lambda: _operational(sqlite3.OperationalError("no such table: x")), "internal"),
    (lambda: _operational(_FromPostgres("40P01")), "busy"),
    (lambda: _operational(_FromPostgres("57P01")), "busy"),
    (lambda: _operational(_FromPostgres(None)), "busy"),
    (lambda: _operational(_locked()), "busy"),
    (lambda: PoolTimeout(PLANTED), "busy"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("make", "code"), CASES)
def test_a_bug_says_so_and_names_nobody(
    programme: Programme,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[], Exception],
    code: str,
) -> None:
    seat = programme.seat()
    token = seat.token()

    def head(device_id: object) -> None:
        raise make()

    monkeypatch.setattr(programme.server, "head", head)
    with (
        structlog.testing.capture_logs() as lines,
        serving(make_app(programme.server)) as client,
    ):
        headers = {"Guichet-Protocol": "1", "Authorization": f"Bearer {token}"}
        answer = client.get("/v1/head", headers=headers)
    problem = msgspec.json.decode(answer.content, type=Problem)
    assert (answer.status_code, problem.code) == (500 if code == "internal" else 503, code)
    assert ("Retry-After" in answer.headers) == (code == "busy")
    (line,) = [line for line in lines if "frames" in line]
    assert line["log_level"] == ("error" if code == "internal" else "warning")
    assert line["kinds"][0] == type(make()).__name__
    assert any("test_failures.py" in frame for frame in line["frames"])
    out = capsys.readouterr()
    everything = [repr(lines), caplog.text, out.out, out.err, answer.text]
    assert PLANTED not in "\n".join(everything)


def test_what_libraries_log_is_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    settings = structlog.get_config()
    access = logging.getLogger("uvicorn.access")
    try:
        configure_log()
        (added,) = set(root.handlers) - set(before)
        root.handlers = [added]
        try:
            raise ValueError(PLANTED)
        except ValueError:
            logging.getLogger("uvicorn.error").exception("Failed for %s", PLANTED)
        out = capsys.readouterr()
    finally:
        root.handlers = before
        access.disabled = False
        structlog.configure(**settings)
    assert PLANTED not in out.out + out.err
    assert "Failed for" in out.err
    assert "test_failures.py" in out.err


@pytest.mark.parametrize("how", ["raises", "clashes"])
def test_one_entry_the_server_fails_at_holds_up_no_other(
    programme: Programme,
    monkeypatch: pytest.MonkeyPatch,
    expected_errors: list[logging.LogRecord],
    how: str,
) -> None:
    """A handler that raises; one whose rows break a constraint, whenever it is tried."""
    seat = programme.seat()
    encounter_id, _ = visit(seat)
    bad = {new_id(), new_id()}

    def broken(batch: Batch, received: Received, event: Any) -> None:
        if event.encounter_id not in bad:
            return
        if how == "raises":
            raise RuntimeError(PLANTED)
        txn_id = new_id()
        for _ in range(2):
            batch.work.add(t.ledger_txn, txn_id, PLANTED, event.encounter_id, None, 1, None)

    monkeypatch.setitem(HANDLERS, e.EncounterResumed, broken)
    good = [e.EncounterResumed(encounter_id) for _ in range(9)]
    first, second = (e.EncounterResumed(i) for i in bad)
    answer = seat.push(*good[:3], first, *good[3:6], second, *good[6:])
    assert [(d.seq, d.decision, d.code) for d in answer.decisions] == [
        (7, "exception", "failed"),
        (11, "exception", "failed"),
    ]
    assert answer.head_seq == 14
    seat.sent = 0
    assert {d.decision for d in seat.push().decisions} == {"duplicate"}
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []
    assert PLANTED not in "".join(record.getMessage() for record in expected_errors)


def test_a_server_that_fails_at_everything_keeps_nothing_and_is_asked_again(
    programme: Programme,
    monkeypatch: pytest.MonkeyPatch,
    expected_errors: list[logging.LogRecord],
) -> None:
    seat = programme.seat()

    def broken(batch: Batch, received: Received, event: Any) -> None:
        raise RuntimeError(PLANTED)

    with monkeypatch.context() as patched:
        patched.setitem(HANDLERS, e.EncounterOpened, broken)
        for _ in range(MOST_ASIDE + 1):
            visit(seat)
        with pytest.raises(RuntimeError):
            seat.push()
    assert seat.server.head(seat.device_id).head_seq == 0
    assert seat.push().decisions == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_of_the_servers_makes_no_exceptions(programme: Programme) -> None:
    """There is room for the entries as they came, and none for what follows from them."""
    engine = programme.server.engine
    seat = programme.seat()
    for _ in range(20):
        visit(seat)
    blob = seat.blob(b"x" * 8_000)
    seat.record(e.MemberJoined(new_id(), new_id(), "CA1", blob))
    tight: list[int] = []

    @sa.event.listens_for(engine, "begin")
    def _tight(connection: Connection) -> None:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        limit = pages + tight[0] if tight else 2**30
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}").close()

    refused = []
    for pages in range(0, 24, 2):
        tight[:] = [pages]
        try:
            seat.push()
        except OperationalError as error:
            refused.append(error)
        else:
            break
    tight.clear()
    assert refused
    assert all(map(lacks_resources, refused))
    seat.sent = 0
    seat.push()
    with reading(engine) as connection:
        codes = connection.execute(sa.select(t.exception_item.c.code)).scalars().all()
    assert codes == ["unknown_encounter"]
    with reading(engine) as connection:
        assert list(audit(connection)) == []


@pytest.mark.parametrize("state", ["53100", "53200", "58030"])
def test_what_the_database_lacks_is_no_entrys_doing(state: str) -> None:
    tried: list[Aside] = []

    def push(aside: Aside) -> None:
        tried.append(aside)
        raise _operational(_FromPostgres(state))

    with pytest.raises(OperationalError):
        push_around(1, 5, push, lambda aside: None)
    assert tried == [frozenset()]


def _clash() -> IntegrityError:
    return IntegrityError(PLANTED, [PLANTED], _FromPostgres("23505"))


@pytest.mark.parametrize("make", [lambda: KeyError(PLANTED), _clash])
def test_what_fails_once_is_no_entrys_doing(make: Callable[[], Exception]) -> None:
    tried: list[Aside] = []

    def push(aside: Aside) -> str:
        tried.append(aside)
        if len(tried) == 1:
            raise make()
        return "taken in"

    assert push_around(1, 5, push, lambda aside: None) == "taken in"
    assert tried == [frozenset(), frozenset()]


def test_what_fails_only_when_it_is_meant_blames_no_entry_and_ends() -> None:
    tried: list[Aside] = []

    def push(aside: Aside) -> None:
        tried.append(aside)
        raise _clash()

    with pytest.raises(IntegrityError):
        push_around(1, 5, push, lambda aside: None)
    assert set(tried) == {frozenset()}


@pytest.mark.parametrize("when", range(1, 12))
def test_a_clash_during_the_search_blames_no_other_entry(
    expected_errors: list[logging.LogRecord], when: int
) -> None:
    """The sixth of eight entries fails whenever it is read; one rehearsal clashes by itself."""
    rehearsed: list[Aside] = []

    def push(aside: Aside) -> Aside:
        if 6 not in aside:
            raise KeyError(PLANTED)
        return aside

    def rehearse(aside: Aside) -> None:
        rehearsed.append(aside)
        if len(rehearsed) == when:
            raise _clash()
        push(aside)

    assert push_around(1, 8, push, rehearse) == {6}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_transaction_that_idled_too_long_in_the_middle_is_run_again(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a starved machine PostgreSQL ends the session between two statements."""
    seat = programme.seat()
    visit(seat)
    write = Batch.write
    idled: list[bool] = []

    def idling(batch: Batch) -> None:
        if not idled:
            idled.append(True)
            batch.work.connection.exec_driver_sql(
                "SET LOCAL idle_in_transaction_session_timeout = '1ms'"
            )
            time.sleep(0.2)  # until the database has ended the session
        write(batch)

    monkeypatch.setattr(Batch, "write", idling)
    assert seat.push().decisions == []
    assert idled
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_card_that_another_counter_gives_out_meanwhile_is_an_exception(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two transactions look for the card before either has written it."""
    seat = programme.seat()
    encounter_id, _ = visit(seat)
    member_id = programme.member()
    engine = make_engine(programme.server.engine.url.render_as_string(hide_password=False))
    write = Batch.write
    came_between: list[bool] = []

    def racing(batch: Batch) -> None:
        if not came_between:
            with engine.begin() as connection:
                connection.execute(
                    t.card.insert().values(
                        programme_id=programme.programme_id,
                        card_no="CA777",
                        member_id=member_id,
                        since_ms=1,
                    )
                )
            came_between.append(True)
        write(batch)

    monkeypatch.setattr(Batch, "write", racing)
    joined = e.MemberJoined(encounter_id, new_id(), "CA777", seat.blob({"name": "李娜"}))
    assert [d.code for d in seat.push(joined).decisions] == ["card_taken"]
    engine.dispose()
