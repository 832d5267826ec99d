"""Looks at each redemption once for patterns that a manager should see (app.domain.watching).

A job: what was looked at is marked so, wherever it came from and however late. An item's id is made
of what it is about and of the week, so a step that is done twice raises nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.events import Proof
from app.domain.records import ExceptionItem
from app.domain.watching import (
    DAY_MS,
    HOUR_MS,
    OF_CLERK,
    SETTING,
    WEEK_MS,
    History,
    Sign,
    Spend,
    WatchRules,
    signs,
)
from sync.server.devices import Device, find_device
from sync.server.exceptions import put_item
from sync.server.pace import MOST_ROWS
from sync.server.pooling import RETURN, SHARE
from sync.server.store import tables as t
from sync.server.work import Work

KEPT_MS: Final = 31 * DAY_MS
"""As long as any rule asks what was changed before."""

WATCHED: Final = "Watched"
"""What stands where an exception has the type of its entry."""

# Bookings that nobody stood at a counter for, or others did
_BY_ITSELF: Final = (
    "lease", "lease_return", "lease_write_off", "expiry", "maturing", SHARE, RETURN,
)  # fmt: skip
_UNWATCHED: Final = sa.text("NOT watched")  # as the index has it
_SENTENCES: Final = {
    "watch_emptied": (
        "{times} redemptions took {taken} of {had} points in {hours} h, after {days} days without"
        " a booking"
    ),
    "watch_far_apart": "{times} redemptions at {offices} offices in {hours} h",
    "watch_after_change": "{taken} points {minutes} min after another card or phone",
    "watch_same_clerk": "{times} redemptions by one clerk in {days} days, {taken} points",
    "watch_by_name": "{times} redemptions by name alone in {hours} h, {taken} points",
}


def find_unwatched(connection: Connection, programme_id: UUID, *, rows: int) -> list[UUID]:
    """Redemptions that nobody has looked at, at most `rows`."""
    redemption = t.redemption
    found = connection.execute(
        sa.select(redemption.c.redemption_id)
        .where(redemption.c.programme_id == programme_id, _UNWATCHED)
        .order_by(redemption.c.redemption_id)
        .limit(rows)
    )
    return list(found.scalars())


def watch(work: Work, redemption_ids: Sequence[UUID]) -> int:
    """Look at redemptions, and raise what shows; returns how many there were."""
    rules = WatchRules.from_setting(work.setting(SETTING))
    watching = _Watching(work, rules)
    for row in work.find(t.redemption, "redemption_id", redemption_ids, lock=True):
        if row.state == "posted" and row.member_id is not None:
            watching.look_at(row)
    redemption = t.redemption
    work.connection.execute(
        redemption.update()
        .where(
            redemption.c.programme_id == work.programme_id,
            redemption.c.redemption_id.in_(redemption_ids),
        )
        .values(watched=True)
    )
    return len(redemption_ids)


def put_sign(
    work: Work,
    device: Device,
    sign: Sign,
    message: str,
    *,
    about: str,
    office_id: UUID,
    staff_id: UUID | None,
    member_id: UUID | None = None,
    points: int | None = None,
) -> None:
    """Put a sign before an office's managers, once for what it is about.

    Args:
        work: the transaction.
        device: where it showed.
        sign: what showed.
        message: the pattern's sentence, with places for the sign's figures.
        about: pattern, whose sign it is, and week.
        staff_id: who gave what it shows with, or whose visits it shows in.
        office_id: whose managers.
        member_id: whose points.
        points: that went.
    """
    named = f"{work.programme_id} {about}".encode()
    people = [] if staff_id is None else work.find(t.staff, "staff_id", [staff_id])
    item = ExceptionItem(
        exception_id=UUID(bytes=hashlib.sha256(named).digest()[:16]),
        office_id=office_id,
        counter_label=device.counter_label,
        entry_type=WATCHED,
        code=str(sign.pattern),
        message=message.format(**sign.figures),
        points=points,
        member_id=member_id,
        received_ms=work.now_ms,
        state="open",
        clerk_number="".join(row.number for row in people),
        seen=dict(sign.figures),
    )
    put_item(work, device, item)


def forget_chunk(work: Work, *, before_ms: int) -> int:
    """Let changes of cards and phones go that no redemption is soon after any more.

    Returns:
        How many, 0 once there are none.
    """
    change = t.member_change
    mine = change.c.programme_id == work.programme_id
    late = sa.select(change.c.event_id).where(mine, change.c.at_ms < before_ms).limit(MOST_ROWS)
    gone = list(work.connection.execute(late).scalars())
    if gone:
        work.connection.execute(sa.delete(change).where(mine, change.c.event_id.in_(gone)))
    return len(gone)


class _Watching:
    def __init__(self, work: Work, rules: WatchRules) -> None:
        self._work = work
        self._rules = rules
        self._devices: dict[UUID, Device | None] = {}

    def look_at(self, row: Any) -> None:
        device = self._device(row.device_id)
        if device is None:
            return
        spend = Spend(row.at_ms, row.points - row.refunded, device.office_id, row.staff_id)
        for sign in signs(spend, self._history(row), self._rules):
            self._raise(row, device, sign)

    def _history(self, row: Any) -> History:
        rules, work = self._rules, self._work
        quiet_before = row.at_ms - rules.emptied_hours * HOUR_MS
        txn, posting, change = t.ledger_txn, t.posting, t.member_change
        last_booked = sa.select(sa.func.max(txn.c.at_ms)).where(
            txn.c.programme_id == work.programme_id,
            txn.c.at_ms <= quiet_before,
            txn.c.kind.not_in(_BY_ITSELF),
            txn.c.txn_id.in_(
                sa.select(posting.c.txn_id).where(
                    posting.c.programme_id == work.programme_id,
                    posting.c.member_id == row.member_id,
                )
            ),
        )
        changed = sa.select(sa.func.max(change.c.at_ms)).where(
            change.c.programme_id == work.programme_id,
            change.c.member_id == row.member_id,
            change.c.at_ms <= row.at_ms,
        )
        balances = work.find(t.balance, "member_id", [row.member_id])
        return History(
            spends=self._spends(t.redemption.c.member_id == row.member_id, row, rules.member_ms),
            has=sum(each.posted for each in balances if each.unit == t.POINTS),
            last_booked_ms=work.connection.execute(last_booked).scalar_one(),
            changed_ms=work.connection.execute(changed).scalar_one(),
            by_name=self._by_name(row),
        )

    def _by_name(self, row: Any) -> list[Spend]:
        if row.proof != Proof.NAME or row.staff_id is None:
            return []
        redemption = t.redemption
        same = (redemption.c.staff_id == row.staff_id) & (redemption.c.proof == str(Proof.NAME))
        return self._spends(same, row, self._rules.by_name_hours * HOUR_MS)

    def _spends(self, which: sa.ColumnElement[bool], row: Any, span_ms: int) -> list[Spend]:
        redemption, device = t.redemption, t.device
        found = (
            sa.select(
                redemption.c.at_ms,
                (redemption.c.points - redemption.c.refunded).label("n"),
                device.c.office_id,
                redemption.c.staff_id,
            )
            .join(
                device,
                (device.c.programme_id == redemption.c.programme_id)
                & (device.c.device_id == redemption.c.device_id),
            )
            .where(
                redemption.c.programme_id == self._work.programme_id,
                which,
                redemption.c.state == "posted",
                redemption.c.at_ms > row.at_ms - span_ms,
                redemption.c.at_ms <= row.at_ms,
            )
        )
        return [Spend(*each) for each in self._work.connection.execute(found)]

    def _device(self, device_id: UUID) -> Device | None:
        if device_id not in self._devices:
            self._devices[device_id] = find_device(self._work.connection, device_id)
        return self._devices[device_id]

    def _raise(self, row: Any, device: Device, sign: Sign) -> None:
        is_clerks = sign.pattern in OF_CLERK
        subject = row.staff_id if is_clerks else row.member_id
        put_sign(
            self._work,
            device,
            sign,
            _SENTENCES[sign.pattern],
            about=f"{sign.pattern} {subject} {row.at_ms // WEEK_MS}",
            office_id=device.office_id,
            staff_id=row.staff_id,
            member_id=None if is_clerks else row.member_id,
            points=sign.points,
        )
