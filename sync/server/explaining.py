"""`guichet-server explain`: why points were booked, in words, from entries and rules alone.

Nothing is remembered of a decision but the versions of the rules and what they were asked with. The
figures are worked out again, so what is said here is what anybody would find who did it by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.accrual import Because
from app.domain.deciding_again import decide_again
from app.domain.errors import Rejected
from app.domain.events import AccrualRecorded
from app.domain.ledger import Account, Unit
from app.domain.points_rules import PointsRules
from app.domain.settling import Answer, is_given_away
from sync.server.corrections import DECLINED, POSTED
from sync.server.reading import read_copy
from sync.server.rules import ACCRUAL, Rules
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows

_STEPS: Final = {
    "distance": (
        "{flight} {route}, class {booking_class}: {percent} % of {km} km is {points} points"
    ),
    "minimum": "a flight earns at least {points} points",
    "amount": (
        "{amount_minor} of the smallest coin of {currency}, {rate_points} points for every"
        " {rate_minor}: {points} points"
    ),
    "tier_bonus": "{tier} adds {percent} %: {points} points",
}
_TITLES: Final = {
    "accrual": "points earned",
    "accrual_reversal": "points earned were taken back",
    "accrual_reduction": "a part of the points earned was taken back",
    "redemption": "points spent",
    "redemption_reversal": "a reward was undone",
    "refund": "a reward was given back",
    "lease": "points set aside for a counter",
    "lease_return": "points set aside came back",
    "lease_write_off": "points set aside for a counter that was given up came back",
    "expiry": "points expired",
    "maturing": "points can be spent from now on",
    "adjustment": "a manager's adjustment",
    "opening": "points that the member came with",
    "merge": "two records of one person became one",
    "family_share": "a share went to the head of the family",
    "family_return": "a share came back from the head of the family",
    "claim_back": "a reward that went over the counter once more was claimed back",
    "write_off": "a reward that went over the counter once more was written off",
}
_ANSWERS: Final = {
    Answer.HONOUR: (
        "the member pays with what was there and owes nothing, and the programme bears the rest."
    ),
    Answer.CLAIM_BACK: "the member pays all of it, and owes what wasn't there.",
    Answer.WRITE_OFF: "the programme bears all of it, and the member pays nothing.",
}
_WITHHELD: Final = {
    "one": "The two turned out to be one person",
    "closed": "The head's membership was closed when it was booked",
    "forgotten": "The head was forgotten when it was booked",
}
_NOT_ACTIVE: Final = "The head's membership wasn't active when it was booked"
_UNBOOKED: Final = {
    "waiting": "the redemption hasn't come yet.",
    "refused": "more than was left to come back, so it went before a manager.",
}
_COVERS: Final = {
    "online": "The server was asked, and the member had the points.",
    "lease": "The counter had the points set aside, and gave the reward without the server.",
    "at_risk": "The counter gave the reward at the office's risk, without the server.",
}


def explain(connection: Connection, programme_id: UUID, wanted: UUID) -> Iterator[str]:
    """Say all that was booked under an id, in its order.

    Args:
        connection: reads.
        programme_id: whose.
        wanted: of a transaction, an accrual, a redemption, a refund, an adjustment or an exception.

    Raises:
        Rejected: unknown_id.
    """
    told = _Told(connection, programme_id)
    unbooked = list(told.unbooked(wanted))
    found = told.transactions(wanted)
    if not found and not unbooked:
        raise Rejected("unknown_id", f"Nothing was booked under {wanted}")
    yield from unbooked
    for txn in found:
        yield from told.transaction(txn)


class _Told:
    def __init__(self, connection: Connection, programme_id: UUID) -> None:
        self._connection = connection
        self._programme_id = programme_id
        self._rules = Rules(connection, programme_id)
        self._say: dict[str, Callable[[Any, dict[str, Any]], Iterator[str]]] = {
            "accrual": self._accrual,
            "redemption": self._redemption,
            "refund": self._refund,
            "accrual_reversal": self._taken_back,
            "accrual_reduction": self._taken_back,
            "redemption_reversal": self._undone,
            "expiry": self._expiry,
            "adjustment": self._adjustment,
            "merge": self._merge,
            "maturing": self._family,
            "family_share": self._shared,
            "family_return": self._returned,
            "lease_return": self._given_up,
            "lease_write_off": self._write_off,
            "claim_back": self._answered,
            "write_off": self._answered,
        }

    def _find(self, table: sa.Table, column: str, *values: Any) -> list[Any]:
        named = [value for value in values if value is not None]
        return find_rows(self._connection, table, column, named, programme_id=self._programme_id)

    def transactions(self, wanted: UUID) -> Sequence[Any]:
        found = {row.txn_id: row for row in self._find(t.ledger_txn, "txn_id", wanted)}
        found |= {row.txn_id: row for row in self._find(t.ledger_txn, "ref_id", wanted)}
        for table, key in ((t.refund, "refund_id"), (t.exception_item, "exception_id")):
            for row in self._find(table, key, wanted):
                booked = self._find(t.ledger_txn, "txn_id", row.txn_id)
                found |= {txn.txn_id: txn for txn in booked}
        return sorted(found.values(), key=lambda row: (row.at_ms, row.txn_id))

    def unbooked(self, wanted: UUID) -> Iterator[str]:
        """What waits, or came to nothing."""
        for refund in self._find(t.refund, "refund_id", wanted):
            if refund.state != POSTED:
                yield f"{refund.points} points given back: {_UNBOOKED[refund.state]}"
        for row in self._find(t.adjustment, "adjustment_id", wanted):
            if row.state == DECLINED:
                yield f"{row.points} points as {row.kind}: a second person declined them."
            elif row.state != POSTED:
                yield f"{row.points} points as {row.kind}: a second person has to agree."
        for row in self._find(t.exception_item, "exception_id", wanted):
            if row.txn_id is None:
                said = f"answered '{row.answer}', and nothing was booked" if row.answer else "open"
                yield f"{row.entry_type}, which was refused ({row.code}): {said}."

    def transaction(self, txn: Any) -> Iterator[str]:
        title = _TITLES.get(txn.kind, txn.kind)
        yield f"{_moment(txn.at_ms)}: {title} (transaction {txn.txn_id})"
        why = {} if txn.why is None else json.loads(txn.why)
        say = self._say.get(txn.kind)
        for line in () if say is None else say(txn, why):
            yield f"  {line}"
        lots = {}
        lines = sorted(self._find(t.posting, "txn_id", txn.txn_id), key=lambda row: row.line)
        for row in self._find(t.lot, "lot_id", *(p.lot_id for p in lines if p.lot_id)):
            lots[row.lot_id] = row.expires_on or "never"
        for posting in lines:
            yield "    " + _posting(posting, lots)

    def _event(self, txn: Any) -> Any:
        """What the entry says that led to it; None where there is none, or nothing left of it."""
        if txn.event_id is None:
            return None
        for table in (t.entry, t.urgent_copy):
            for row in self._find(table, "event_id", txn.event_id):
                event = read_copy(bytes(row.raw)).event if row.raw else None
                if event is not None:
                    return event
        return None

    def _since(self, name: str, version: int) -> str:
        kept = [r for r in self._find(t.setting_version, "name", name) if r.version == version]
        since = f", in force since {_moment(kept[0].since_ms)}" if kept else ""
        return f"version {version} of the setting {name!r}{since}"

    # --- by kind

    def _accrual(self, txn: Any, why: dict[str, Any]) -> Iterator[str]:
        event = self._event(txn)
        if not isinstance(event, AccrualRecorded):
            yield "Its entry is lost, so nothing more can be said."
            return
        rules = self._rules.accrual(event.rule_version)
        decision = None if rules is None else decide_again(rules, event)
        if decision is None:
            yield from map(_step, _as_counter_wrote(event))
            yield "The entry doesn't say what the rules were asked with: this is the counter's own."
        else:
            yield from map(_step, decision.explanation)
            yield (
                f"That is {decision.points} points by"
                f" {self._since(ACCRUAL, event.rule_version)}; the entry says {event.points}."
            )
        if why.get("aside"):
            yield "A manager honoured the points as the counter had written them."
        if (points := self._points_rules(why)) is not None:
            day = why["day"]
            yield (
                f"They last to the end of the month {points.lot_months} months after {day}:"
                f" until {points.last_day(day)} ({self._since('points', points.version)})."
            )
            if (spendable := points.spendable_from(day)) is not None:
                yield f"They can be spent from {spendable} on, {points.pending_days} days later."
        yield from self._family(txn, why)

    def _points_rules(self, why: dict[str, Any]) -> PointsRules | None:
        return self._rules.points_of(why["rules"]["points"]) if "rules" in why else None

    def _redemption(self, txn: Any, _: dict[str, Any]) -> Iterator[str]:
        for row in self._find(t.redemption, "redemption_id", txn.ref_id):
            for reward in self._find(t.reward, "reward_id", row.reward_id):
                yield f"{reward.name_en}, {row.points} points."
            yield _COVERS.get(row.cover, "")
            yield from self._handed_on(row.lease_id)
            if row.late:
                yield "It was recorded after the day until which the points were set aside."
        answered = list(self._answered(txn))
        yield from answered
        rest = "" if answered else "; what wasn't there is owed"
        yield f"Points that expire first are taken first{rest}."

    def _handed_on(self, lease_id: UUID | None) -> Iterator[str]:
        """Where what covered a reward came from another counter."""
        for transfer in self._find(t.lease_transfer, "transfer_id", lease_id):
            for device in self._find(t.device, "device_id", transfer.from_device_id):
                for counter in self._find(t.counter, "counter_id", device.counter_id):
                    yield f"Counter {counter.label} had handed the points on to it."

    def _given_up(self, _: Any, why: dict[str, Any]) -> Iterator[str]:
        if why:
            yield f"{why['by']} gave it up: {why['reason']}"

    def _write_off(self, txn: Any, why: dict[str, Any]) -> Iterator[str]:
        yield from self._given_up(txn, why)
        for lease in self._find(t.lease, "lease_id", txn.ref_id):
            yield f"{lease.exposed} of the points may have been given away there all the same."

    def _refund(self, txn: Any, why: dict[str, Any]) -> Iterator[str]:
        points, day = self._points_rules(why), why["day"]
        for row in self._find(t.refund, "of_id", txn.ref_id):
            if row.txn_id != txn.txn_id or points is None:
                continue
            said = self._since("points", points.version)
            yield f"{row.points} of the points come back; what was drawn last comes back first."
            if not row.involuntary:
                fee = points.refund_fee(row.points, involuntary=False)
                yield (
                    f"The customer wanted it, which costs {points.refund_fee_percent} % of them:"
                    f" {fee} points, of those that expire first ({said})."
                )
                continue
            yield f"The customer didn't want it, so nothing is kept back ({said})."
            until = points.lasts_at_least_until(day, involuntary=True)
            if until is not None:
                yield (
                    f"They last at least to the end of the month {points.involuntary_months} months"
                    f" after {day}: until {until}."
                )

    def _answered(self, txn: Any, *_: Any) -> Iterator[str]:
        """A manager's answer that booked it, if one did."""
        for row in self._find(t.exception_item, "txn_id", txn.txn_id):
            if is_given_away(row.entry_type, row.code):
                yield (
                    f"It was refused ({row.code}), and {row.settled_by} answered '{row.answer}':"
                    f" {_ANSWERS[Answer(row.answer)]}"
                )

    def _taken_back(self, *_: Any) -> Iterator[str]:
        yield (
            "First what is left of these points themselves, but for what has expired of them,"
            " then others; what isn't there is owed."
        )

    def _undone(self, *_: Any) -> Iterator[str]:
        yield "Each point goes back to the lot that it came from, and expires when it would have."

    def _expiry(self, *_: Any) -> Iterator[str]:
        yield "Their last day was over in every office, and no counter held them."

    def _merge(self, txn: Any, _: dict[str, Any]) -> Iterator[str]:
        for row in self._find(t.member_merge, "member_id", txn.ref_id):
            yield f"Recorded by {row.recorded_by}: {row.reason or 'no reason given'}."
        yield "Each lot keeps its day; what one owed is paid by what the other has."

    def _family(self, _: Any, why: dict[str, Any]) -> Iterator[str]:
        """Whom a share of what was earned is for, if anybody."""
        said: dict[str, Any] = why.get("family", {})
        for row in self._find(t.family_share, "share_id", UUID(said["share"])) if said else ():
            until = "" if row.until_ms is None else f" until {_moment(row.until_ms)}"
            yield (
                f"{said['percent']} % of it, once what is owed is paid, is for"
                f" {self._card(row.head_id)}, the head of the family."
            )
            yield (
                f"That was so since {_moment(row.since_ms)}{until}, recorded by {row.recorded_by}."
            )
            if "withheld" in said:
                yield f"{_WITHHELD.get(said['withheld'], _NOT_ACTIVE)}, so nothing goes there."

    def _shared(self, txn: Any, _: dict[str, Any]) -> Iterator[str]:
        for row in self._find(t.accrual_share, "accrual_id", txn.ref_id):
            yield (
                f"{row.points} points are {self._card(row.head_id)}'s: {row.percent} % of what was"
                " left once what was owed was paid, rounded down. They last as long as the others."
            )

    def _returned(self, *_: Any) -> Iterator[str]:
        yield (
            "As much of the head's share as was taken back of the whole: first what is left of it,"
            " but for what has expired of it, then other points; what isn't there is owed."
        )

    def _card(self, member_id: UUID) -> str:
        for row in self._find(t.member, "member_id", member_id):
            if row.card_no:
                return f"card {row.card_no}"
        return f"member {member_id}"

    def _adjustment(self, txn: Any, why: dict[str, Any]) -> Iterator[str]:
        points = self._points_rules(why)
        for row in self._find(t.adjustment, "adjustment_id", txn.ref_id):
            numbers = {
                person.staff_id: person.number
                for person in self._find(t.staff, "staff_id", row.recorded_by, row.confirmed_by)
            }
            agreed = ""
            if row.confirmed_by is not None and points is not None:
                agreed = (
                    f", and {numbers[row.confirmed_by]} agreed, as beyond"
                    f" {points.adjustment_limit} points a second person has to"
                )
            yield f"{row.points} points as {row.kind}, by {numbers[row.recorded_by]}{agreed}."


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def _as_counter_wrote(event: AccrualRecorded) -> list[Because]:
    try:
        return [Because(code, dict(values)) for code, values in json.loads(event.explanation)]
    except (ValueError, TypeError):
        return []


def _step(because: Because) -> str:
    sentence = _STEPS.get(because.code)
    if sentence is None:
        return f"{because.code}: {', '.join(f'{k} {v}' for k, v in because.values.items())}"
    try:
        return sentence.format(**because.values) + "."
    except (KeyError, IndexError):
        return because.code


def _posting(posting: Any, lots: dict[UUID, str]) -> str:
    what = "points" if posting.unit == Unit.POINTS else "that count for the tier"
    said = f"{posting.amount:+} {what}, {posting.account}"
    if posting.lot_id in lots:
        return f"{said}, of the lot that expires {lots[posting.lot_id]}"
    if posting.lot_id is None and posting.account == Account.AVAILABLE:
        return f"{said}, owed"
    return said
