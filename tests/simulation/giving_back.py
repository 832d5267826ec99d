"""What came back of rewards in parts, and in which order lots were spent: worked out apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from tests.simulation.facts import Books, Facts, Journals, read
from tests.simulation.programme import FEE


class GivenBack:
    """What the refunds that were posted come to, by redemption.

    Attributes:
        points: of what was spent.
        fees: of them, kept back.
    """

    def __init__(self, books: Books, known: Facts) -> None:
        self.points: Counter[UUID] = Counter()
        self.fees: Counter[UUID] = Counter()
        for row in books.table("refund"):
            refund = known.refunds.get(UUID(row["refund_id"]))
            if row["state"] == "posted" and refund is not None:
                redemption_id, points, involuntary = refund
                self.points[redemption_id] += points
                self.fees[redemption_id] += 0 if involuntary else points * FEE // 100


def wrong_refunds(
    books: Books, journals: Journals, applied: Facts, back: GivenBack
) -> Iterator[str]:
    """Each refund once, no more than was spent, and none refused that there was room for."""
    known = Facts.of(journals.known.values())
    state = {UUID(row["refund_id"]): row["state"] for row in books.table("refund")}
    spent: dict[UUID, int] = {i: points for i, (_, points) in known.requested.items()}
    spent.update({i: grant[1] for i, grant in known.granted.items()})
    if lost := applied.refunds.keys() - state.keys():
        yield f"I11: refunds that count are nowhere: {sorted(lost)[:3]}"
    if made_up := state.keys() - known.refunds.keys():
        yield f"I11: refunds that nobody recorded: {sorted(made_up)[:3]}"
    for redemption_id, points in back.points.items():
        if points > spent[redemption_id]:
            yield f"I11: {points} came back of {spent[redemption_id]} spent"
    net: Counter[str] = Counter()
    for row in books.postings:
        if row["account"] == "redeemed":
            net[row["txn_id"]] += row["amount"]
    left: Counter[UUID] = Counter()
    for txn in books.txns:
        left[UUID(txn["ref_id"])] += net[txn["txn_id"]]
    voided = {UUID(r["redemption_id"]) for r in books.table("redemption") if r["state"] == "voided"}
    for redemption_id in spent.keys() - voided:
        posted = books.posted["redemption", redemption_id]
        wanted = spent[redemption_id] - back.points[redemption_id] if posted else 0
        if left[redemption_id] != wanted:
            yield f"I11: of redemption {redemption_id} {left[redemption_id]} points are left spent"
    for redemption_id in voided:
        if left[redemption_id]:
            yield f"I11: {left[redemption_id]} points of a voided redemption did not come back"
    used = {UUID(row["redemption_id"]) for row in books.table("voucher_use") if row["event_id"]}
    for redemption_id in used:
        if 0 < spent.get(redemption_id, 0) <= back.points[redemption_id]:
            yield f"I11: {redemption_id} was handed over for its voucher and given back"
    yield from _after_its_use(books, journals, state)
    for refund_id, (redemption_id, points, _) in known.refunds.items():
        room = spent.get(redemption_id, 0) - back.points[redemption_id]
        here = redemption_id not in voided | used and books.posted["redemption", redemption_id]
        if state.get(refund_id) in ("waiting", "refused") and here and points <= room:
            yield f"I11: refund {refund_id} has not come back, and there is room for it"


def _after_its_use(books: Books, journals: Journals, state: Mapping[UUID, str]) -> Iterator[str]:
    """Where points came back of what had been handed over for its voucher by then."""
    used: set[UUID] = set()
    for _, event in books.applied_in_order():
        document = read(journals.known[event])
        kind, told = document["type"], document["payload"]
        if kind == "VoucherUsed":
            used.add(UUID(told["redemption_id"]))
        elif (
            kind == "RedemptionRefunded"
            and UUID(told["redemption_id"]) in used
            and state.get(UUID(told["refund_id"])) == "posted"
        ):
            yield f"I11: {told['redemption_id']} came back after its voucher was used"


def wrong_lots(books: Books) -> Iterator[str]:
    """What expires first is spent first: the postings are gone over in their order."""
    expires = {row["lot_id"]: row["expires_on"] or "9999" for row in books.table("lot")}
    lines = defaultdict(list)
    for row in books.postings:
        if row["account"] == "available" and row["lot_id"] is not None:
            lines[row["txn_id"]].append(row)
    free: dict[str, Counter[str]] = defaultdict(Counter)
    for txn in books.txns:
        for row in lines[txn["txn_id"]]:
            free[row["member_id"]][row["lot_id"]] += row["amount"]
        drawn = [row for row in lines[txn["txn_id"]] if row["amount"] < 0]
        if txn["kind"] != "redemption" or not drawn:
            continue
        member = drawn[0]["member_id"]
        last = max(expires[row["lot_id"]] for row in drawn)
        earlier = [lot for lot, n in free[member].items() if n and expires[lot] < last]
        if earlier:
            yield f"lots: what expires on {last} was spent before what expires earlier"
