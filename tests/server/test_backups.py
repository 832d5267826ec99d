"""What the operator's backups hold, from the mark before them to the counters that are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.domain.errors import Rejected
from app.ports.sync_store import Heads
from sync.server import backups, epochs
from sync.server.status import status_lines
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import rows, sound
from tests.server.conftest import Programme
from tests.server.counter_pc import Counter, bring
from tests.server.seats import visit
from tests.server.test_cli import run
from tests.store.test_pruning import bodies, prune


@pytest.fixture
def counter(programme: Programme, tmp_path: Path) -> Iterator[Counter]:
    made = Counter(programme, tmp_path / "seat")
    yield made
    made.close()


def mark(programme: Programme) -> str:
    with reading(programme.server.engine) as connection:
        return backups.make_mark(connection, programme.programme_id)


def confirm(programme: Programme, which: str) -> None:
    with programme.work() as work:
        backups.confirm(work, which)


def status(programme: Programme) -> str:
    with reading(programme.server.engine) as connection:
        return next(x for x in status_lines(connection) if x.startswith("backed up"))


def test_what_came_before_the_mark_counts_as_backed_up_once_it_is_confirmed(
    programme: Programme,
) -> None:
    seat = programme.seat()
    visit(seat)
    before = seat.push().mark
    made = mark(programme)
    visit(seat)
    after = seat.push().mark
    assert programme.server.head(seat.device_id).backed_up == 0
    assert status(programme) == "backed up\tnever"
    confirm(programme, made)
    assert before < programme.server.head(seat.device_id).backed_up <= after
    assert status(programme) != "backed up\tnever"
    newer = mark(programme)
    confirm(programme, newer)
    confirm(programme, made)  # late, and less
    assert programme.server.head(seat.device_id).backed_up > after


def test_a_mark_of_another_epoch_or_of_nobody_is_refused(programme: Programme) -> None:
    made = mark(programme)
    epoch = made.partition("/")[0]
    for wrong in ("", "yesterday", f"{epoch}/", f"{epoch}/0", f"{epoch}/{10**15}"):
        with pytest.raises(Rejected) as refused:
            confirm(programme, wrong)
        assert refused.value.code == "bad_mark"
    confirm(programme, made)
    seat = programme.seat()
    with programme.work() as work:
        epochs.begin(
            work.connection, programme.programme_id, epoch_id=uuid4(), now_ms=programme.clock()
        )
    assert programme.server.head(seat.device_id).backed_up == 0
    with pytest.raises(Rejected) as refused:
        confirm(programme, made)
    assert refused.value.code == "other_epoch"


def prepare_pruned(programme: Programme, counter: Counter) -> None:
    for _ in range(4):
        counter.serve(programme.member())
    counter.upload()
    confirm(programme, mark(programme))
    counter.seat.sync.note_backed_up(programme.server.head(counter.device_id).backed_up)
    programme.clock.ms += 31 * 86_400_000
    prune(counter.seat)
    assert bodies(counter.seat) == []


def test_a_pruned_journal_is_rescued_and_goes_on(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    prepare_pruned(programme, counter)
    counter.serve(programme.member())
    counter.close()
    done = bring(programme, counter.folder)
    assert (done.taken, done.unreadable, done.apart) == (5, 0, 0)
    assert bring(programme, counter.folder).taken == 0
    counter.open()
    counter.upload()
    assert {row.decision for row in rows(programme, t.entry)} <= {"accepted", "exception"}
    assert all(row.raw for row in rows(programme, t.entry))
    sound(programme)


def test_what_a_wrongly_confirmed_backup_lacks_is_said(
    programme: Programme, counter: Counter
) -> None:
    prepare_pruned(programme, counter)
    with programme.server.engine.begin() as connection:  # as a server that never had them
        for table in (t.entry, t.chain, t.encounter, t.rating, t.exception_item, t.record):
            connection.execute(table.delete())
    counter.seat.sync.offer_again(Heads({1: (0, b"")}))
    counter.upload()
    found = rows(programme, t.entry)
    assert len(found) == 21
    assert {row.code for row in found} == {"unreadable"}
    assert len(rows(programme, t.exception_item)) == 21


def test_the_operators_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert run(data, "init", "--programme", "Phoenix", "--office", "PEK", "--time-zone",
               "Asia/Shanghai", "--admin-pin", "1234") == 0  # fmt: skip
    capsys.readouterr()
    assert run(data, "backup", "mark") == 0
    made = capsys.readouterr().out.strip()
    assert run(data, "backup", "confirm", made) == 0
    assert "let go" in capsys.readouterr().out
    assert run(data, "status") == 0
    assert "backed up\tnever" not in capsys.readouterr().out
    assert run(data, "backup", "confirm", "nonsense") == 1
