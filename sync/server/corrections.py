"""What was undone in parts, given and taken by managers: as one transaction holds it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa

from app.domain.records import AdjustmentStatus
from sync.server.store import tables as t
from sync.server.work import Work

T = TypeVar("T")

WAITING: Final = "waiting"
"""A refund's state until its redemption comes, an adjustment's until a second person agrees."""
POSTED: Final = "posted"
DECLINED: Final = "declined"
"""An adjustment's for good, where the second person said no."""


@dataclass(slots=True)
class RefundState:
    """A part of a redemption or an accrual that was undone."""

    of_id: UUID
    points: int
    fee: int
    involuntary: bool
    state: str
    txn_id: UUID | None
    event_id: UUID
    at_ms: int


@dataclass(slots=True)
class AdjustmentState:
    """What a manager gave, or took."""

    member_id: UUID
    points: int
    kind: str
    reason_hash: str
    state: AdjustmentStatus
    recorded_by: UUID
    confirmed_by: UUID | None  # who decided, where it took a second person
    txn_id: UUID | None
    at_ms: int
    office_id: UUID


class Corrections:
    """Handlers read and put; `write` turns the changes into statements."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.refunds: dict[UUID, RefundState] = {}
        self.adjustments: dict[UUID, AdjustmentState] = {}
        self._changed_refunds: dict[UUID, None] = {}
        self._changed_adjustments: dict[UUID, None] = {}

    def whose(self, adjustment_ids: Collection[UUID]) -> list[UUID]:
        """The members of adjustments, which are fixed for good: to be locked before `load`."""
        rows = self._work.find(t.adjustment, "adjustment_id", adjustment_ids)
        return [row.member_id for row in rows]

    def load(self, wanted: Mapping[str, Collection[UUID]], awaited: Iterable[UUID]) -> None:
        """Load what entries name, and the refunds that wait for redemptions."""
        find = self._work.find
        named = find(t.refund, "refund_id", wanted.get("refund", ()))
        for row in (*named, *find(t.refund, "of_id", awaited)):
            self.refunds.setdefault(row.refund_id, state_of(RefundState, row))
        for row in find(t.adjustment, "adjustment_id", wanted.get("adjustment", ())):
            self.adjustments.setdefault(row.adjustment_id, state_of(AdjustmentState, row))

    def waiting_for(self, redemption_id: UUID) -> list[tuple[UUID, RefundState]]:
        """Refunds that came before their redemption, in the order in which they did."""
        return [
            (refund_id, refund)
            for refund_id, refund in self.refunds.items()
            if refund.of_id == redemption_id and refund.state == WAITING
        ]

    def put_refund(self, refund_id: UUID, state: RefundState) -> None:
        self._changed_refunds[refund_id] = None
        self.refunds[refund_id] = state

    def put_adjustment(self, adjustment_id: UUID, state: AdjustmentState) -> None:
        self._changed_adjustments[adjustment_id] = None
        self.adjustments[adjustment_id] = state

    def write(self) -> None:
        """Write what changed since last time."""
        self._write(t.refund, self.refunds, self._changed_refunds)
        self._write(t.adjustment, self.adjustments, self._changed_adjustments)

    def _write(
        self, table: sa.Table, states: Mapping[UUID, Any], changed: dict[UUID, None]
    ) -> None:
        values = attrgetter(*(column.name for column in table.columns[2:]))
        self._work.replace_rows(table, [(i, *values(states[i])) for i in changed])
        changed.clear()


def state_of(kind: type[T], row: Any) -> T:
    """A row as the dataclass of its table, whose fields are columns."""
    names: Iterable[str] = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return kind(**{name: getattr(row, name) for name in names})
