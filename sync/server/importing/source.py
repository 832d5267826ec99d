"""The file under a members import: bytes, lines, cells.

A damaged line never costs the lines after it: text is decoded line by line, and a quote that is
never closed is given up after a few lines.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from sync.server.importing.mapping import Mapping
from sync.server.importing.records import ImportRefused, ProblemReason, RowProblem, shortened

MAX_LINE_BYTES = 256 * 1024
MAX_LINES_A_ROW = 20
_CHUNK = 1 << 20
# fewer bad lines than this share are dirt, more are the wrong encoding
_TOLERATED_BAD_LINES = 0.05
_ALTERNATIVES = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line it begins on."""

    line: int
    cells: list[str]


class MembersFile:
    """A CSV file whose encoding and columns have been checked.

    Attributes:
        header: the names of the columns.

    Raises:
        ImportRefused: from the constructor; nothing of the file may go in.
        PermissionError: the file isn't this account's to read.
    """

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self._path = path
        self._mapping = mapping
        try:
            with path.open("rb") as file:
                self._check_encoding(file)
                file.seek(0)
                first = next(self._rows(file), None)
        except PermissionError:
            raise
        except OSError as error:
            raise _refusal(
                ProblemReason.FILE_UNREADABLE, f"{path.name} can't be read: {error.strerror}."
            ) from error
        if isinstance(first, RowProblem):
            raise ImportRefused([first])
        if first is None:
            raise _refusal(ProblemReason.FILE_EMPTY, f"{path.name} is empty.")
        self.header = [cell.strip() for cell in first.cells]
        self._check_columns()

    def rows(self) -> Iterator[Row | RowProblem]:
        """Every row after the header; blank lines are passed over."""
        with self._path.open("rb") as file:
            rows = self._rows(file)
            next(rows)
            width = len(self.header)
            for row in rows:
                if isinstance(row, Row) and len(row.cells) != width:
                    surplus = row.cells[width:]
                    if len(row.cells) < width or any(cell.strip() for cell in surplus):
                        yield RowProblem(
                            row.line,
                            "",
                            shortened(self._mapping.delimiter.join(row.cells)),
                            ProblemReason.RAGGED_ROW,
                            f"This row has {len(row.cells)} cells, the header {width}: a delimiter "
                            "or line break stands inside a cell; quote it in the source.",
                            row_refused=True,
                        )
                        continue
                yield row

    def _rows(self, file: BinaryIO) -> Iterator[Row | RowProblem]:
        lines = _Lines(file, self._mapping.encoding)
        delimiter = self._mapping.delimiter
        for line, text in lines:
            if isinstance(text, RowProblem):
                yield text
            elif '"' in text:
                yield _quoted_row(line, text, lines, delimiter)
            elif text and not text.isspace():
                yield Row(line, text.split(delimiter))

    def _check_encoding(self, file: BinaryIO) -> None:
        encoding = self._mapping.encoding
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise _refusal(
                ProblemReason.BAD_ENCODING,
                "The file is UTF-16 (spreadsheets call it Unicode text); save it as CSV UTF-8.",
            )
        if _first_error(file, encoding) is None:
            # Nearly any bytes pass for a Chinese or Western code page, so look the other way too
            if encoding != "utf-8" and _first_error(file, "utf-8") is None and not _ascii(file):
                raise _refusal(
                    ProblemReason.BAD_ENCODING,
                    f'The file is utf-8, the mapping says {encoding}: set encoding = "utf-8".',
                )
            return
        file.seek(0)
        total = bad = 0
        first: RowProblem | None = None
        for _, text in _Lines(file, encoding):
            total += 1
            if isinstance(text, RowProblem):
                bad += 1
                first = first or text
        if first is not None and (bad > total * _TOLERATED_BAD_LINES or first.line == 1):
            fits = [one for one in _ALTERNATIVES if one != encoding and not _first_error(file, one)]
            raise ImportRefused(
                [
                    RowProblem(
                        first.line,
                        "",
                        first.value,
                        ProblemReason.BAD_ENCODING,
                        f"{bad:,} of {total:,} lines can't be read as {encoding}, the first is "
                        f"line {first.line}. "
                        + (
                            f'The whole file reads as {fits[0]}: set encoding = "{fits[0]}".'
                            if fits
                            else "Export the file again as utf-8."
                        ),
                        row_refused=True,
                    )
                ]
            )

    def _check_columns(self) -> None:
        mapping, header = self._mapping, self.header
        wanted = dict(mapping.columns)
        if mapping.age is not None:
            wanted["age"] = mapping.age.age_column
            wanted["age's day"] = mapping.age.as_of_column
        problems = []
        for name, column in wanted.items():
            if column not in header:
                reason = ProblemReason.MISSING_COLUMN
                near = get_close_matches(column, header, n=1)
                advice = f"There is no column {column!r} for {name}" + (
                    f"; did you mean {near[0]!r}?" if near else "."
                )
            elif header.count(column) > 1:
                reason = ProblemReason.REPEATED_COLUMN
                advice = f"The column {column!r} for {name} is there twice; rename one."
            else:
                continue
            problems.append(RowProblem(1, column, "", reason, advice, row_refused=True))
        if problems and len(header) == 1:
            other = next((one for one in ",;\t|" if one in header[0]), None)
            if other is not None:
                problems.append(
                    RowProblem(
                        1,
                        "",
                        shortened(header[0]),
                        ProblemReason.MISSING_COLUMN,
                        f"The file seems delimited by {other!r}: set delimiter in the mapping.",
                        row_refused=True,
                    )
                )
        if problems:
            raise ImportRefused(problems)


class _Lines:
    """Numbered lines of text, or what is wrong with one; lines can be put back."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._line = 0
        self._offset = 0
        self._back: list[tuple[int, str | RowProblem]] = []

    def __iter__(self) -> Iterator[tuple[int, str | RowProblem]]:
        return self

    def __next__(self) -> tuple[int, str | RowProblem]:
        if self._back:
            return self._back.pop()
        raw = self._file.readline(MAX_LINE_BYTES)
        if not raw:
            raise StopIteration
        self._line += 1
        start, self._offset = self._offset, self._offset + len(raw)
        if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
            return self._line, self._too_long(raw)
        if self._line == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
            start = self._offset - len(raw)
        try:
            return self._line, raw.decode(self._encoding).rstrip("\r\n")
        except UnicodeDecodeError as error:
            return self._line, self._undecodable(raw, start + error.start, error.start)

    def put_back(self, lines: list[tuple[int, str | RowProblem]]) -> None:
        self._back += reversed(lines)

    def _too_long(self, raw: bytes) -> RowProblem:
        while part := self._file.readline(MAX_LINE_BYTES):
            self._offset += len(part)
            if part.endswith(b"\n"):
                break
        return RowProblem(
            self._line,
            "",
            shortened(raw[:200].decode(self._encoding, "replace")),
            ProblemReason.LINE_TOO_LONG,
            f"This line is longer than {MAX_LINE_BYTES:,} bytes; check its line breaks.",
            row_refused=True,
        )

    def _undecodable(self, raw: bytes, offset: int, start: int) -> RowProblem:
        other = "utf-8" if self._encoding != "utf-8" else "gb18030"
        try:
            raw.decode(other)
            hint = f"as {other} it can be"
        except UnicodeDecodeError:
            hint = "export the row again"
        return RowProblem(
            self._line,
            "",
            shortened(raw[max(0, start - 20) : start + 20].decode("ascii", "backslashreplace")),
            ProblemReason.BAD_ENCODING,
            f"Byte {offset:,} of the file (line {self._line}) can't be read as {self._encoding}; "
            f"{hint}.",
            row_refused=True,
        )


def _quoted_row(line: int, text: str, lines: _Lines, delimiter: str) -> Row | RowProblem:
    """A row with quotes, which may go on over the following lines."""
    taken: list[tuple[int, str | RowProblem]] = []

    def feed() -> Iterator[str]:
        yield text + "\n"
        for number, following in lines:
            taken.append((number, following))
            if isinstance(following, RowProblem) or len(taken) >= MAX_LINES_A_ROW:
                return
            yield following + "\n"

    try:
        # strict: a file that ends inside a quote is an error
        return Row(line, next(csv.reader(feed(), delimiter=delimiter, strict=True)))
    except (csv.Error, StopIteration):
        lines.put_back(taken)
        return RowProblem(
            line,
            "",
            shortened(text),
            ProblemReason.UNCLOSED_QUOTE,
            "A quotation mark is opened and never closed, or closed too early; double the "
            "quotation marks inside cells.",
            row_refused=True,
        )


def _first_error(file: BinaryIO, encoding: str) -> UnicodeDecodeError | None:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return error
    return None


def _ascii(file: BinaryIO) -> bool:
    file.seek(0)
    return all(chunk.isascii() for chunk in iter(lambda: file.read(_CHUNK), b""))


def _refusal(reason: ProblemReason, what_to_do: str) -> ImportRefused:
    return ImportRefused([RowProblem(0, "", "", reason, what_to_do, row_refused=True)])
