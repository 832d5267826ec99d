"""A short day at real counters, and what the report says when something has gone wrong."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.credentials.vaults import open_vault
from app.store.cipher import connect
from build_scripts.demo.director import Director, Played
from build_scripts.demo.inspection import Inspected, inspect
from build_scripts.demo.link import Link
from build_scripts.demo.report import Report
from build_scripts.demo.stage import Script, Stage

ENCOUNTERS, KILLS, SEED = 12, 4, 3


class Day:
    """A day that was played, whose server folder can be set back."""

    def __init__(self, stage: Stage, played: Played, whole: Path) -> None:
        self.stage, self.played, self._whole = stage, played, whole

    def inspected(self, **changed: Any) -> Inspected:
        return inspect(self.stage, replace(self.played, **changed))

    def report(self) -> tuple[Report, tuple[str, ...]]:
        inspected = self.inspected()
        return inspected.report, inspected.findings

    def restore(self) -> None:
        for path in self.stage.folder.rglob("*-wal"):  # of a file that is about to be another
            path.unlink()
        shutil.copytree(self._whole, self.stage.folder, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def played_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day") / "run"
    said: list[str] = []
    with Stage(folder) as stage:
        stage.build(Script(count=1_500, seed=SEED))
        stage.serve()
        with Link(stage.port) as link:
            played = Director(stage, link, say=said.append).play(ENCOUNTERS, seed=SEED, kills=KILLS)
        stage.close()
        with closing(sqlite3.connect(stage.data / "guichet.db")) as books:
            books.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = folder.with_name("whole")
        shutil.copytree(folder, whole)
        yield Day(stage, played, whole)


@pytest.fixture
def day(played_day: Day) -> Iterator[Day]:
    yield played_day
    played_day.restore()


def change(day: Day, sql: str) -> None:
    """Falsify the books by hand; there has to be something to change."""
    with closing(sqlite3.connect(day.stage.data / "guichet.db")) as books:
        assert books.execute(sql).rowcount > 0
        books.commit()


def test_nothing_is_lost_doubled_or_left_over(day: Day) -> None:
    inspected = day.inspected()
    report = inspected.report
    assert (inspected.failures, inspected.findings) == ((), ())
    assert day.played.drained
    assert report.kills == KILLS
    assert report.encounters == ENCOUNTERS == sum(report.rating_states.values())
    assert report.ratings == report.rating_states["rated"]
    assert report.accruals > 0
    assert all(report.redemptions[cover] for cover in ("online", "lease", "at_risk", "refused"))
    assert report.leases_handed_back > 100, "all that a counter held which was given up"
    assert report.vouchers_taken > 0
    for alarm in (report.alarm, report.office_alarm, report.late_alarm):
        assert alarm.count > 0
        assert alarm.p99_ms is not None


def test_staff_need_no_mouse_and_no_more_keys_than_promised(day: Day) -> None:
    jobs = day.report()[0].jobs
    assert {job: figures.mouse for job, figures in jobs.items()} == dict.fromkeys(jobs, 0)
    promised = {
        "earn_by_scan": (2, 1),
        "earn_by_phone": (7, 1),
        "redeem_offline": (5, 0),
        "redeem_online": (5, 0),
        "retro_claim": (2, 1),
        "complaint": (3, 0),
        "close_shift": (9, 0),
        "rating": (0, 0),
    }
    for job, (keys, scans) in promised.items():
        if job in jobs:
            assert jobs[job].keys <= keys, job
            assert jobs[job].scans == scans, job
    assert {"complaint", "close_shift", "rating"} <= set(jobs)


def test_the_report_file_has_the_promised_names(day: Day, tmp_path: Path) -> None:
    day.report()[0].write(tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_text())
    assert list(document) == [
        *("encounters", "rating_states", "ratings", "accruals", "redemptions"),
        *("leases_handed_back", "vouchers_taken", "points_exposed", "pending_after"),
        *("lost", "duplicated", "ledger_balanced", "replica_equal", "kills", "blocking_dialogs"),
        *("jobs", "alarm", "office_alarm", "late_alarm"),
    ]
    assert list(document["redemptions"]) == [
        *("online", "lease", "at_risk", "written_off", "refused"),
    ]
    assert set(document["jobs"]["rating"]) == {"keys", "scans", "mouse", "seconds_p95"}
    assert set(document["alarm"]) == {"count", "p50_ms", "p99_ms"}


def without_a_posting(day: Day) -> None:
    change(day, "DELETE FROM posting WHERE rowid = (SELECT min(rowid) FROM posting)")


def with_a_changed_balance(day: Day) -> None:
    change(
        day,
        "UPDATE balance SET posted = posted + 1 WHERE posted = (SELECT max(posted) FROM balance)",
    )


@pytest.mark.parametrize("falsify", [without_a_posting, with_a_changed_balance])
def test_books_that_were_altered_do_not_balance(day: Day, falsify: Callable[[Day], None]) -> None:
    falsify(day)
    report, findings = day.report()
    assert not report.ledger_balanced
    assert any(finding.startswith("audit: ") for finding in findings)
    assert report.failures()


def saw(day: Day, seat: int, kind: str, *, at_ns: int) -> None:
    line = {"kind": kind, "seat": "A1", "ref": "made up", "words": "QMessageBox", "at_ns": at_ns}
    with day.played.seats[seat].witness.open("a") as file:
        file.write(json.dumps(line) + "\n")


def test_a_box_in_the_way_while_the_network_is_gone_fails_the_run(day: Day) -> None:
    start, end = day.played.gone_ns
    saw(day, 0, "dialog", at_ns=start - 1)
    saw(day, 0, "dialog", at_ns=end + 1)
    assert day.inspected().failures == ()
    saw(day, 0, "dialog", at_ns=(start + end) // 2)
    inspected = day.inspected()
    assert inspected.report.blocking_dialogs == 1
    assert len(inspected.failures) == 1


def test_a_mistake_that_the_program_admits_fails_the_run(day: Day) -> None:
    saw(day, 1, "mistake", at_ns=1)
    assert len(day.inspected().failures) == 1


def test_a_low_rating_that_never_rang_fails_the_run(day: Day) -> None:
    witness = day.played.seats[-1].witness
    lines = witness.read_text().splitlines(keepends=True)
    ringing = [line for line in lines if '"ringing"' in line]
    witness.write_text("".join(line for line in lines if line != ringing[0]))
    before, inspected = len(ringing), day.inspected()
    assert before > 1
    assert [why for why in inspected.failures if "never rang" in why] == [
        "1 low ratings never rang on the desk"
    ]


def test_a_job_that_nobody_did_or_that_took_the_mouse_fails_the_run(day: Day) -> None:
    diaries = day.played.diaries
    idle = [replace(diary, performed=[]) for diary in diaries]
    (failure,) = day.inspected(diaries=idle).failures
    assert all(job in failure for job in ("close_shift", "rating"))
    (job, *rest) = diaries[0].performed
    by_mouse = [replace(diaries[0], performed=[replace(job, mouse=1), *rest]), *diaries[1:]]
    (failure,) = day.inspected(diaries=by_mouse).failures
    assert "mouse" in failure


def test_an_entry_that_was_not_confirmed_is_still_pending(day: Day) -> None:
    folder = day.played.seats[0].folder
    key = open_vault(folder).get("work_key")
    assert key is not None
    with closing(connect(folder / "work.db", key)) as work:
        work.execute("UPDATE chain SET confirmed_seq = confirmed_seq - 1 WHERE confirmed_seq > 0")
    inspected = day.inspected()
    assert inspected.report.pending_after == 1
    assert len(inspected.failures) == 1


def test_a_screen_that_still_shows_something_waiting_fails_the_run(day: Day) -> None:
    assert len(day.inspected(drained=False).failures) == 1


def test_a_promise_that_is_nowhere_is_lost(day: Day) -> None:
    witness = day.played.seats[0].witness
    line = {
        "kind": "line",
        "seat": "A1",
        "ref": "01a20000-0000-7000-8000-000000000000",
        "words": "+1,240",
        "at_ns": time.monotonic_ns(),
    }
    with witness.open("a") as file:
        file.write(json.dumps(line) + "\n")
        file.write(json.dumps({**line, "kind": "thanks"}) + "\n")
    report, findings = day.report()
    assert report.lost == 2
    assert sum(finding.startswith("lost: ") for finding in findings) == 2


def test_a_second_transaction_for_one_accrual_is_a_duplicate(day: Day) -> None:
    change(
        day,
        "INSERT INTO ledger_txn SELECT programme_id, lower(hex(randomblob(16))), kind, ref_id,"
        " event_id, at_ms, why FROM ledger_txn WHERE kind = 'accrual' LIMIT 1",
    )
    report, _ = day.report()
    assert report.duplicated == 1
    assert report.failures()


def test_a_case_for_the_same_rating_twice_is_a_duplicate(day: Day) -> None:
    change(
        day, "UPDATE service_case SET encounter_id = (SELECT min(encounter_id) FROM service_case)"
    )
    assert day.report()[0].duplicated >= 1


def test_an_encounter_without_a_rating_state_fails_the_run(day: Day) -> None:
    change(day, "UPDATE encounter SET rating_state = '' WHERE rowid = 1")
    report, _ = day.report()
    assert any("with a rating state" in why for why in report.failures())


def test_a_member_that_differs_is_found_row_by_row(day: Day) -> None:
    change(day, "UPDATE member SET phone = '0' WHERE rank = 7")
    report, findings = day.report()
    assert not report.replica_equal
    assert any("1 members differ" in finding for finding in findings)


def test_a_document_that_differs_is_found(day: Day) -> None:
    change(day, "UPDATE record SET body = CAST('{}' AS BLOB) WHERE kind = 'reward'")
    report, findings = day.report()
    assert not report.replica_equal
    assert any("records differ" in finding for finding in findings)


def test_an_open_exception_is_still_pending(day: Day) -> None:
    change(
        day,
        "INSERT INTO exception_item (programme_id, exception_id, device_id, office_id,"
        " counter_label, entry_type, code, message, points, received_ms, state, answer,"
        " settled_by, clerk_number, seen)"
        " SELECT programme_id, lower(hex(randomblob(16))), device_id, office_id, 'A1',"
        " 'AccrualRecorded', 'already_earned', '', 1, 1, 'open', '', '', '', '{}'"
        " FROM device LIMIT 1",
    )
    assert day.report()[0].pending_after == 1
