"""What reading a members file gives: members, problems and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.errors import Rejected
from sync.server.plain import counted

MAX_SHOWN_CHARACTERS = 40


class ProblemReason(StrEnum):
    """Stable codes of what can be wrong with a file, a row or a cell."""

    FILE_UNREADABLE = "file_unreadable"
    FILE_EMPTY = "file_empty"
    BAD_ENCODING = "bad_encoding"
    MISSING_COLUMN = "missing_column"
    REPEATED_COLUMN = "repeated_column"
    RAGGED_ROW = "ragged_row"
    UNCLOSED_QUOTE = "unclosed_quote"
    LINE_TOO_LONG = "line_too_long"
    MISSING_VALUE = "missing_value"
    DUPLICATE_CARD = "duplicate_card"
    BAD_CARD = "bad_card"
    SPREADSHEET_NUMBER = "spreadsheet_number"
    FORMULA = "formula"
    CONTROL_CHARACTER = "control_character"
    DAMAGED_TEXT = "damaged_text"
    TOO_LONG = "too_long"
    NOT_A_NAME = "not_a_name"
    BAD_PHONE = "bad_phone"
    BAD_CODE = "bad_code"
    UNKNOWN_VALUE = "unknown_value"
    UNEXPECTED_VALUE = "unexpected_value"
    BAD_DATE = "bad_date"
    DATE_OUT_OF_RANGE = "date_out_of_range"
    NOT_A_NUMBER = "not_a_number"
    FRACTION = "fraction"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    OUT_OF_RANGE = "out_of_range"
    BAD_LOTS = "bad_lots"
    LOTS_DISAGREE = "lots_disagree"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong, and what the operator can do.

    Attributes:
        line: 1-based line of the file; 0 where it concerns the whole file.
        column: the file's own name of the column, '' where it concerns the whole row.
        value: what stood there, shortened and with control characters written out. May be personal
            data: for the operator's eyes, not for logs.
        reason: stable code.
        what_to_do: what is wrong and what would mend it, in plain words.
        row_refused: False where only the cell was left out and the member goes in.
    """

    line: int
    column: str
    value: str
    reason: ProblemReason
    what_to_do: str
    row_refused: bool


@dataclass(frozen=True, slots=True)
class ImportedMember:
    """One good row in standard fields. What the file doesn't say is '', 0, () or None.

    Attributes:
        line: 1-based line of the file that the row begins on.
        card_no: unique within the file, letter case aside.
        name: display name.
        latin_name: '' where `name` is Latin already.
        initials: pinyin initials in lower case; '' for Latin names.
        phone: digits only.
        tier: the programme's tier code.
        home_office: office code.
        joined_on: date of joining.
        born_year: four digits; from an age it may be a year off.
        language: such as 'zh_CN'.
        preference: one sentence.
        points: 0..2**53, the sum of `lots` where there are any.
        lots: (points, last day of use or None) in the file's order.
        visits: flights, stays or other visits so far.
        generated_fields: those of the above that the file does not say and the importer made up.
        missing_fields: those that have a column whose cell says nothing.
    """

    line: int
    card_no: str
    name: str
    latin_name: str = ""
    initials: str = ""
    phone: str = ""
    tier: str = ""
    home_office: str = ""
    joined_on: date | None = None
    born_year: int | None = None
    language: str = ""
    preference: str = ""
    points: int = 0
    lots: tuple[tuple[int, date | None], ...] = ()
    visits: int = 0
    generated_fields: tuple[str, ...] = ()
    missing_fields: tuple[str, ...] = ()

    @property
    def generated(self) -> bool:
        """Whether anything about this member was made up."""
        return bool(self.generated_fields)


class ImportRefused(Rejected):
    """The file as a whole can't be imported; nothing has gone in.

    Attributes:
        problems: everything found wrong, at least one.
    """

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("import_refused", " ".join(p.what_to_do for p in self.problems))


@dataclass(slots=True)
class ImportSummary:
    """Counts over what was read; feed every item to `observe`.

    Attributes:
        members: rows that became members.
        rows_refused: rows that did not.
        cells_left_out: cells dropped from rows that went in.
        points: of all members together.
        problems: how often each (reason, column) came up.
        first_lines: the first line each of them came up on.
        generated: how often each field was made up.
        missing: how often each field's cell said nothing.
    """

    members: int = 0
    rows_refused: int = 0
    cells_left_out: int = 0
    points: int = 0
    problems: Counter[tuple[ProblemReason, str]] = field(default_factory=Counter)
    first_lines: dict[tuple[ProblemReason, str], int] = field(default_factory=dict)
    generated: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def observe(self, item: ImportedMember | RowProblem) -> None:
        if isinstance(item, ImportedMember):
            self.members += 1
            self.points += item.points
            self.generated.update(item.generated_fields)
            self.missing.update(item.missing_fields)
            return
        if item.row_refused:
            self.rows_refused += 1
        else:
            self.cells_left_out += 1
        key = (item.reason, item.column)
        self.problems[key] += 1
        self.first_lines.setdefault(key, item.line)

    def lines(self) -> list[str]:
        """The summary as lines of text for the operator; no personal data."""
        text = [
            f"{counted(self.members, 'member')} read with {counted(self.points, 'point')}; "
            f"{counted(self.rows_refused, 'row')} refused, "
            f"{counted(self.cells_left_out, 'cell')} left out"
        ]
        for (reason, column), count in self.problems.most_common():
            where = f"column {column}" if column else "whole row"
            first = self.first_lines[reason, column]
            text.append(f"  {count:,} × {reason} ({where}), first on line {first}")
        text += [f"  {name} missing for {n:,} members" for name, n in self.missing.items()]
        text += [
            f"  {name} made up for {count:,} members" for name, count in self.generated.items()
        ]
        return text


def shortened(value: str) -> str:
    """A value fit to show: control characters written out, at most 40 characters."""
    shown = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii")
        for one in value[: MAX_SHOWN_CHARACTERS + 1]
    )
    return shown if len(shown) <= MAX_SHOWN_CHARACTERS else shown[: MAX_SHOWN_CHARACTERS - 1] + "…"
