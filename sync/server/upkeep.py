"""What the server does unasked, job by job: `jobs.py` says when, and in which process.

A job yields after each of its steps, which are transactions of their own: a run may end anywhere,
and a step may be done twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from uuid import UUID

import structlog

from app.domain.figure_rules import SETTING as FIGURES
from app.domain.figure_rules import FigureRules
from sync.server import (
    epochs,
    expecting,
    expiry,
    forgetting,
    listening_draw,
    log_pruning,
    look_up,
    maturing,
    office_days,
    rating_watch,
    recovery,
    scope_jobs,
    snapshots,
    stock_keeping,
    tier_review,
    watching,
)
from sync.server.day_counts import Day
from sync.server.escalating.job import Escalation
from sync.server.escalating.sending import Mailbox
from sync.server.links import joining
from sync.server.pace import MOST_MEMBERS, Pace
from sync.server.phones import sessions
from sync.server.scope import DAY_MS
from sync.server.settings_of import setting_value, texts_kept_days
from sync.server.store.engine import reading
from sync.server.transactions import Steps, Transactions

_log = structlog.get_logger("guichet.server")


class Upkeep:
    """All programmes' jobs. Anybody may run them, at any time."""

    def __init__(self, transactions: Transactions, mailbox: Mailbox | None = None) -> None:
        """`mailbox`: who takes mail about low ratings along."""
        self.transactions = transactions
        self._escalation = Escalation(mailbox)
        self._older: dict[UUID, Day] = {}  # the last of older days that were counted

    def hourly(self) -> Iterable[tuple[str, Iterator[int]]]:
        """The jobs that are due again after an hour: names, and what yields their steps' counts."""
        return (
            ("maturing", self.maturing()),
            ("expiry", self.expiring()),
            ("tiers", self.reviewing()),
            ("watching", self.watching()),
            ("ratings", self.watching_ratings()),
            ("recovery", self.following()),
            ("listening", self.drawing()),
            ("tidying", self.tidying()),
            ("scopes", self.scoping()),
            ("log", self.pruning()),
            ("snapshots", self.refreshing()),
        )

    def noticing(self) -> Iterator[int]:
        """Begin a new epoch of each programme whose database was restored; yields one for each."""
        for jobs in self._each():
            if epochs.begin_if_elsewhere(
                jobs.engine, jobs.programme_id, new_id=jobs.new_id, now_ms=jobs.now_ms()
            ):
                _log.warning("database_was_restored", programme=str(jobs.programme_id))
                yield 1

    def expiring(self) -> Iterator[int]:
        """Post what has expired; yields points."""
        pace = Pace(expiry.MOST_LOTS)
        for jobs in self._each():
            after = expiry.START
            while True:
                with reading(jobs.engine) as connection:
                    lots = expiry.find_expired(
                        connection,
                        jobs.programme_id,
                        after=after,
                        rows=pace.rows,
                        now_ms=jobs.now_ms(),
                    )
                if not lots:
                    break
                with pace.timed():
                    points = jobs.step(partial(expiry.expire, lots=lots))
                if points is None:
                    break
                yield points
                after = lots[-1]

    def maturing(self) -> Iterator[int]:
        """Let points be spent whose day has come; yields points."""
        pace = Pace(MOST_MEMBERS)
        for jobs in self._each():
            after = maturing.START
            while True:
                with reading(jobs.engine) as connection:
                    due = maturing.find_due(
                        connection,
                        jobs.programme_id,
                        after=after,
                        rows=pace.rows,
                        now_ms=jobs.now_ms(),
                    )
                if not due:
                    break
                with pace.timed():
                    points = jobs.step(partial(maturing.mature, due=due))
                yield points
                after = due[-1][:2]

    def reviewing(self) -> Iterator[int]:
        """Decide again about tiers whose last day is over; yields members."""
        pace = Pace(MOST_MEMBERS)
        for jobs in self._each():
            after = tier_review.START
            while True:
                with reading(jobs.engine) as connection:
                    due = tier_review.find_due(
                        connection,
                        jobs.programme_id,
                        after=after,
                        rows=pace.rows,
                        now_ms=jobs.now_ms(),
                    )
                if not due:
                    break
                with pace.timed():
                    reviewed = jobs.step(partial(tier_review.review, member_ids=due))
                yield reviewed
                after = due[-1]

    def watching(self) -> Iterator[int]:
        """Look at redemptions for patterns that managers should see; yields how many."""
        pace = Pace(MOST_MEMBERS)
        for jobs in self._each():
            while True:
                with reading(jobs.engine) as connection:
                    due = watching.find_unwatched(connection, jobs.programme_id, rows=pace.rows)
                if not due:
                    break
                with pace.timed():
                    looked_at = jobs.step(partial(watching.watch, redemption_ids=due))
                yield looked_at

    def watching_ratings(self) -> Iterator[int]:
        """Look at offices' visits for what may keep ratings away; yields visits, by office."""
        for jobs in self._each():
            with reading(jobs.engine) as connection:
                due = rating_watch.find_due(connection, jobs.programme_id, now_ms=jobs.now_ms())
            for office in due:
                yield jobs.step(partial(rating_watch.look_at, due=office))

    def following(self) -> Iterator[int]:
        """Follow offices' members after low ratings; yields members, by office."""
        for jobs in self._each():
            with reading(jobs.engine) as connection:
                due = recovery.find_due(connection, jobs.programme_id, now_ms=jobs.now_ms())
                setting = setting_value(connection, jobs.programme_id, FIGURES)
            days = FigureRules.from_setting(setting).recovery_days
            for office in due:
                with reading(jobs.engine) as connection:
                    found = recovery.gather(connection, jobs.programme_id, office, days=days)
                jobs.step(partial(recovery.publish, due=office, found=found))
                yield sum(group.members for group in found.groups)

    def drawing(self) -> Iterator[int]:
        """Draw managers' customers of the week; yields how many were drawn, by office."""
        for jobs in self._each():
            with reading(jobs.engine) as connection:
                due = listening_draw.find_due(connection, jobs.programme_id, now_ms=jobs.now_ms())
            for office in due:
                with reading(jobs.engine) as connection:
                    frame = listening_draw.gather(connection, jobs.programme_id, office)
                yield jobs.step(partial(listening_draw.record, due=office, frame=frame))

    def tidying(self) -> Iterator[int]:
        """Let go of what is kept no longer (see forgetting.py); yields how much."""
        for jobs in self._each():
            with reading(jobs.engine) as connection:
                days = texts_kept_days(connection, jobs.programme_id)
            before_ms = jobs.now_ms() - days * DAY_MS
            while late := jobs.read(forgetting.late(jobs.programme_id)):
                yield jobs.step(partial(forgetting.let_go, rows=late))
            while gone := jobs.step(partial(forgetting.drop_texts_chunk, before_ms=before_ms)):
                yield gone
            while gone := jobs.step(expecting.forget_chunk):
                yield gone
            asked_ms = jobs.now_ms() - look_up.KEPT_MS
            while gone := jobs.step(partial(look_up.forget_chunk, before_ms=asked_ms)):
                yield gone
            while gone := jobs.step(sessions.forget_chunk):
                yield gone
            changed_ms = jobs.now_ms() - watching.KEPT_MS
            while gone := jobs.step(partial(watching.forget_chunk, before_ms=changed_ms)):
                yield gone
            while gone := jobs.step(partial(forgetting.blank_cases_chunk, before_ms=before_ms)):
                yield gone

    def scoping(self) -> Iterator[int]:
        """Keep up whom the offices with members of their own hold; yields how many."""
        for jobs in self._each():
            for job in (scope_jobs.let_go, scope_jobs.gather, scope_jobs.clear):
                yield from job(jobs)

    def pruning(self) -> Iterator[int]:
        """Let the change log go behind what every device has seen; yields rows."""
        for jobs in self._each():
            yield from log_pruning.prune(jobs)

    def refreshing(self) -> Iterator[int]:
        """Make the members files anew that are due, one a step."""
        for jobs in self._each():
            with reading(jobs.engine) as connection:
                due = snapshots.due(connection, jobs.programme_id, now_ms=jobs.now_ms())
            for scope in due:
                built = snapshots.build(
                    jobs.engine,
                    jobs.programme_id,
                    now_ms=jobs.now_ms,
                    new_id=jobs.new_id,
                    scope=scope,
                )
                if built is not None:
                    yield 1

    def joining(self) -> Iterator[int]:
        """Put ratings from customers' own phones to their visits; yields how many visits."""
        for jobs in self._each():
            after = joining.START
            while True:
                with reading(jobs.engine) as connection:
                    due = joining.find_due(connection, jobs.programme_id, after=after)
                if not due:
                    break
                yield jobs.step(partial(joining.join, encounter_ids=due))
                after = due[-1]

    def publishing_office_days(self) -> Iterator[int]:
        """Tell desks of what their offices' days count now; yields how many were counted.

        What changes meanwhile is for the next time. Of older days there may be years at once, after
        an update: some of them each time, going on where it ended.
        """
        for jobs in self._each():
            recent = office_days.first_recent(jobs.now_ms())
            after = office_days.START
            while days := self._marked(jobs, after, from_day=recent):
                yield self._count_days(jobs, days)
                after = days[-1]
            after = self._older.get(jobs.programme_id, office_days.START)
            for _ in range(office_days.OLDER_CHUNKS):
                days = self._marked(jobs, after, before_day=recent)
                if not days and after != office_days.START:
                    days = self._marked(jobs, office_days.START, before_day=recent)
                if not days:
                    break
                yield self._count_days(jobs, days)
                self._older[jobs.programme_id] = after = days[-1]

    def _marked(
        self, jobs: Steps, after: Day, *, from_day: str = "", before_day: str | None = None
    ) -> list[Day]:
        with reading(jobs.engine) as connection:
            return office_days.find_marked(
                connection,
                jobs.programme_id,
                after=after,
                from_day=from_day,
                before_day=before_day,
            )

    def _count_days(self, jobs: Steps, days: list[Day]) -> int:
        marks = jobs.step(partial(office_days.publish, days=days))
        jobs.step(partial(office_days.unmark, marks=marks))
        return len(days)

    def escalating(self) -> Iterator[int]:
        """Carry on low ratings that nobody took; yields how many messages got through."""
        for jobs in self._each():
            yield self._escalation.step(jobs)

    def publishing_stock(self) -> Iterator[int]:
        """Tell counters how many of scarce rewards are left now; yields how many were news."""
        for jobs in self._each():
            with reading(jobs.engine) as connection:
                rewards = stock_keeping.unpublished(connection, jobs.programme_id)
            if rewards:
                yield jobs.step(partial(stock_keeping.publish, rewards=rewards))

    def _each(self) -> Iterator[Steps]:
        for programme_id in self.transactions.programmes():
            yield Steps(self.transactions, programme_id)
