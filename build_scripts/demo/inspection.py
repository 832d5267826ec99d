"""Inspects what a day left behind, and writes the report on it.

What is lost or doubled is computed from the server's database and the seats' journals alone; the
program's own claims count for nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from build_scripts.demo.books import Books
from build_scripts.demo.clerk import jobs_of
from build_scripts.demo.director import Played
from build_scripts.demo.report import Alarm, Report, alarm_figures, job_figures
from build_scripts.demo.seat_files import Journal, SeatFiles
from build_scripts.demo.stage import DESK, Stage
from build_scripts.demo.witness import Sighting, read

_LOW: Final = ("1", "2")


@dataclass(frozen=True, slots=True)
class Inspected:
    """The report, and what it is about line by line.

    Attributes:
        findings: each thing that is not as it should be.
        failures: why the run failed, in words; nothing if it passed.
    """

    report: Report
    findings: tuple[str, ...]
    failures: tuple[str, ...]


def inspect(stage: Stage, played: Played) -> Inspected:
    """Inspect a day. The seats' programs have ended; the server may go on."""
    books = stage.books
    files = {seat.name: SeatFiles(seat.folder) for seat in played.seats}
    journals = [seat.journal() for seat in files.values()]
    sightings = [
        each for seat in played.seats if seat.witness.exists() for each in read(seat.witness)
    ]
    lost = lost_of(sightings, journals, books)
    duplicated = books.duplicates()
    with ThreadPoolExecutor(1) as auditor:  # a process of its own, on the other core
        auditing = auditor.submit(stage.audit)
        members = books.replica_rows()
        differences = [
            f"{name}: {difference}"
            for name, seat in files.items()
            for difference in seat.differences(books, members, stage.office.code, desk=name == DESK)
        ]
        balanced, audit = auditing.result()
    tally = books.tally()
    start, end = played.gone_ns
    dialogs = [each for each in sightings if each.kind == "dialog" and start <= each.at_ns <= end]
    report = Report(
        encounters=tally.encounters,
        rating_states=tally.rating_states,
        ratings=tally.ratings,
        accruals=tally.accruals,
        redemptions={
            **tally.redemptions,
            "refused": sum(diary.refused for diary in played.diaries),
        },
        leases_handed_back=tally.leases_handed_back,
        vouchers_taken=tally.vouchers_taken,
        points_exposed=tally.points_exposed,
        pending_after=sum(journal.unsent for journal in journals) + tally.exceptions_open,
        lost=len(lost),
        duplicated=len(duplicated),
        ledger_balanced=balanced,
        replica_equal=not differences,
        kills=sum(diary.kills for diary in played.diaries),
        blocking_dialogs=len(dialogs),
        jobs=job_figures(each for diary in played.diaries for each in diary.performed),
        **alarms_of(sightings, books.alarmed_encounters(), played.gone_ns, played.alone_ns),
    )
    mistakes = [each for each in sightings if each.kind == "mistake"]
    cases = books.alarmed_encounters()
    unheard = sorted(cases.keys() - {each.ref for each in sightings if each.kind == "ringing"})
    unseen = sorted(jobs_of(played.visits) - report.jobs.keys())
    by_mouse = [name for name, figures in report.jobs.items() if figures.mouse]
    findings = [
        *(f"lost: {each.kind} {each.ref} on {each.seat}: {each.words}" for each in lost),
        *(f"twice: {each}" for each in duplicated),
        *(f"differs: {each}" for each in differences),
        *(f"box: {each.seat}: {each.words}" for each in dialogs),
        *(f"mistake: {each.seat}: {each.words}" for each in mistakes),
        *(f"unheard: case {case} of encounter {cases[case]}" for case in unheard),
        *(() if balanced else (f"audit: {audit}",)),
    ]
    checks = (
        (len(mistakes), "the program said {} times that it had made a mistake"),
        (len(unheard), "{} low ratings never rang on the desk"),
        (", ".join(unseen), "jobs that were to be done and were not measured: {}"),
        (", ".join(by_mouse), "jobs that took the mouse: {}"),
        (not played.drained, "a seat's screen still shows something waiting"),
    )
    failures = (*report.failures(), *(words.format(what) for what, words in checks if what))
    return Inspected(report, tuple(findings), failures)


def lost_of(
    sightings: Iterable[Sighting], journals: Sequence[Journal], books: Books
) -> list[Sighting]:
    """Return what a screen confirmed and neither a journal nor the server knows."""
    refs = books.known_refs().union(*(journal.refs for journal in journals))
    rated = books.rated_encounters().union(*(journal.rated for journal in journals))
    known = {"line": refs, "case": refs, "settled": refs, "thanks": rated}
    lost = {
        (each.kind, each.ref): each
        for each in sightings
        if each.kind in known and each.ref not in known[each.kind]
    }
    return list(lost.values())


def alarms_of(
    sightings: Iterable[Sighting],
    cases: dict[str, str],
    gone_ns: tuple[int, int],
    alone_ns: int,
) -> dict[str, Alarm]:
    """Return how long low faces took from the glass to ringing on the desk, by the way they came.

    The server's and the office's way count from the tap; where there was neither, from when the
    server was back.

    Args:
        sightings: of all seats.
        cases: encounters by case.
        gone_ns: when the server was out of reach, from and to.
        alone_ns: from when on the office's own network was gone too.
    """
    tapped: dict[str, int] = {}
    rung: dict[str, int] = {}
    for each in sorted(sightings, key=lambda sighting: sighting.at_ns):
        if each.kind == "tap" and each.words in _LOW:
            tapped.setdefault(each.ref, each.at_ns)
        elif each.kind == "ringing":
            rung.setdefault(cases.get(each.ref, ""), each.at_ns)
    gone, back = gone_ns
    delays: dict[str, list[float]] = {"alarm": [], "office_alarm": [], "late_alarm": []}
    for encounter in tapped.keys() & rung.keys():
        at_ns = tapped[encounter]
        if not gone <= at_ns <= back:
            way, since_ns = "alarm", at_ns
        elif at_ns < alone_ns:
            way, since_ns = "office_alarm", at_ns
        else:
            way, since_ns = "late_alarm", back
        delays[way].append((rung[encounter] - since_ns) / 1e6)
    return {way: alarm_figures(these) for way, these in delays.items()}
