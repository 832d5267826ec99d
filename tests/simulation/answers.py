"""Managers' answers to what was given away: what each had to book, worked out from the journals."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.simulation.facts import Books, Facts, Journals, read

_GIVEN = ("RedemptionGranted", "VoucherUsed")
_OWN = ("available", "leased")


@dataclass(frozen=True)
class Given:
    """An answer that counts.

    Attributes:
        exception_id: what it answers.
        answer: 'honour', 'claim_back', 'write_off'.
        kind: the type of what was given away.
        redemption_id: under which, or whose voucher.
        member_id: who pays, if a member does; None where no journal says.
    """

    exception_id: UUID
    answer: str
    kind: str
    redemption_id: UUID
    points: int
    member_id: UUID | None


class Answers:
    """The answers that count, in any order, without those that are only notes.

    Attributes:
        claimed: points by member, of all claims.
        borne: by the reference of its transactions, what the programme bears now, from 0 down.
    """

    def __init__(self, books: Books, journals: Journals) -> None:
        self._books = books
        known = Facts.of(journals.known.values())
        self.given = list(_given(books, journals, known))
        self.claimed: Counter[UUID] = Counter()
        for given in self.given:
            if given.answer == "claim_back" and given.member_id is not None:
                self.claimed[given.member_id] += given.points
        refs = {row["txn_id"]: UUID(row["ref_id"]) for row in books.txns}
        self.borne: Counter[UUID] = Counter()
        for row in books.postings:
            if row["account"] == "written_off":
                self.borne[refs[row["txn_id"]]] += row["amount"]

    def taken_for_vouchers(self) -> Iterator[tuple[UUID, int]]:
        """By member, what claims took that no redemption of its own stands for."""
        for given in self.given:
            if given.kind == "VoucherUsed" and given.answer == "claim_back" and given.member_id:
                yield given.member_id, given.points

    def wrong(self) -> Iterator[str]:
        """Where an answer booked something else than it says, or nothing, or something twice."""
        items = {UUID(row["exception_id"]): row for row in self._books.table("exception_item")}
        lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._books.postings:
            lines[row["txn_id"]].append(row)
        answered = Counter(given.exception_id for given in self.given)
        for given in self.given:
            item = items[given.exception_id]
            if answered[given.exception_id] > 1:
                yield f"I1: {given.exception_id} was answered twice"
            if item["state"] != "settled" or item["answer"] != given.answer:
                yield f"answers: {given.exception_id} isn't settled as it was answered"
            booked = lines.get(item["txn_id"], [])
            if not booked:
                yield f"answers: {given.exception_id} was answered, and nothing is booked"
            elif what := _other(given, booked):
                yield f"answers: {given.exception_id}, answered {given.answer}, {what}"
        said = {items[given.exception_id]["txn_id"] for given in self.given}
        for txn in self._books.txns:
            lost = sum(r["amount"] for r in lines[txn["txn_id"]] if r["account"] == "written_off")
            if lost < 0 and txn["txn_id"] not in said:
                yield f"answers: {-lost} points are borne that nobody wrote off"
        if kept := [ref for ref, points in self.borne.items() if points > 0]:
            yield f"answers: the programme has points of {kept[0]}"


def _given(books: Books, journals: Journals, known: Facts) -> Iterator[Given]:
    whose = {i: member for i, (member, _) in known.requested.items()}
    whose.update({i: grant[0] for i, grant in known.granted.items()})
    for event, body in journals.known.items():
        document = read(body)
        if document["type"] != "ExceptionSettled" or books.decided.get(event) != "applied":
            continue
        told = document["payload"]
        about = journals.known.get(UUID(told["exception_id"]))
        of = None if about is None else json.loads(about)
        if told["answer"] == "noted" or of is None or of["type"] not in _GIVEN:
            continue
        redemption_id = UUID(of["payload"]["redemption_id"])
        yield Given(
            UUID(told["exception_id"]),
            told["answer"],
            of["type"],
            redemption_id,
            of["payload"]["points"],
            whose.get(redemption_id),
        )


def _other(given: Given, booked: list[dict[str, Any]]) -> str:
    """What is wrong with what was booked, '' where nothing is."""
    own = -sum(row["amount"] for row in booked if row["account"] in _OWN)
    borne = -sum(row["amount"] for row in booked if row["account"] == "written_off")
    owes = any(row["account"] == "available" and row["lot_id"] is None for row in booked)
    if own + borne != given.points:
        return f"books {own + borne} points instead of {given.points}"
    if given.answer == "claim_back" and borne:
        return f"lets the programme bear {borne}"
    if given.answer == "write_off" and own:
        return f"takes {own} points of the member"
    if given.answer == "honour" and owes and given.kind == "RedemptionGranted":
        return "lets the member owe what wasn't there"
    return ""
