"""Families: who heads one, who gives how much of what they earn to the head, and since when.

Every row has its span with who said so, so that what was shared months ago can be explained. A span
is changed under the locks of its head and its member; accruals are decided by it (`pooling.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.family import SETTING, FamilyRules
from app.domain.records import Family
from sync.server.member_state import FORGOTTEN, MemberState
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.work import Work

_MAX_REASON: Final = 200
MERGED: Final = "members were merged"


@dataclass(frozen=True, slots=True)
class Said:
    """Who changes a family, and why.

    Attributes:
        reason: in a few words, 1..200 characters.
        by: whoever says so.
    """

    reason: str
    by: str

    def check(self) -> None:
        """Raises Rejected('bad_reason')."""
        if not self.reason.strip() or len(self.reason) > _MAX_REASON or "\0" in self.reason:
            raise Rejected("bad_reason", f"Say why, in {_MAX_REASON} characters at most")


def make(work: Work, head_id: UUID, said: Said) -> UUID:
    """Make a member the head of a new family, which has no members yet.

    Raises:
        Rejected: bad_reason; member_closed, member_denied, in_family.
    """
    said.check()
    work.load_members([head_id])
    _check_free(work, head_id)
    family_id, at_ms = work.new_id(), _now(work, [head_id])
    work.add(t.family, family_id, head_id, *_since(at_ms, said))
    _tell_head(work, head_id, 0)
    return family_id


def add(work: Work, head_id: UUID, member_id: UUID, percent: int, said: Said) -> None:
    """Have a member give a percentage of what they earn from now on to the head of a family.

    Who gives to that head already gives the new percentage.

    Args:
        work: the transaction.
        head_id: the head.
        member_id: who gives.
        percent: 1..100.
        said: who says so, and why.

    Raises:
        Rejected: bad_reason; bad_share; no_family; same_member; member_closed, member_denied,
            in_family; family_full; same_share.
    """
    said.check()
    if not 1 <= percent <= 100:
        raise Rejected("bad_share", "A share is 1 to 100 percent")
    if head_id == member_id:
        raise Rejected("same_member", "The head of a family keeps what they earn")
    work.load_members([head_id, member_id])
    family = _headed(work, head_id)
    if family is None:
        raise Rejected("no_family", f"{_card(work, head_id)} is the head of no family")
    _check_welcome(work, head_id)
    given = _given_to(work, [head_id])
    known = next((row for row in given if row.member_id == member_id), None)
    if known is None:
        _check_free(work, member_id)
    else:
        _check_welcome(work, member_id)
        if known.percent == percent:
            raise Rejected("same_share", f"{_card(work, member_id)} gives {percent} % already")
    most = FamilyRules.from_setting(work.setting(SETTING)).members
    if known is None and len(given) >= most:
        raise Rejected("family_full", f"The family has {most} members, and may have no more")
    at_ms = _now(work, [head_id, member_id])
    if known is not None:
        _end(work, t.family_share, [known.share_id], at_ms, said)
    work.add(
        t.family_share, work.new_id(), family.family_id, member_id, head_id, percent,
        *_since(at_ms, said),
    )  # fmt: skip
    _tell_member(work, member_id, head_id, percent)
    if known is None:
        _tell_head(work, head_id, len(given) + 1)


def remove(work: Work, member_id: UUID, said: Said) -> None:
    """Let a member give nothing any more. What the head was given so far stays there.

    Raises:
        Rejected: bad_reason; is_head, who ends the family instead; no_family.
    """
    said.check()
    _load_with_heads(work, [member_id])
    if _headed(work, member_id) is not None:
        raise Rejected("is_head", f"{_card(work, member_id)} is the head: end the family instead")
    rows = _giving(work, [member_id])
    if not rows:
        raise Rejected("no_family", f"{_card(work, member_id)} is in no family")
    _leave(work, rows, _now(work, [member_id]), said)


def end(work: Work, head_id: UUID, said: Said) -> int:
    """End a family; returns how many gave to it. Everybody keeps what they have.

    Raises:
        Rejected: bad_reason; no_family.
    """
    said.check()
    _load_with_members(work, [head_id])
    family = _headed(work, head_id)
    if family is None:
        raise Rejected("no_family", f"{_card(work, head_id)} is the head of no family")
    return _end_family(work, family, _now(work, [head_id]), said)


def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Take members who are erased out of their families, with the words that were kept of them.

    They are locked by the caller; whoever shares a family with them is locked here.
    """
    said, at_ms = Said("", ""), _now(work, member_ids)
    _load_with_members(work, member_ids)
    _load_with_heads(work, member_ids)
    for row in work.find(t.family, "head_id", member_ids):
        if row.until_ms is None:
            _end_family(work, row, at_ms, said)
    _leave(work, _giving(work, member_ids), at_ms, said)
    for table, columns in ((t.family, ("head_id",)), (t.family_share, ("member_id", "head_id"))):
        for column in columns:
            key = table.columns[1].name
            blank = [(row[1], "", "") for row in work.find(table, column, member_ids)]
            update_rows(
                work.connection,
                table,
                [key],
                ["reason", "end_reason"],
                blank,
                programme_id=work.programme_id,
            )


def lock_for_merge(work: Work, member_ids: Collection[UUID]) -> None:
    """Lock members who are to be merged together with all whose families that concerns."""
    ids = set(member_ids)
    shares = work.find(t.family_share, "member_id", ids) + work.find(t.family_share, "head_id", ids)
    ids |= {member_id for row in shares for member_id in (row.member_id, row.head_id)}
    work.load_members(ids)


def merge(work: Work, away_id: UUID, stay_id: UUID, by: str) -> None:
    """Who stays takes the place of who goes; whoever both were is one from now on.

    All that are concerned are locked (`lock_for_merge`).

    Raises:
        Rejected: in_two_families, where neither place can be given up by itself.
    """
    said, at_ms = Said(MERGED, by), _now(work, [away_id, stay_id])
    families = {i: _headed(work, i) for i in (away_id, stay_id)}
    giving = {row.member_id: row for row in _giving(work, [away_id, stay_id])}
    places = {i: _place(families[i], giving.get(i)) for i in (away_id, stay_id)}
    here, there = places[away_id], places[stay_id]
    if here is not None and there is not None and here != there:
        raise Rejected(
            "in_two_families", "The two are in different families: take one of them out first"
        )
    if family := families[away_id]:
        _pass_on(work, family, stay_id, at_ms, said)
    elif share := giving.get(away_id):
        _end(work, t.family_share, [share.share_id], at_ms, said)
        _tell_nothing(work, away_id)
        if there is None:
            work.add(
                t.family_share, work.new_id(), share.family_id, stay_id, share.head_id,
                share.percent, *_since(at_ms, said),
            )  # fmt: skip
            _tell_member(work, stay_id, share.head_id, share.percent)
        else:
            _tell_head(work, share.head_id, len(_given_to(work, [share.head_id])))


def _place(family: Any, share: Any) -> UUID | None:
    """The family that somebody is in, as its head or as one who gives."""
    found = family or share
    return None if found is None else found.family_id


def _pass_on(work: Work, family: Any, stay_id: UUID, at_ms: int, said: Said) -> None:
    """Another is the head from now on, whom nobody gives to who is the head themselves."""
    given = _given_to(work, [family.head_id])
    _end(work, t.family_share, [row.share_id for row in given], at_ms, said)
    _end(work, t.family, [family.family_id], at_ms, said)
    _tell_nothing(work, family.head_id)
    family_id = work.new_id()
    work.add(t.family, family_id, stay_id, *_since(at_ms, said))
    going_on = [row for row in given if row.member_id != stay_id]
    for row in going_on:
        work.add(
            t.family_share, work.new_id(), family_id, row.member_id, stay_id, row.percent,
            *_since(at_ms, said),
        )  # fmt: skip
        _tell_member(work, row.member_id, stay_id, row.percent)
    _tell_head(work, stay_id, len(going_on))


# --- finding --------------------------------------------------------------------------------------


def _load_with_heads(work: Work, member_ids: Collection[UUID]) -> None:
    rows = work.find(t.family_share, "member_id", member_ids)
    work.load_members({*member_ids, *(row.head_id for row in rows)})


def _load_with_members(work: Work, head_ids: Collection[UUID]) -> None:
    rows = work.find(t.family_share, "head_id", head_ids)
    work.load_members({*head_ids, *(row.member_id for row in rows)})
    # whoever was added until the head was locked
    work.load_members(row.member_id for row in work.find(t.family_share, "head_id", head_ids))


def _headed(work: Work, head_id: UUID) -> Any:
    """The family that somebody heads now, as this very transaction has it; None for none."""
    work.flush()
    rows = work.find(t.family, "head_id", [head_id])
    return next((row for row in rows if row.until_ms is None), None)


def _giving(work: Work, member_ids: Collection[UUID]) -> list[Any]:
    work.flush()
    rows = work.find(t.family_share, "member_id", member_ids)
    return [row for row in rows if row.until_ms is None]


def _given_to(work: Work, head_ids: Collection[UUID]) -> list[Any]:
    work.flush()
    rows = work.find(t.family_share, "head_id", head_ids)
    return [row for row in rows if row.until_ms is None]


def _check_free(work: Work, member_id: UUID) -> None:
    """Raises Rejected: member_closed, member_denied; in_family."""
    _check_welcome(work, member_id)
    if _headed(work, member_id) is not None:
        raise Rejected("in_family", f"{_card(work, member_id)} is the head of a family")
    for row in _giving(work, [member_id]):
        head = _card(work, row.head_id)
        said = f"gives to the family of {head[0].lower()}{head[1:]}"
        raise Rejected("in_family", f"{_card(work, member_id)} {said}")


def _check_welcome(work: Work, member_id: UUID) -> None:
    """Raises Rejected: member_closed, where one isn't active, or not any more; member_denied."""
    state = work.members[member_id]
    status = state.profile["status"]
    if status != "active":
        said = "was forgotten" if status == FORGOTTEN else f"is {status}"
        raise Rejected("member_closed", f"{_name(state)} {said}, and can't be in a family")
    if work.find(t.denial, "member_id", [member_id]):
        raise Rejected("member_denied", f"{_name(state)} is on the deny list")


def _card(work: Work, member_id: UUID) -> str:
    work.load_members([member_id])
    return _name(work.members[member_id])


def _name(state: MemberState) -> str:
    return f"The member of card {state.profile['card_no'] or state.member_id}"


def _now(work: Work, member_ids: Collection[UUID]) -> int:
    """The moment of a change, which lies behind all that was decided by what it ends.

    Whoever recorded something a moment later by the clock may have had the locks before us.
    """
    find = work.find
    work.flush()
    shares = find(t.family_share, "member_id", member_ids)
    shares += find(t.family_share, "head_id", member_ids)
    spans = shares + find(t.family, "head_id", member_ids)
    moments = [work.now_ms]
    moments += [row.since_ms if row.until_ms is None else row.until_ms for row in spans]
    going = [row.share_id for row in shares if row.until_ms is None]
    given = find(t.accrual_share, "share_id", going)
    accruals = find(t.accrual, "accrual_id", [row.accrual_id for row in given])
    booked = find(t.ledger_txn, "txn_id", [row.txn_id for row in accruals])
    at_ms = {row.txn_id: row.at_ms for row in booked}
    moments += [min(row.at_ms, at_ms[row.txn_id]) + 1 for row in accruals]
    return max(moments)


# --- writing --------------------------------------------------------------------------------------


def _since(at_ms: int, said: Said) -> tuple[Any, ...]:
    """The columns of a span that begins now."""
    return (at_ms, said.reason, said.by, None, "", "")


def _end(work: Work, table: sa.Table, ids: Iterable[UUID], at_ms: int, said: Said) -> None:
    update_rows(
        work.connection,
        table,
        [table.columns[1].name],
        ["until_ms", "end_reason", "ended_by"],
        [(i, at_ms, said.reason, said.by) for i in ids],
        programme_id=work.programme_id,
    )


def _leave(work: Work, rows: Collection[Any], at_ms: int, said: Said) -> None:
    _end(work, t.family_share, [row.share_id for row in rows], at_ms, said)
    for row in rows:
        _tell_nothing(work, row.member_id)
    for head_id in dict.fromkeys(row.head_id for row in rows):
        _tell_head(work, head_id, len(_given_to(work, [head_id])))


def _end_family(work: Work, family: Any, at_ms: int, said: Said) -> int:
    given = _given_to(work, [family.head_id])
    _end(work, t.family_share, [row.share_id for row in given], at_ms, said)
    _end(work, t.family, [family.family_id], at_ms, said)
    for member_id in (family.head_id, *(row.member_id for row in given)):
        _tell_nothing(work, member_id)
    return len(given)


# --- telling replicas -----------------------------------------------------------------------------


def _tell_head(work: Work, head_id: UUID, members: int) -> None:
    _tell(work, Family(head_id, head_id=head_id, members=members))


def _tell_member(work: Work, member_id: UUID, head_id: UUID, percent: int) -> None:
    _tell(work, Family(member_id, head_id=head_id, percent=percent))


def _tell_nothing(work: Work, member_id: UUID) -> None:
    _tell(work, Family(member_id))


def _tell(work: Work, record: Family) -> None:
    work.put_record(Family.KIND, str(record.member_id), record, None)
