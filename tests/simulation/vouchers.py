"""Vouchers in the end: each was used once, every further use is before a manager, and told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from tests.simulation.facts import Books, Journals, read


def wrong_vouchers(books: Books, journals: Journals) -> Iterator[str]:
    """Where a voucher counts twice, or what it was used for counts as undone."""
    used: dict[UUID, UUID] = {}  # by event, those that count
    voided = set()
    for event, body in journals.known.items():
        document = read(body)
        kind, told = document["type"], document["payload"]
        if books.decided.get(event) != "applied":
            continue
        if kind == "VoucherUsed":
            used[event] = UUID(told["redemption_id"])
        elif kind == "RedemptionVoided":
            voided.add(UUID(told["redemption_id"]))
    if twice := [voucher for voucher, count in Counter(used.values()).items() if count > 1]:
        yield f"I1: a voucher was used twice, and nobody was told: {twice[0]}"
    if both := set(used.values()) & voided:
        yield f"I11: a reward was handed over for its voucher and is undone: {sorted(both)[0]}"
    rows = {UUID(r["event_id"]): r for r in books.table("voucher_use") if r["event_id"]}
    if rows.keys() != used.keys():
        yield "I1: not the used vouchers that there should be"
    told_of = Counter(
        tail
        for record in books.table("record")
        if record["kind"] == "used_vouchers"
        for tail in json.loads(record["body"])["tails"]
    )
    if told_of != Counter(voucher.hex[16:] for voucher in used.values()):
        yield "I13: replicas are told of other used vouchers than there are"
