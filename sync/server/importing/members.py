"""Reading members from a CSV file by a mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sync.server.importing.cells import (
    STANDARD_FIELDS,
    BadCell,
    Converter,
    age,
    converters,
    past_date,
)
from sync.server.importing.invention import invent
from sync.server.importing.mapping import AgeRule, BadMapping, Mapping, ValueMap, folded
from sync.server.importing.records import ImportedMember, ProblemReason, RowProblem, shortened
from sync.server.importing.source import MembersFile, Row

# columns of few values, converted once for each
_REPEATING = frozenset({"tier", "home_office", "joined_on", "born_year", "language", "preference"})
_MAX_REMEMBERED = 50_000


def read_members(
    path: Path, mapping: Mapping, *, today: date | None = None
) -> Iterator[ImportedMember | RowProblem]:
    """Read a members file row by row.

    Memory stays flat but for the card numbers, kept to find duplicates.

    Args:
        path: of the CSV file.
        mapping: from `load_mapping`.
        today: dates after it are wrong; by default today in UTC.

    Returns:
        Members and problems in the order of the file. Problems of cells that were left out come
        before the member they belong to; rows refused have one problem or more and no member.

    Raises:
        ImportRefused: at once, before anything is read: file unreadable or empty, wrong encoding,
            columns missing (all of them named).
        BadMapping: a constant that only today's date proves wrong.
    """
    source = MembersFile(path, mapping)
    return _Reader(source, mapping, today or datetime.now(UTC).date()).read()


def read_weights(
    path: Path, mapping: Mapping, *, today: date | None = None
) -> Iterator[tuple[int, int, int]]:
    """Read only what members are ranked by, also of rows that `read_members` will refuse.

    Args:
        path: of the CSV file.
        mapping: from `load_mapping`.
        today: as for `read_members`.

    Returns:
        (visits, points, line) of each row, in the order of the file; 0 for what can't be read.

    Raises:
        ImportRefused: at once, as by `read_members`.
        BadMapping: likewise.
    """
    source = MembersFile(path, mapping)
    return _Reader(source, mapping, today or datetime.now(UTC).date()).weights()


class _Reader:
    def __init__(self, source: MembersFile, mapping: Mapping, today: date) -> None:
        self._source = source
        self._mapping = mapping
        self._today = today
        self._missing = mapping.missing | {""}
        self._inventable = mapping.generate.fields
        self._as_of = _remembering(lambda cell: past_date(cell, mapping.date_format, today))
        self._first_lines: dict[str, int] = {}
        convert = converters(mapping.date_format, today)
        try:
            self._constants = {name: convert[name](one) for name, one in mapping.constants.items()}
        except BadCell as bad:  # a date that is still to come
            raise BadMapping([f"constants: {bad.what_to_do}"]) from bad
        self._plan: list[tuple[str, str, int, Converter]] = [
            (name, column, source.header.index(column), self._converter(name, convert[name]))
            for name, column in mapping.columns.items()
        ]
        rule = mapping.age
        columns = (rule.age_column, rule.as_of_column) if rule else ()
        self._age_at = [source.header.index(column) for column in columns]
        self._name_keys: Callable[[str], tuple[str, str]] = _no_keys
        if mapping.pinyin:
            # the dictionary takes a moment to load
            from sync.server.importing.pinyin import name_keys

            self._name_keys = name_keys

    def read(self) -> Iterator[ImportedMember | RowProblem]:
        for row in self._source.rows():
            if isinstance(row, RowProblem):
                yield row
                continue
            problems: list[RowProblem] = []
            member = self._member(row, problems)
            yield from problems
            if member is not None:
                yield member

    def weights(self) -> Iterator[tuple[int, int, int]]:
        plan = [step for step in self._plan if step[0] in ("visits", "points", "lots")]
        for row in self._source.rows():
            if isinstance(row, RowProblem):
                continue
            values = self._constants.copy()
            for name, _, index, convert in plan:
                with suppress(BadCell):
                    cell = row.cells[index].strip()
                    if cell not in self._missing:
                        values[name] = convert(cell)
            points = values.get("points")
            if points is None:
                points = sum(amount for amount, _ in values.get("lots", ()))
            yield values.get("visits", 0), points, row.line

    def _converter(self, name: str, convert: Converter) -> Converter:
        translation = self._mapping.values.get(name)
        if translation is not None:
            convert = _translating(translation, convert)
        pattern = self._mapping.expect.get(name)
        if pattern is not None:
            convert = _expecting(pattern, convert)
        return _remembering(convert) if name in _REPEATING else convert

    def _member(self, row: Row, problems: list[RowProblem]) -> ImportedMember | None:
        """The row's member, or None where a problem costs the row."""
        cells, nothing = row.cells, self._missing
        values: dict[str, Any] = self._constants.copy()
        missing: list[str] = []
        for name, column, index, convert in self._plan:
            cell = cells[index].strip()
            if cell in nothing or (not cell.isascii() and folded(cell) in nothing):
                missing.append(name)
                continue
            try:
                values[name] = convert(cell)
            except BadCell as bad:
                refused = STANDARD_FIELDS[name].refuses_row and name not in self._inventable
                problems.append(_problem(row.line, column, cell, bad, row_refused=refused))
        if self._mapping.age is not None:
            self._read_age(row, self._mapping.age, values, missing, problems)
        if not ("card_no" in values and "name" in values) and not _costs_row(problems):
            problems += self._lacking(row.line, values)
        problems += self._contradictions(row.line, values)
        if _costs_row(problems):
            return None
        return self._completed(row.line, values, missing)

    def _lacking(self, line: int, values: dict[str, Any]) -> Iterator[RowProblem]:
        for name in ("card_no", "name"):
            if name not in values and name not in self._inventable:
                yield RowProblem(
                    line,
                    self._mapping.columns[name],
                    "",
                    ProblemReason.MISSING_VALUE,
                    f"A member needs a {name}; fill it in the source.",
                    row_refused=True,
                )

    def _contradictions(self, line: int, values: dict[str, Any]) -> Iterator[RowProblem]:
        columns = self._mapping.columns
        card_no = values.get("card_no")
        if card_no is not None:
            first = self._first_lines.setdefault(card_no.casefold(), line)
            if first != line:
                yield RowProblem(
                    line,
                    columns["card_no"],
                    shortened(card_no),
                    ProblemReason.DUPLICATE_CARD,
                    f"Line {first} has the same card number; decide which row is right.",
                    row_refused=True,
                )
        lots = values.get("lots")
        if lots:
            total = sum(points for points, _ in lots)
            if values.setdefault("points", total) != total:
                yield RowProblem(
                    line,
                    columns.get("lots", ""),
                    f"{values['points']} / {total}",
                    ProblemReason.LOTS_DISAGREE,
                    f"The lots hold {total:,} points, the balance says {values['points']:,}; "
                    "settle it in the source.",
                    row_refused=True,
                )

    def _read_age(
        self,
        row: Row,
        rule: AgeRule,
        values: dict[str, Any],
        missing: list[str],
        problems: list[RowProblem],
    ) -> None:
        age_cell, day_cell = (row.cells[index].strip() for index in self._age_at)
        if age_cell in self._missing or day_cell in self._missing:
            missing.append("born_year")
            return
        column, cell = rule.age_column, age_cell
        try:
            years = age(age_cell)
            column, cell = rule.as_of_column, day_cell
            values["born_year"] = self._as_of(day_cell).year - years
        except BadCell as bad:
            problems.append(_problem(row.line, column, cell, bad, row_refused=False))

    def _completed(self, line: int, values: dict[str, Any], missing: list[str]) -> ImportedMember:
        """Fill in what the mapping says to make up, and mark it."""
        generate = self._mapping.generate
        invented: list[str] = []
        wanted = generate.fields.difference(values)
        if wanted:
            name, phone = invent(values["card_no"], generate.seed, generate.latin_percent)
            for field, value in (("name", name), ("phone", phone)):
                if field in wanted:
                    values[field] = value
                    invented.append(field)
        initials, latin = self._name_keys(values["name"])
        if latin and "latin_name" not in values:
            # a reading is a guess, so it counts as made up too
            values["latin_name"] = latin
            invented.append("latin_name")
        return ImportedMember(
            line,
            **values,
            initials=initials,
            generated_fields=tuple(invented),
            missing_fields=tuple(missing),
        )


def _no_keys(name: str) -> tuple[str, str]:
    return "", ""


def _costs_row(problems: list[RowProblem]) -> bool:
    return bool(problems) and any(problem.row_refused for problem in problems)


def _problem(line: int, column: str, cell: str, bad: BadCell, *, row_refused: bool) -> RowProblem:
    return RowProblem(line, column, shortened(cell), bad.reason, bad.what_to_do, row_refused)


def _expecting(pattern: re.Pattern[str], convert: Converter) -> Converter:
    def expect(cell: str) -> Any:
        if not pattern.fullmatch(cell):
            raise BadCell(
                ProblemReason.UNEXPECTED_VALUE,
                "This doesn't look like what the column should hold (see [expect] in the mapping); "
                "correct it in the source.",
            )
        return convert(cell)

    return expect


def _translating(translation: ValueMap, convert: Converter) -> Converter:
    def translate(cell: str) -> Any:
        value = translation.values.get(folded(cell), translation.otherwise)
        if value is None:
            raise BadCell(
                ProblemReason.UNKNOWN_VALUE,
                "The mapping file doesn't say what this value means; add it there.",
            )
        return convert(value) if value else ""

    return translate


def _remembering(convert: Converter) -> Converter:
    """Convert each text once; what is bad is tried again, to be explained each time."""
    return _Remembered(convert).__getitem__


class _Remembered(dict[str, Any]):
    def __init__(self, convert: Converter) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, cell: str) -> Any:
        value = self._convert(cell)
        if len(self) < _MAX_REMEMBERED:
            self[cell] = value
        return value
