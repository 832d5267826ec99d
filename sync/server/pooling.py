"""What members of families give to their heads of what they earn, and what comes back of it.

It is posted beside the accrual, in its transaction: which share was in force when the counter
recorded the accrual decides, so who arrives late gives what they would have given. The accrual
itself is posted whole to whoever earned it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.domain import pooling
from app.domain.family import share_left, split
from app.domain.ledger import MAX_POINTS
from sync.server.corrections import state_of
from sync.server.expiry import expired_points
from sync.server.member_state import MemberState
from sync.server.store import tables as t
from sync.server.work import Work

SHARE: Final = "family_share"
"""The ledger's kind of what a head was given of an accrual."""
RETURN: Final = "family_return"
"""The ledger's kind of what a head gave back because it was taken back."""


@dataclass(slots=True)
class AccrualShare:
    """A row of `accrual_share`: `points` of what was `earned` were given, `returned` came back."""

    share_id: UUID
    head_id: UUID
    lot_id: UUID
    percent: int
    earned: int = 0
    points: int = 0
    returned: int = 0

    @property
    def rest(self) -> int:
        """What the head has of it."""
        return self.points - self.returned


class Pooling:
    """Of the members that one transaction has loaded; `write` turns the changes into statements."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._spans: dict[UUID, dict[UUID, Any]] = {}  # rows of `family_share` by member, by id
        self._shares: dict[UUID, AccrualShare] = {}
        self._changed: dict[UUID, None] = {}

    def whose(self, member_ids: Collection[UUID], accrual_ids: Collection[UUID]) -> list[UUID]:
        """The heads that accruals of these may concern, to be locked with whoever earned them."""
        find = self._work.find
        spans = find(t.family_share, "member_id", member_ids)
        given = find(t.accrual_share, "accrual_id", accrual_ids)
        return [row.head_id for row in (*spans, *given)]

    def load(self, member_ids: Collection[UUID], accrual_ids: Collection[UUID]) -> None:
        """Load what members give, and what was given of accruals, under their locks."""
        find = self._work.find
        self.keep(
            find(t.family_share, "member_id", member_ids),
            find(t.accrual_share, "accrual_id", accrual_ids),
        )

    def keep(self, spans: Iterable[Any], given: Iterable[Any]) -> None:
        """The same with rows of `family_share` and `accrual_share` that were read already."""
        heads = set()
        for row in spans:
            self._spans.setdefault(row.member_id, {})[row.share_id] = row
            heads.add(row.head_id)
        for row in given:
            self._shares.setdefault(row.accrual_id, state_of(AccrualShare, row))
            heads.add(row.head_id)
        self._work.load_members(heads)  # nearly always they are

    def of(self, state: MemberState, recorded_as: UUID, at_ms: int) -> AccrualShare | None:
        """What whoever earns something gives of it; None where they were in no family then.

        Args:
            state: who earned it.
            recorded_as: the id that the counter knew them by.
            at_ms: when it recorded that.
        """
        for member_id in dict.fromkeys((recorded_as, state.member_id)):
            for row in self._spans.get(member_id, {}).values():
                if row.since_ms <= at_ms and (row.until_ms is None or at_ms < row.until_ms):
                    return AccrualShare(row.share_id, row.head_id, self._work.new_id(), row.percent)
        return None

    def share_of(self, accrual_id: UUID) -> AccrualShare | None:
        """What was noted of an accrual when it was recorded, and what was given since."""
        return self._shares.get(accrual_id)

    def why(self, share: AccrualShare | None, state: MemberState) -> dict[str, object]:
        """What the accrual's posting says of it, {} where there is no share."""
        if share is None:
            return {}
        said = {
            "share": str(share.share_id),
            "head": str(share.head_id),
            "lot": str(share.lot_id),
            "percent": share.percent,
        }
        return {"family": {**said, **self.withheld(share, state)}}

    def withheld(self, share: AccrualShare | None, state: MemberState) -> dict[str, object]:
        """Why nothing goes to the head now, {} where nothing speaks against it."""
        if share is None:
            return {}
        head = self._head(share)
        if head is state:
            return {"withheld": "one"}  # they turned out to be one person
        status = head.profile["status"]
        return {} if status == "active" else {"withheld": status}

    def has_room(self, share: AccrualShare | None, points: int) -> bool:
        """Whether the head could take all of the points; balances end at 2**53."""
        if share is None:
            return True
        head = self._head(share)
        return head.holdings.posted + head.pending + points <= MAX_POINTS

    def note(self, accrual_id: UUID, share: AccrualShare | None) -> None:
        """Remember what is to be given of an accrual, now or once it can be spent."""
        if share is not None:
            self._put(accrual_id, share)

    def give(
        self,
        accrual_id: UUID,
        state: MemberState,
        *,
        points: int,
        owed: int,
        expires_on: str | None,
        event_id: UUID | None,
    ) -> None:
        """Post what the head gets of an accrual that can be spent from now on.

        Args:
            accrual_id: whose lot was posted just before.
            state: who earned it.
            points: what can be spent of it now.
            owed: by who earned it, before.
            expires_on: the last day of the points, wherever they are.
            event_id: the entry that led to it, if one did.
        """
        share = self._shares.get(accrual_id)
        if share is None or self.withheld(share, state):
            return
        shared = split(points, owed=owed, percent=share.percent).shared
        if not shared:
            return
        head = self._head(share)
        given = pooling.give(state.holdings, lot_id=accrual_id, points=shared)
        got = pooling.receive(
            head.holdings, lot_id=share.lot_id, points=shared, expires_on=expires_on
        )
        self._work.post_together(
            [(state, given), (head, got)], kind=SHARE, ref_id=accrual_id, event_id=event_id
        )
        share.earned, share.points = points, shared
        self._put(accrual_id, share)

    def take_back(
        self,
        accrual_id: UUID,
        state: MemberState,
        *,
        points: int,
        rest: int,
        event_id: UUID | None,
    ) -> None:
        """Post what comes back from the head, before points of an accrual are taken back.

        Args:
            accrual_id: of what was earned.
            state: who earned it.
            points: to be taken back, 1..rest.
            rest: what of the accrual wasn't taken back yet.
            event_id: the entry that led to it, if one did.
        """
        share = self._shares.get(accrual_id)
        if share is None or not share.rest:
            return
        part = share.rest - share_left(share.points, earned=share.earned, left=rest - points)
        if not part:
            return
        head = self._head(share)
        came = pooling.give_back(
            head.holdings,
            lot_id=share.lot_id,
            points=part,
            expired_points=expired_points(
                self._work,
                head.member_id,
                share.lot_id,
                counted=(accrual_id, (RETURN,)) if share.returned else None,
            ),
        )
        head.holdings = came.after  # who may be who earned it, after a merge
        again = pooling.take_again(state.holdings, lot_id=accrual_id, points=part)
        if head is state:
            came = type(came)(again.after, came.postings)
        self._work.post_together(
            [(head, came), (state, again)], kind=RETURN, ref_id=accrual_id, event_id=event_id
        )
        share.returned += part
        self._put(accrual_id, share)

    def write(self) -> None:
        """Write what changed since last time."""
        names = AccrualShare.__dataclass_fields__  # the table's columns behind its key
        self._work.replace_rows(
            t.accrual_share,
            [(i, *(getattr(self._shares[i], name) for name in names)) for i in self._changed],
        )
        self._changed.clear()

    def _put(self, accrual_id: UUID, share: AccrualShare) -> None:
        self._shares[accrual_id] = share
        self._changed[accrual_id] = None

    def _head(self, share: AccrualShare) -> MemberState:
        head = self._work.survivor(share.head_id)
        assert head is not None, "heads are loaded with whoever gives to them"
        return head
