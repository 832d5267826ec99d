"""Whether the server was right each time that it refused an entry.

Its decisions are gone over in their order, with what was known at each. An entry that speaks of
something unknown was rightly refused only where somebody's disk lost that, where it was itself
refused, or where a restored server has forgotten it and the counter that recorded it is yet to
tell it again, or can't as its own disk was set back too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from tests.simulation.adjusting import had_too_few
from tests.simulation.approving import Consent
from tests.simulation.docket import Line
from tests.simulation.facts import Books, Facts, Journals, Story, read
from tests.simulation.handing_on import Handing
from tests.simulation.knowledge import WANTED, Key, Knowledge, made_known, missing
from tests.simulation.merges import Merges

# What an honest server may object to: a coupon, a flight, a card, a case or a voucher twice, and
# whatever isn't known for a good reason.
_ALLOWED: Final = frozenset(
    {
        "already_earned", "duplicate_flight", "card_taken", "wrong_card", "case_taken",
        "case_closed", "case_open", "over_refund", "voucher_used", "voucher_voided",
        "voucher_refunded", "voucher_issuer_shut_out", "not_approved", "adjustment_decided",
        "appeal_decided", *WANTED,
    }
)  # fmt: skip
# A journal with two ends tells some things twice, and spends twice what was set aside once.
_ALLOWED_TWICE: Final = {
    "lease_exceeded", "over_limit", "over_window", "unknown_pool", "lease_closed", "voided",
    "redemption_known", "already_rated", "rating_known", "encounter_known", "other_encounter",
    "accrual_known", "appeal_known",
    "insufficient", "stock_exceeded", "stock_lease_closed",
}  # fmt: skip
# A restored server has forgotten what it had set aside.
_ALLOWED_RESTORED: Final = {
    "unknown_lease", "unknown_pool", "over_limit", "lease_closed", "lease_exceeded", "insufficient",
    "unknown_stock_lease", "stock_lease_closed", "stock_exceeded", "over_window",
}  # fmt: skip
# What waited for a lost entry is decided when an allowance may be over, and a lease given back
_ALLOWED_LATE: Final = {"unknown_pool", "lease_closed", "stock_lease_closed"}
# Right by what happened to the counter: its disk lost it, it was shut out
_BY_WHAT_BEFELL: Final = {"unreadable", "shut_out"}
# Points and leases are added up in the end (model.py), not at each decision
_BY_THE_BOOKS: Final = _ALLOWED_RESTORED | {
    "other_encounter", "no_staff", "over_refund", "wrong_member",
}  # fmt: skip

_ADJUSTING: Final = ("PointsAdjusted", "AdjustmentConfirmed")
_NOBODYS: Final = str(UUID(int=0))

# What a counter is said not to hold: the table that would name it, by which id
_HELD: Final = {
    "unknown_lease": ("lease", "lease_id"),
    "unknown_pool": ("risk_pool", "pool_id"),
    "unknown_stock_lease": ("stock_lease", "stock_lease_id"),
}
# Whether a reward stands booked under its id, and whose it was, is added up in the end
_ANSWER_LEFT_OUT: Final = {"redemption_known", "unknown_member", "cannot_claim"}

# Which promise a refusal without a cause speaks of; any other is I10.
_BROKEN_BY: Final = {
    **dict.fromkeys(
        (
            "encounter_known", "rating_known", "already_rated", "accrual_known", "member_known",
            "redemption_known", "voucher_used", "voucher_voided", "voucher_refunded",
        ),
        "I1",
    ),
    **dict.fromkeys(("lease_exceeded", "lease_closed", "unknown_lease"), "I3"),
    "not_approved": "approvals",
    **dict.fromkeys(("adjustment_decided", "unknown_adjustment"), "adjustments"),
    **dict.fromkeys(("appeal_known", "appeal_decided", "unknown_appeal"), "appeals"),
    **dict.fromkeys(("over_limit", "over_window", "unknown_pool"), "I4"),
    **dict.fromkeys(("unknown_stock_lease", "stock_lease_closed", "stock_exceeded"), "I15"),
    **dict.fromkeys(
        ("case_taken", "case_closed", "case_open", "unknown_case"), "cases"
    ),
}  # fmt: skip


class Refusals:
    """Goes over a run's decisions once.

    Attributes:
        judged: how many refusals were, by code.
        left_out: those of which this model can't tell whether they were right, by code.
    """

    def __init__(
        self, books: Books, journals: Journals, story: Story, members: dict[UUID, int]
    ) -> None:
        self.judged: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self._books = books
        self._journals = journals
        self._story = story
        self._known = Knowledge(members)
        self._damaged_visits = visits(journals, journals.damaged)
        # By which counters hold what the server has no word of: lost with a page, or itself refused
        self._unheard = Handing(books, journals, story).lost_by(journals.damaged)
        self._documents = {event: read(body) for event, body in journals.known.items()}
        self._place = 0  # of the decision that is looked at
        self._last: dict[UUID, Line] = {}  # what each entry has come to so far
        self._consent = Consent(books, journals, story)
        self._set_aside = {
            (UUID(row["device_id"]), UUID(row[name]))
            for table, name in _HELD.values()
            for row in books.table(table)
        }
        self._makers: dict[Key, set[UUID]] = defaultdict(set)
        for event, document in self._documents.items():
            for key in made_known(document["type"], document["payload"]):
                self._makers[key].add(event)

    def wrong(self) -> Iterator[str]:
        """Where an entry was refused without a cause, or goes on waiting for what has come."""
        for place, line in enumerate(self._books.docket):
            self._place = place
            document = self._documents.get(line.event_id)
            if document is None:
                continue  # nobody's: said elsewhere
            kind, told = document["type"], document["payload"]
            if line.how != "ahead":
                self._last[line.event_id] = line
            elif self._is_refused(line.event_id):
                continue  # its place in the chain has had the say
            if line.decision in ("accepted", "duplicate"):
                self._known.learn(kind, told, ahead=line.how == "ahead")
                if kind == "LeaseReceived":
                    self._unheard.discard(UUID(told["transfer_id"]))
                if kind == "ExceptionSettled":
                    self._known.settle(told, self._documents.get(UUID(told["exception_id"])))
            elif kind == "ExceptionSettled":
                yield from self._judge_answer(line, document)
            elif line.how == "ahead":
                yield from self._judge_copy(line, kind, told)
            else:
                yield from self._judge(line, document)
        for line in self._last.values():
            yield from self._waits_on(line)

    def _judge(self, line: Line, document: dict[str, Any]) -> Iterator[str]:
        code, kind, told = line.code, document["type"], document["payload"]
        promise = _BROKEN_BY.get(code, "I10")
        if kind == "LeaseReceived":
            self._unheard.add(UUID(told["transfer_id"]))
        if code not in self._allowed(line, document):
            yield f"{promise}: {line.event_id} became an exception: {code}"
            return
        is_right = code in _BY_WHAT_BEFELL or self._is_right(line, kind, told)
        if is_right is None and code in _BY_THE_BOOKS:
            self.left_out[code] += 1
            return
        self.judged[code] += 1
        if not is_right:
            yield f"{promise}: {kind} {line.event_id} was refused as {code} without a cause"
        elif code in WANTED and not self._is_excused(line, missing(code, told)):
            yield f"{promise}: {kind} {line.event_id} came before what it speaks of: {code}"

    def _judge_answer(self, line: Line, document: dict[str, Any]) -> Iterator[str]:
        """A manager's answer is refused where another was first, or there is nothing to answer."""
        told = document["payload"]
        if line.code in _BY_WHAT_BEFELL and line.code in self._allowed(line, document):
            self.judged[line.code] += 1
            return
        about = self._documents.get(UUID(told["exception_id"]))
        is_right = self._known.is_answer_refused(line.code, told, about)
        if line.code == "unknown_exception":
            is_right = self._story.restored
        if line.code == "settled" and not is_right:
            # The entry came again in a good chain: there was nothing to answer any more
            came = self._last.get(UUID(told["exception_id"]))
            is_right = came is not None and came.decision == "accepted"
        if is_right is None and line.code in _ANSWER_LEFT_OUT:
            self.left_out[line.code] += 1
            return
        self.judged[line.code] += 1
        if not is_right:
            yield f"answers: {line.event_id} was refused as {line.code} without a cause"

    def _judge_copy(self, line: Line, kind: str, told: dict[str, Any]) -> Iterator[str]:
        """A copy may well be there before what it speaks of; its place in the chain has the say."""
        if line.code in WANTED:
            self.judged[line.code] += 1
            if not self._known.is_right(line.code, kind, told):
                yield f"I10: a copy of {line.event_id} was refused as {line.code} without a cause"

    def _is_right(self, line: Line, kind: str, told: dict[str, Any]) -> bool | None:
        if line.code == "not_approved":
            return self._consent.lacks(line.event_id, self._place)
        if line.code == "insufficient" and kind in _ADJUSTING and not self._story.restored:
            merges, document = Merges(self._story.merged), self._documents[line.event_id]
            return had_too_few(self._books, self._journals, merges, document)
        if line.code not in _HELD:
            return self._known.is_right(line.code, kind, told)
        # A restored server sets aside under other ids; of pools an older one may be over
        name = _HELD[line.code][1]
        if UUID(told[name]) in self._unheard:
            return True
        if (line.device_id, UUID(told[name])) not in self._set_aside:
            return True
        return None if line.code == "unknown_pool" else False

    def _allowed(self, line: Line, document: dict[str, Any]) -> set[str]:
        event, journals = line.event_id, self._journals
        allowed = set(_ALLOWED)
        if event in journals.shaky:
            allowed |= _ALLOWED_TWICE
        if self._story.restored:
            allowed |= _ALLOWED_RESTORED
        who = document["payload"].get("member_id")
        if who is not None and Merges(self._story.merged).is_one_of_several(UUID(who)):
            allowed |= {"over_limit"}  # drawn for both before the counter heard of it
        if who is not None and Merges(self._story.unmerged).is_one_of_several(UUID(who)):
            allowed |= {"wrong_member"}  # a restored server takes them for two
        if line.how == "again":
            allowed |= _ALLOWED_LATE
        if document["type"] in _ADJUSTING:
            allowed |= {"insufficient"}
        if UUID(document["payload"].get("lease_id") or _NOBODYS) in self._unheard:
            allowed |= {"unknown_lease"}
        if self._story.shut_out and event in journals.shaky:
            allowed |= {"shut_out"}
        if (event in journals.damaged and line.how == "came") or event in journals.unread:
            allowed |= {"unreadable"}
        if visits(journals, {event}) & self._damaged_visits:
            allowed |= {"voided"}  # found after its undoing had been decided
            if document["staff_id"] is None:  # said again by nobody knows whom
                allowed |= {"no_staff"}
        return allowed

    def _is_excused(self, line: Line, key: Key | None) -> bool:
        """Whether nothing of what would have made it known could be there by now."""
        makers = set() if key is None else self._makers[key]
        return bool(makers) and all(self._is_away(maker, line.device_id) for maker in makers)

    def _is_away(self, maker: UUID, device_id: UUID) -> bool:
        last = self._last.get(maker)
        if last is not None:
            return last.decision == "exception"  # which is judged by itself
        if maker not in self._story.forgotten:
            return False
        of = UUID(self._documents[maker]["device_id"])
        return of != device_id or maker not in self._journals.held

    def _is_refused(self, event: UUID) -> bool:
        last = self._last.get(event)
        return last is not None and last.decision == "exception"

    def _waits_on(self, line: Line) -> Iterator[str]:
        """Where an entry is refused for want of what the same counter has told after all."""
        if line.code not in WANTED:
            return
        key = missing(line.code, self._documents[line.event_id]["payload"])
        if key not in self._known.keys:
            return
        if line.device_id in {UUID(self._documents[m]["device_id"]) for m in self._makers[key]}:
            yield f"I10: {line.event_id} waits on, refused as {line.code}, though that has come"


def visits(journals: Journals, events: set[UUID]) -> set[UUID]:
    """The encounters that entries speak of."""
    return Facts.of(journals.known[event] for event in events).encounters - {UUID(int=0)}
