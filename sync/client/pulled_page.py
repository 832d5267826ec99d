"""A page of changes as it was pulled, in the words of the members file and of the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.records import Forgotten
from app.domain.risk import RiskCaps
from app.ports.sync_store import GrantedLease, GrantedPool, GrantedStock
from sync.client.replica_file import BadPage, ReplicaFile, Rows
from sync.protocol.messages import Cursor, MemberRow, PullAnswer, Record

_CHANGES: Final = {
    **dict.fromkeys(("case", "exception", "figures", "recovery"), "cases"),
    "picture": "pictures",
}


@dataclass(frozen=True, slots=True)
class PulledPage:
    """A page that was pulled, and the file that it is for."""

    file: ReplicaFile
    answer: PullAnswer

    @property
    def cursor(self) -> Cursor:
        """Where the file stands with it."""
        return self.answer.cursor

    @property
    def kinds(self) -> set[str]:
        """What of the seat's data it changes, as listeners are told."""
        kinds = {_CHANGES.get(record.kind, "session") for record in self.answer.records}
        if self.answer.members or self.answer.removed_members:
            kinds.add("members")
        return kinds

    @property
    def leaving(self) -> list[UUID]:
        """Who leaves the file but not the programme."""
        gone = {record.id for record in self.answer.records if record.kind == Forgotten.KIND}
        return [each for each in self.answer.removed_members if str(each) not in gone]

    @property
    def leases(self) -> list[GrantedLease]:
        return [
            GrantedLease(
                lease_id=grant.lease_id,
                member_id=grant.member_id,
                points=grant.points,
                restored_points=grant.restored_points,
                expires_ms=grant.expires_ms,
                state=grant.state,
                signature=grant.signature,
                may_hand_on=grant.may_hand_on,
            )
            for grant in self.answer.leases
        ]

    @property
    def stock(self) -> list[GrantedStock]:
        return [
            GrantedStock(
                stock_lease_id=grant.stock_lease_id,
                reward_id=grant.reward_id,
                units=grant.units,
                restored_units=grant.restored_units,
                state=grant.state,
                signature=grant.signature,
            )
            for grant in self.answer.stock_leases
        ]

    @property
    def pool(self) -> GrantedPool | None:
        pool = self.answer.pool
        if pool is None:
            return None
        if pool.window_points is None:  # of an older server
            caps = RiskCaps.unheeded(pool.per_redemption, pool.per_member)
            return GrantedPool(pool.pool_id, pool.points, caps)
        told = (pool.per_new, pool.per_trusted, pool.window_redemptions, pool.list_hours)
        new, trusted, most, hours = (0 if value is None else value for value in told)
        caps = RiskCaps(
            pool.per_redemption,
            (new, pool.per_member, trusted),
            pool.window_points,
            most,
            hours,
            pool.approval_points or 0,
        )
        return GrantedPool(pool.pool_id, pool.points, caps)

    def write(self) -> None:
        """Write its rows; the file's cursor moves with the last.

        Raises:
            BadPage: a row is no member.
            Unavailable, Damaged: as `ReplicaFile.write`.
        """
        answer = self.answer
        rows = rows_of(answer.members, answer.removed_members, answer.records)
        self.file.write(rows, self.cursor if self.cursor != self.file.cursor else None)


def rows_of(
    members: Sequence[MemberRow], removed: Sequence[UUID], records: Sequence[Record]
) -> Rows:
    """Check rows off the wire. Raises BadPage where one is no member."""
    try:
        return Rows.from_wire(members, removed, records)
    except ValueError as error:
        raise BadPage(str(error)) from error
