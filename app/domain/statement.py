"""A member's statement as a table: the bookings, as CSV, and as a document on whole pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields, replace

from app.domain.csv_cells import harmless
from app.domain.lean import dataclass
from app.domain.receipt_words import booked, word
from app.domain.slips import Around


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transaction that changed a member's points.

    Attributes:
        booked_on: ISO date on which the server booked it, in the statement's time zone; it orders
            the lines.
        happened_on: local date at the counter, '' where it happened at none.
        kind: the ledger's, such as 'accrual' or 'redemption_reversal'.
        what: the reward's name, the flight, the amount; whose share it was, by the masked card;
            '' where there is nothing to say.
        office_code: '' where it happened at no counter.
        points: by how much the balance changed; never 0.
        balance: after it.
    """

    booked_on: str
    happened_on: str
    kind: str
    what: str
    office_code: str
    points: int
    balance: int


def as_csv(lines: Iterable[StatementLine]) -> str:
    """Return the lines as CSV, their fields' names first; rows end with a line feed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in fields(StatementLine))
    for line in lines:
        writer.writerow(astuple(replace(line, what=harmless(line.what))))
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document on as many pages as it takes.

    Attributes:
        heads: (what it is, its value), under the title.
        columns: the table's; the last `numbers` of them hold numbers.
        rows: the table's, as many cells each as there are columns.
        feet: sentences under the table.
    """

    title: str
    heads: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    numbers: int
    rows: tuple[tuple[str, ...], ...]
    feet: tuple[str, ...]


def statement_sheet(
    around: Around,
    *,
    first_day: str,
    as_of: str,
    opening_points: int,
    lines: Sequence[StatementLine],
    lots: Sequence[tuple[int, str | None]],
) -> Sheet:
    """Lay a statement out.

    Args:
        around: whose it is, and what stands on every slip.
        first_day: ISO date, '' for all that there is.
        as_of: local date and time of the figures.
        opening_points: the balance before the first line.
        lines: oldest first.
        lots: (points, ISO date on which they expire or None), earliest first.
    """
    language = around.language
    closing = lines[-1].balance if lines else opening_points
    since = first_day or (lines[0].booked_on if lines else "")
    opening = (since, word(language, "opening"), "", "", f"{opening_points:,}")
    rows = tuple(
        (
            line.booked_on,
            " · ".join(part for part in (booked(language, line.kind), line.what) if part),
            line.office_code,
            f"{line.points:+,}",
            f"{line.balance:,}",
        )
        for line in lines
    )
    expiry = tuple(
        f"{word(language, 'no_expiry') if day is None else word(language, 'expires', day=day)}"
        f": {points:,}"
        for points, day in lots
    )
    place = word(language, "counter", office=around.office, counter=around.counter)
    names = ("day", "booking", "office", "points", "balance")
    return Sheet(
        title=f"{around.programme} · {word(language, 'statement')}",
        heads=(
            (word(language, "member"), around.member),
            (word(language, "balance"), f"{closing:,}"),
            (word(language, "made_at"), f"{place} · {around.at}"),
            (word(language, "clerk"), around.clerk),
        ),
        columns=tuple(word(language, name) for name in names),
        numbers=2,
        rows=(opening, *rows),
        feet=(*expiry, word(language, "as_of", at=as_of)),
    )
