"""The receipts that a counter gives: what was committed, made into a document.

Pure: the same facts make the same paper, today and as a copy in a week.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.events import Cover
from app.domain.family import Split
from app.domain.lean import dataclass
from app.domain.receipt import Block, Code, Cut, Gap, Line, Pair, Receipt, Rule
from app.domain.receipt_words import Language, booked, word
from app.domain.voucher import Voucher, short_code

MOST_LINES: Final = 60
MOST_LOTS: Final = 24
"""Of a statement on paper: some two pages of a slip."""

Facts = dict[str, str | int | bool]
"""A slip's own values as they are stored beside its entry."""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands on every slip.

    Attributes:
        at: local date and time, '2026-11-28 14:03'.
        member: masked name and card, '' where nobody is named.
        is_copy: it came out before, or may have.
    """

    language: Language
    programme: str
    office: str
    counter: str
    clerk: str
    at: str
    member: str = ""
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class RedemptionSlip:
    """A reward was given, and its voucher's terms.

    Attributes:
        is_signed: the customer says yes by signing it, and the office keeps a part that shows so.
    """

    reward: str
    reward_en: str
    voucher: Voucher
    is_signed: bool = False

    def facts(self) -> Facts:
        voucher = self.voucher
        return {
            "reward": self.reward,
            "reward_en": self.reward_en,
            "redemption_id": str(voucher.redemption_id),
            "reward_id": str(voucher.reward_id),
            "points": voucher.points,
            "issued_s": voucher.issued_s,
            "last_day": voucher.last_day.isoformat(),
            "is_open": voucher.is_open,
            "cover": voucher.cover.value,
            "is_signed": self.is_signed,
        }

    @classmethod
    def of(cls, facts: Facts) -> RedemptionSlip:
        return cls(
            str(facts["reward"]),
            str(facts["reward_en"]),
            Voucher(
                redemption_id=UUID(str(facts["redemption_id"])),
                reward_id=UUID(str(facts["reward_id"])),
                points=int(facts["points"]),
                issued_s=int(facts["issued_s"]),
                last_day=date.fromisoformat(str(facts["last_day"])),
                is_open=bool(facts["is_open"]),
                cover=Cover(str(facts["cover"])),
            ),
            bool(facts.get("is_signed", False)),  # those of older programs don't say
        )

    def receipt(self, around: Around, code: str) -> Receipt:
        """Make the document.

        Args:
            around: what stands on every slip.
            code: the signed voucher's text, '' where the counter can't sign one yet.
        """
        language, voucher = around.language, self.voucher
        reward = self.reward_en if language == "en" and self.reward_en else self.reward
        key = "open" if voucher.is_open else "pinned"
        name = short_code(voucher.redemption_id)
        terms: tuple[Block, ...] = (
            Gap(),
            Code(code),
            Line(f"{word(language, 'code')} {name}", "centre", bold=True),
            Line(word(language, key, office=around.office), "centre"),
            Pair(word(language, "last_day"), voucher.last_day.isoformat()),
        )
        spent: tuple[Block, ...] = (
            Line(reward, bold=True),
            Pair(word(language, "points"), f"-{voucher.points:,}", bold=True),
        )
        customers = _slip(
            "redemption",
            name,
            around,
            (
                *spent,
                Line(word(language, f"cover_{voucher.cover.value}")),
                *(terms if code else (Line(word(language, "no_code")),)),
                *(self._signature(around) if self.is_signed else ()),
            ),
        )
        if not self.is_signed:
            return customers
        kept = (
            *spent,
            Pair(word(language, "code"), name),
            *self._signature(around),
            Line(word(language, "stays"), "centre"),
        )
        offices = _slip("signed", name, around, kept)
        return Receipt(customers.name, (*customers.blocks, Cut(), *offices.blocks))

    def _signature(self, around: Around) -> tuple[Block, ...]:
        """Room to sign, and under it who signs what, and when."""
        language, points = around.language, f"{self.voucher.points:,}"
        return (
            Gap(),
            Line(word(language, "agrees", points=points)),
            Gap(3),
            Rule(),
            Pair(word(language, "signature"), around.member),
            Pair(around.at, f"{points} {word(language, 'points')}"),
            Gap(),
        )


@dataclass(frozen=True, slots=True)
class RefundSlip:
    """A reward came back, or a part of it; the fee is as the counter foresaw it."""

    reward: str
    reward_en: str
    points: int  # of what was spent
    fee_points: int

    def facts(self) -> Facts:
        return {
            "reward": self.reward,
            "reward_en": self.reward_en,
            "points": self.points,
            "fee_points": self.fee_points,
        }

    @classmethod
    def of(cls, facts: Facts) -> RefundSlip:
        return cls(
            str(facts["reward"]),
            str(facts["reward_en"]),
            int(facts["points"]),
            int(facts["fee_points"]),
        )

    def receipt(self, around: Around) -> Receipt:
        """Make the document."""
        language = around.language
        reward = self.reward_en if language == "en" and self.reward_en else self.reward
        fee = f"-{self.fee_points:,}"
        return _slip(
            "refund",
            around.at,
            around,
            (
                *((Line(reward, bold=True),) if reward else ()),
                Pair(word(language, "given_back"), f"{self.points:,}"),
                *((Pair(word(language, "fee"), fee),) if self.fee_points else ()),
                Pair(
                    word(language, "coming_back"), f"+{self.points - self.fee_points:,}", bold=True
                ),
                Line(word(language, "foreseen")),
            ),
        )


@dataclass(frozen=True, slots=True)
class StatementSlip:
    """What changed a member's points: the newest lines, as many as some pages of a slip hold.

    Attributes:
        first_day: ISO date, '' for all that there is.
        at: local date and time of the figures, '' where nobody knows.
        is_whole: the central office said so; else it is the balance that the counter knew.
        lines: (ISO date, the booking's kind, points), oldest first.
        lots: (points, ISO date on which they expire or None), earliest first.
    """

    first_day: str
    at: str
    is_whole: bool
    balance: int
    lines: tuple[tuple[str, str, int], ...]
    lots: tuple[tuple[int, str | None], ...]

    def facts(self) -> Facts:
        return {
            "first_day": self.first_day,
            "at": self.at,
            "is_whole": self.is_whole,
            "balance": self.balance,
            "lines": json.dumps(self.lines[-MOST_LINES:]),
            "lots": json.dumps(self.lots[:MOST_LOTS]),
        }

    @classmethod
    def of(cls, facts: Facts) -> StatementSlip:
        lines, lots = json.loads(str(facts["lines"])), json.loads(str(facts["lots"]))
        return cls(
            str(facts["first_day"]),
            str(facts["at"]),
            bool(facts["is_whole"]),
            int(facts["balance"]),
            tuple((day, kind, points) for day, kind, points in lines),
            tuple((points, day) for points, day in lots),
        )

    def receipt(self, around: Around) -> Receipt:
        """Make the document."""
        language = around.language
        since = word(language, "since", day=self.first_day) if self.first_day else ""
        bookings: tuple[Block, ...] = tuple(
            Pair(f"{day} {booked(language, kind)}", f"{points:+,}")
            for day, kind, points in self.lines
        )
        expiry: tuple[Block, ...] = tuple(
            Pair(
                word(language, "no_expiry") if day is None else word(language, "expires", day=day),
                f"{points:,}",
            )
            for points, day in self.lots
        )
        as_of = word(language, "as_of" if self.is_whole else "as_known", at=self.at or "-")
        return _slip(
            "statement",
            around.at,
            around,
            (
                *((Line(since),) if since else ()),
                *bookings,
                Pair(word(language, "balance"), f"{self.balance:,}", bold=True),
                *((Rule(), *expiry) if expiry else ()),
                Line(as_of),
            ),
        )


@dataclass(frozen=True, slots=True)
class AccrualSlip:
    """Points were earned.

    Attributes:
        label: the flight, or ''.
        split: where they go of a member who shares, as the counter foresaw it; None: all of them
            are the member's.
        head_name: masked, of who gets what is shared; '' where the counter doesn't hold them.
    """

    label: str
    points: int
    split: Split | None = None
    head_name: str = ""

    def facts(self) -> Facts:
        whole: Facts = {"label": self.label, "points": self.points}
        if self.split is None:
            return whole
        return {**whole, **self.split._asdict(), "head_name": self.head_name}

    @classmethod
    def of(cls, facts: Facts) -> AccrualSlip:
        whole = str(facts["label"]), int(facts["points"])
        if "shared" not in facts:
            return cls(*whole)
        split = Split(int(facts["repaid"]), int(facts["shared"]), int(facts["kept"]))
        return cls(*whole, split, str(facts["head_name"]))

    def receipt(self, around: Around) -> Receipt:
        """Make the document."""
        language = around.language
        return _slip(
            "accrual",
            around.at,
            around,
            (
                *((Line(self.label),) if self.label else ()),
                Pair(word(language, "points"), f"+{self.points:,}", bold=True),
                *(() if self.split is None else self._shares(language, self.split)),
                Line(word(language, "earned_later" if self.split is None else "foreseen")),
            ),
        )

    def _shares(self, language: Language, split: Split) -> Iterator[Block]:
        if split.repaid:
            yield Pair(word(language, "repaid"), f"{split.repaid:,}")
        head = self.head_name or word(language, "family")
        yield Pair(word(language, "shared", name=head), f"{split.shared:,}")
        yield Pair(word(language, "kept"), f"{split.kept:,}")


@dataclass(frozen=True, slots=True)
class MatterSlip:
    """A complaint or question was taken; `due` is the office's date and time."""

    number: str
    department: str
    due: str
    owner: str = ""

    def facts(self) -> Facts:
        return {
            "number": self.number,
            "department": self.department,
            "due": self.due,
            "owner": self.owner,
        }

    @classmethod
    def of(cls, facts: Facts) -> MatterSlip:
        number, department, due = (str(facts[name]) for name in ("number", "department", "due"))
        return cls(number, department, due, str(facts.get("owner", "")))

    def receipt(self, around: Around) -> Receipt:
        """Make the document."""
        language = around.language
        return _slip(
            "matter",
            self.number,
            around,
            (
                Line(word(language, "number")),
                Line(self.number, "centre", 2, True),
                Pair(word(language, "department"), word(language, self.department)),
                *((Pair(word(language, "owner"), self.owner),) if self.owner else ()),
                Pair(word(language, "due"), self.due, bold=True),
            ),
        )


def with_link(receipt: Receipt, language: Language, url: str) -> Receipt:
    """Invite to rate the visit on one's own phone, at the end of what the customer takes along."""
    blocks = receipt.blocks
    end = next((i for i, block in enumerate(blocks) if isinstance(block, Cut)), len(blocks))
    invitation: tuple[Block, ...] = (
        Gap(),
        Line(word(language, "rate_here"), "centre", bold=True),
        Code(url),
        Line(word(language, "rate_once"), "centre"),
    )
    return Receipt(receipt.name, (*blocks[:end], *invitation, *blocks[end:]))


def _slip(kind: str, name: str, around: Around, body: tuple[Block, ...]) -> Receipt:
    language = around.language
    title = word(language, kind)
    place = word(language, "counter", office=around.office, counter=around.counter)
    member = (Pair(word(language, "member"), around.member),) if around.member else ()
    copy = (Line(word(language, "copy"), "centre", 2, True),) if around.is_copy else ()
    return Receipt(
        f"{kind} {name}",
        (
            Line(around.programme, "centre", 1, True),
            Line(place, "centre"),
            Rule(),
            *copy,
            Line(title, "centre", 2, True),
            *member,
            *body,
            Rule(),
            Pair(word(language, "time"), around.at),
            *((Pair(word(language, "clerk"), around.clerk),) if around.clerk else ()),
        ),
    )
