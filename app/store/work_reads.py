"""Reading work.db: the adapter of `app.ports.work.WorkReads`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import cast as sql_cast

from app.domain.events import PARTS_OF_A_THING, Cover, EncounterOutcome, Proof, RatingState
from app.domain.search_terms import MemberTerms, classify, member_terms
from app.ports.work import (
    MOST_COUNTED,
    CaseAction,
    EncounterRow,
    LineRow,
    LinkState,
    OpenSession,
    Overlay,
    ReceiptRow,
    ReceiptState,
    RedemptionRow,
    WaitingEntry,
)
from app.store import receipts, refunds
from app.store.grant_reads import SqlGrantReads
from app.store.journal import last_seq
from app.store.tables import (
    absence,
    case_action,
    chain,
    contact,
    coupon,
    effect,
    encounter,
    failed_try,
    joined,
    journal,
    line,
    redemption,
    session,
    state,
)

_EXCEPTIONS_SHOWN_MS: Final = 7 * 24 * 3600 * 1000

_SESSION: Final = select(
    session.c.session_id, session.c.staff_id, session.c.shift_id, session.c.shift_opened_ms
)
_SHIFT: Final = select(state.c.shift_id, state.c.shift_opened_ms)
_OPEN_ENCOUNTER: Final = (
    select(encounter)
    .where(encounter.c.outcome.is_(None), encounter.c.rating_state.is_(None))
    .order_by(encounter.c.opened_ms.desc())
    .limit(1)
)
_INVITED: Final = (
    select(encounter)
    .where(encounter.c.outcome.is_not(None), encounter.c.rating_state.is_(None))
    .order_by(encounter.c.opened_ms.desc())
    .limit(1)
)
_VISITS_READ: Final = 3_000  # back to some fifty days ago: a keystroke waits for it
_visit: Final[ColumnElement[int]] = literal_column("encounter.rowid")
_of_late: Final = (
    _visit > select(func.max(_visit) - _VISITS_READ).select_from(encounter).scalar_subquery()
)
_ASKED_VISITS: Final = (
    select(encounter)
    .where(
        _of_late,
        encounter.c.staff_id == bindparam("staff"),
        encounter.c.rating_state.in_(bindparam("states", expanding=True)),
        encounter.c.opened_ms > bindparam("since"),
    )
    .order_by(encounter.c.opened_ms.desc())
    .limit(bindparam("limit"))
)
_ENCOUNTER: Final = select(encounter).where(encounter.c.encounter_id == bindparam("id"))

_is_exception = journal.c.decision == "exception"
_is_unsent = journal.c.seq > chain.c.confirmed_seq
_is_first_press = or_(
    journal.c.type != "RatingRecorded",
    journal.c.body == b"",  # lost, and looked at before it is read
    func.json_extract(sql_cast(journal.c.body, Text), "$.payload.revision") == 1,
)
_is_thing = and_(journal.c.type.not_in(PARTS_OF_A_THING), _is_first_press)
_lines = (
    select(
        line.c.ref_id,
        line.c.encounter_id,
        line.c.kind,
        line.c.text,
        line.c.points,
        journal.c.seq,
        line.c.undone,
        case((_is_exception, "exception"), (_is_unsent, "unsent"), else_="confirmed"),
        journal.c.code,
    )
    .join(journal, journal.c.event_id == line.c.event_id)
    .join(chain, chain.c.incarnation == journal.c.incarnation)
    .order_by(line.c.id)
)
_LINES: Final = _lines.where(line.c.encounter_id == bindparam("id"))
_UNSENT_LINES: Final = _lines.join(
    encounter, encounter.c.encounter_id == line.c.encounter_id
).where(encounter.c.member_id == bindparam("id"), _is_unsent, line.c.undone.is_(False))
_redemption = select(*(c for c in redemption.c))
_REDEMPTION: Final = _redemption.where(redemption.c.redemption_id == bindparam("id"))
_IN_DOUBT: Final = _redemption.where(redemption.c.state == "intent").order_by(
    redemption.c.redemption_id
)
_COUPON: Final = select(coupon.c.ref_id).where(coupon.c.coupon_key == bindparam("key"))
_OVERLAY: Final = (
    select(func.sum(effect.c.points))
    .where(effect.c.member_id == bindparam("id"), effect.c.state == "pending")
    .group_by(effect.c.ref_id)
)
_JOINED: Final = select(joined.c.profile).where(joined.c.member_id == bindparam("id"))
_ALL_JOINED: Final = select(joined.c.member_id, joined.c.profile).order_by(joined.c.member_id)
_CONTACT: Final = (
    select(contact.c.change).where(contact.c.member_id == bindparam("id")).order_by(contact.c.id)
)
_CASE_ACTIONS: Final = select(
    case_action.c.case_id,
    case_action.c.action,
    case_action.c.at_ms,
    case_action.c.staff_id,
    case_action.c.text,
).order_by(case_action.c.id)
_ABSENT: Final = select(func.coalesce(func.max(absence.c.absent_ms), 0))
_GIVEN: Final = select(func.coalesce(func.sum(redemption.c.points), 0)).where(
    redemption.c.staff_id == bindparam("staff"),
    redemption.c.at_ms > bindparam("since"),
    redemption.c.state != "voided",
)
_LAST_VISITS: Final = (
    select(encounter.c.member_id, func.max(encounter.c.opened_ms).label("at_ms"))
    .where(
        _of_late,
        encounter.c.outcome.is_not(None),
        encounter.c.member_id.in_(bindparam("ids", expanding=True)),
    )
    .group_by(encounter.c.member_id)
)
_waiting = (
    select(
        journal.c.seq,
        journal.c.type,
        journal.c.wall_ms,
        case((_is_exception, "exception"), else_="unsent").label("state"),
        journal.c.code,
        journal.c.message,
        func.coalesce(
            select(line.c.text)
            .where(line.c.event_id == journal.c.event_id)
            .order_by(line.c.id)
            .limit(1)
            .scalar_subquery(),
            "",
        ),
        journal.c.body,
    )
    .join(chain, chain.c.incarnation == journal.c.incarnation)
    .order_by(journal.c.incarnation, journal.c.seq)
    .limit(bindparam("count"))
)
_WAITING: Final = _waiting.where(
    or_(
        and_(_is_unsent, _is_thing),
        and_(_is_exception, journal.c.wall_ms >= bindparam("since")),
    )
)
_WAITING_PARTS: Final = _waiting.where(_is_unsent)
_first_unsent_ms = (
    select(journal.c.wall_ms)
    .where(journal.c.incarnation == chain.c.incarnation, journal.c.seq == chain.c.confirmed_seq + 1)
    .scalar_subquery()
)
_UNSENT: Final = select(
    func.coalesce(func.sum(last_seq - chain.c.confirmed_seq), 0), func.min(_first_unsent_ms)
).select_from(chain)
_UNSENT_THINGS: Final = select(func.count()).select_from(
    select(journal.c.seq)
    .join(chain, chain.c.incarnation == journal.c.incarnation)
    .where(_is_unsent, _is_thing)
    .limit(MOST_COUNTED)
    .subquery()
)
_UNSENT_IN_SHIFT: Final = (
    select(func.count())
    .select_from(journal)
    .join(chain, chain.c.incarnation == journal.c.incarnation)
    .where(_is_unsent, journal.c.shift_id == bindparam("id"))
)
_SHIFT_ENCOUNTERS: Final = (
    select(func.count()).select_from(encounter).where(encounter.c.shift_id == bindparam("id"))
)
_SHIFT_LINES: Final = (
    select(line.c.kind, func.count())
    .join(encounter, encounter.c.encounter_id == line.c.encounter_id)
    .where(encounter.c.shift_id == bindparam("id"), line.c.undone.is_(False))
    .group_by(line.c.kind)
)
_LINK: Final = select(
    state.c.online,
    state.c.problem,
    state.c.last_contact_ms,
    state.c.last_pull_ms,
    state.c.offset_ms,
)
_FAILED: Final = select(failed_try.c.tries, failed_try.c.last_ms).where(
    failed_try.c.staff_number == bindparam("number")
)


class SqlWorkReads(SqlGrantReads):
    """Each method is one read, a statement or two; `fetch` decides on which connection."""

    def session(self) -> OpenSession | None:
        row = self._first(_SESSION)
        return None if row is None else OpenSession(*row)

    def open_shift(self) -> tuple[UUID | None, int | None]:
        row = self._fetch(_SHIFT, {})[0]
        return row[0], row[1]

    def open_encounter(self) -> EncounterRow | None:
        return _encounter(self._first(_OPEN_ENCOUNTER))

    def invited_encounter(self) -> EncounterRow | None:
        return _encounter(self._first(_INVITED))

    def encounter(self, encounter_id: UUID) -> EncounterRow | None:
        return _encounter(self._first(_ENCOUNTER, id=encounter_id))

    def asked_visits(
        self, staff_id: UUID, since_ms: int, limit: int, *, only_rated: bool
    ) -> Sequence[EncounterRow]:
        states = [RatingState.RATED.value] if only_rated else list(RatingState)
        values = {"staff": staff_id, "since": since_ms, "limit": limit, "states": states}
        return [found for row in self._fetch(_ASKED_VISITS, values) if (found := _encounter(row))]

    def lines(self, encounter_id: UUID) -> Sequence[LineRow]:
        return [LineRow(*row) for row in self._fetch(_LINES, {"id": encounter_id})]

    def unsent_lines(self, member_id: UUID) -> Sequence[LineRow]:
        return [LineRow(*row) for row in self._fetch(_UNSENT_LINES, {"id": member_id})]

    def redemption(self, redemption_id: UUID) -> RedemptionRow | None:
        row = self._first(_REDEMPTION, id=redemption_id)
        return None if row is None else _redemption_row(row)

    def last_redemptions(self, member_id: UUID, limit: int) -> Sequence[RedemptionRow]:
        wanted = {"member": member_id, "count": limit}
        return [_redemption_row(row) for row in self._fetch(refunds.STANDING, wanted)]

    def refunded_points(self, redemption_id: UUID) -> int:
        return int(self._fetch(refunds.POINTS, {"id": redemption_id})[0][0])

    def redemptions_in_doubt(self) -> Sequence[RedemptionRow]:
        return [_redemption_row(row) for row in self._fetch(_IN_DOUBT, {})]

    def coupon_used(self, coupon_key: str) -> bool:
        return self._first(_COUPON, key=coupon_key) is not None

    def overlay(self, member_id: UUID) -> Overlay:
        # Summed by accrual or redemption: what was done and undone here cancels out, and what
        # the members file shows already but was undone here still has to be taken off.
        sums = [row[0] for row in self._fetch(_OVERLAY, {"id": member_id})]
        return Overlay(
            earned_points=sum(points for points in sums if points > 0),
            spent_points=-sum(points for points in sums if points < 0),
        )

    def joined_member(self, member_id: UUID) -> dict[str, str] | None:
        row = self._first(_JOINED, id=member_id)
        return None if row is None else row[0]

    def joined_members(self, text: str) -> Sequence[UUID]:
        known = [
            (member_id, self._terms(member_id, profile))
            for member_id, profile in self._fetch(_ALL_JOINED, {})
        ]
        found = {
            member_id: None
            for criterion in classify(text)
            for member_id, terms in known
            if criterion.matches(terms)
        }
        return list(found)

    def _terms(self, member_id: UUID, profile: dict[str, str]) -> MemberTerms:
        now = {**profile, **self.contact_override(member_id)}
        return member_terms(
            card_no=now.get("card_no", ""),
            name=now.get("name", ""),
            latin_name=now.get("latin_name", ""),
            initials=now.get("initials", ""),
            phone=now.get("phone", ""),
            home_office="",
        )

    def contact_override(self, member_id: UUID) -> dict[str, str]:
        merged: dict[str, str] = {}
        for (change,) in self._fetch(_CONTACT, {"id": member_id}):
            merged.update(change)
        return merged

    def case_actions(self) -> Sequence[CaseAction]:
        return [CaseAction(*row) for row in self._fetch(_CASE_ACTIONS, {})]

    def given_since(self, staff_id: UUID, since_ms: int) -> int:
        ((points,),) = self._fetch(_GIVEN, {"staff": staff_id, "since": since_ms})
        return int(points)

    def waiting(self, limit: int) -> Sequence[WaitingEntry]:
        since = self._clock.now_ms() - _EXCEPTIONS_SHOWN_MS
        rows = self._fetch(_WAITING, {"since": since, "count": limit})
        if not any(row.state == "unsent" for row in rows):
            rows = [*rows, *self._fetch(_WAITING_PARTS, {"count": 1})]
        return [WaitingEntry(*(*row[:-1], _encounter_of(row.body), not row.body)) for row in rows]

    def last_visits(self, member_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        rows = self._fetch(_LAST_VISITS, {"ids": list(member_ids)})
        return {row.member_id: row.at_ms for row in rows}

    def unsent_summary(self) -> tuple[int, int | None]:
        ((count, since_ms),) = self._fetch(_UNSENT, {})
        return count, since_ms

    def unsent_things(self) -> tuple[int, int | None]:
        count, since_ms = self.unsent_summary()
        if count == 0:
            return 0, None
        return max(1, int(self._fetch(_UNSENT_THINGS, {})[0][0])), since_ms

    def unsent_in_shift(self, shift_id: UUID) -> int:
        return int(self._fetch(_UNSENT_IN_SHIFT, {"id": shift_id})[0][0])

    def shift_counts(self, shift_id: UUID) -> dict[str, int]:
        kinds = {row[0]: row[1] for row in self._fetch(_SHIFT_LINES, {"id": shift_id})}
        return {
            "encounters": int(self._fetch(_SHIFT_ENCOUNTERS, {"id": shift_id})[0][0]),
            "accruals": kinds.get("accrual", 0),
            "redemptions": kinds.get("redemption", 0),
            "matters": kinds.get("matter", 0),
            "joined": kinds.get("joined", 0),
            "changed": kinds.get("contact", 0) + kinds.get("card", 0),
        }

    def absent_ms(self) -> int:
        return int(self._fetch(_ABSENT, {})[0][0])

    def link_state(self) -> LinkState:
        return LinkState(*self._fetch(_LINK, {})[0])

    def receipt(self, receipt_id: UUID) -> ReceiptRow | None:
        return next(iter(receipts.rows_of(self._fetch(receipts.ONE, {"id": receipt_id}))), None)

    def receipts(self, states: Sequence[ReceiptState], limit: int) -> Sequence[ReceiptRow]:
        wanted = {"states": list(states), "count": limit}
        return receipts.rows_of(self._fetch(receipts.IN_STATES, wanted))

    def last_receipts(self, limit: int) -> Sequence[ReceiptRow]:
        return receipts.rows_of(self._fetch(receipts.LAST, {"count": limit}))

    def voucher_used(self, redemption_id: UUID) -> bool:
        return bool(self._fetch(receipts.USED, {"id": redemption_id}))

    def failed_tries(self, staff_number: str) -> tuple[int, int | None]:
        row = self._first(_FAILED, number=staff_number)
        return (0, None) if row is None else (row[0], row[1])


def _encounter_of(body: bytes) -> UUID | None:
    """Return whose visit an entry belongs to."""
    if not body:  # the disk doesn't tell any more
        return None
    named = json.loads(body)["payload"].get("encounter_id")
    return None if named is None else UUID(named)


def _encounter(row: Row[Any] | None) -> EncounterRow | None:
    if row is None:
        return None
    return EncounterRow(
        encounter_id=row.encounter_id,
        opened_ms=row.opened_ms,
        member_id=row.member_id,
        proof=None if row.proof is None else Proof(row.proof),
        shift_id=row.shift_id,
        outcome=None if row.outcome is None else EncounterOutcome(row.outcome),
        rating_state=None if row.rating_state is None else RatingState(row.rating_state),
        rating_id=row.rating_id,
        rating_revision=row.rating_revision,
        rating_score=row.rating_score,
        rated_ms=row.rated_ms,
        staff_id=row.staff_id,
        appeal_id=row.appeal_id,
    )


def _redemption_row(row: Row[Any]) -> RedemptionRow:
    return RedemptionRow(
        redemption_id=row.redemption_id,
        encounter_id=row.encounter_id,
        member_id=row.member_id,
        reward_id=row.reward_id,
        reward_name=row.reward_name,
        points=row.points,
        state=row.state,
        cover=None if row.cover is None else Cover(row.cover),
        lease_id=row.lease_id,
        cash_minor=row.cash_minor,
        currency=row.currency,
        staff_id=row.staff_id,
        at_ms=row.at_ms,
    )
