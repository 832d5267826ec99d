"""Mapping files: how a foreign members file feeds the standard fields."""

from __future__ import annotations

import codecs
import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from app.domain.errors import Rejected
from sync.server.importing.cells import STANDARD_FIELDS, BadCell, a_date, converters

GENERATED_FIELDS = ("name", "latin_name", "phone")
OTHERWISE = "*"

EXAMPLE = """\
[columns]              # the field, and the heading of its column
card_no = "MEMBER_NO"
name = "Full name"
phone = "Mobile"
points = "Balance"
"""
"""A small mapping, for whoever has to write one."""

# one line is one row in these, whatever stands in it
_LINE_ENCODINGS = frozenset(
    codecs.lookup(one).name
    for one in ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "big5", "cp1252", "latin-1")
)


class BadMapping(Rejected):
    """A mapping file that makes no sense.

    Attributes:
        problems: each thing wrong, in plain words.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("bad_mapping", "The mapping file can't be used: " + "; ".join(problems))


@dataclass(frozen=True, slots=True)
class ValueMap:
    """Translation of a column's values, letter case and full width aside.

    Attributes:
        values: folded value in the file to the value to take.
        otherwise: what stands for every other value; None reports them.
    """

    values: MappingABC[str, str]
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class AgeRule:
    """The year of birth from an age and the day the age was true."""

    age_column: str
    as_of_column: str


@dataclass(frozen=True, slots=True)
class Generation:
    """What to make up where the file lacks it.

    Attributes:
        fields: of 'name', 'latin_name', 'phone'.
        seed: the same seed and card number give the same values.
        latin_percent: how many of the made-up names are Latin ones.
    """

    fields: frozenset[str] = frozenset()
    seed: str = ""
    latin_percent: int = 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """How to read one kind of members file.

    Attributes:
        encoding: of the file.
        delimiter: one character.
        date_format: as `datetime.strptime` has it.
        missing: cells that say nothing, besides empty ones.
        columns: standard field to the file's column.
        constants: standard field to the value all rows have.
        values: standard field to the translation of its column's values.
        expect: standard field to a pattern for the whole cell; other cells are reported.
        age: where the year of birth comes from an age.
        generate: what to make up.
        pinyin: whether to make pinyin initials, and Latin names where there are none.
    """

    columns: MappingABC[str, str]
    encoding: str = "utf-8"
    delimiter: str = ","
    date_format: str = "%Y-%m-%d"
    missing: frozenset[str] = frozenset()
    constants: MappingABC[str, str] = field(default_factory=dict)
    values: MappingABC[str, ValueMap] = field(default_factory=dict)
    expect: MappingABC[str, re.Pattern[str]] = field(default_factory=dict)
    age: AgeRule | None = None
    generate: Generation = field(default_factory=Generation)
    pinyin: bool = True


def folded(value: str) -> str:
    """Values that differ in letter case, full width or outer blanks only are the same."""
    if not value.isascii():
        value = unicodedata.normalize("NFKC", value)
    return value.strip().casefold()


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        BadMapping: the file can't be read, is no TOML, or makes no sense; all problems at once.
        PermissionError: it isn't this account's to read.
    """
    try:
        return mapping_from_toml(path.read_text(encoding="utf-8-sig"))
    except PermissionError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping([f"{path.name} can't be read ({error})"]) from error


def mapping_from_toml(text: str) -> Mapping:
    """A mapping from the text of its file; raises BadMapping."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = "it is JSON, not TOML" if _is_json(text) else f"it is no valid TOML ({error})"
        raise BadMapping([f"{what}; a mapping looks like this:\n\n{EXAMPLE}"]) from error
    return _Loader(data).load()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


T = TypeVar("T")
_KIND_NAMES = {str: "text", list: "a list", int: "a number", bool: "true or false"}
_FIELDS = tuple(STANDARD_FIELDS)
_TABLES: dict[str, tuple[str, ...]] = {
    "file": ("encoding", "delimiter", "date_format", "missing"),
    "columns": _FIELDS,
    "constants": tuple(name for name in _FIELDS if name != "card_no"),
    "values": tuple(name for name, one in STANDARD_FIELDS.items() if one.coded),
    "expect": _FIELDS,
    "born_year_from_age": ("age", "as_of"),
    "generate": ("fields", "seed", "latin_percent"),
    "names": ("pinyin",),
}


class _Loader:
    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._problems: list[str] = []

    def load(self) -> Mapping:
        for name, content in self._data.items():
            known = _TABLES.get(name)
            if known is None:
                tables = ", ".join(f"[{one}]" for one in _TABLES)
                self._problems.append(f"unknown table [{name}]; there are {tables}")
            elif not isinstance(content, dict):
                self._problems.append(f"{name} must be a table")
            else:
                self._problems += [
                    f"unknown key {name}.{key}; [{name}] takes {', '.join(known)}"
                    for key in content
                    if key not in known
                ]
        if self._problems:
            raise BadMapping(self._problems)
        columns = self._strings("columns")
        mapping = Mapping(
            columns=columns,
            encoding=self._encoding(),
            delimiter=self._get("file", "delimiter", str, ","),
            date_format=self._get("file", "date_format", str, "%Y-%m-%d"),
            missing=frozenset(map(folded, self._get("file", "missing", list, []))),
            constants=self._strings("constants"),
            values=self._values(),
            expect=self._expect(),
            age=self._age(),
            generate=self._generation(),
            pinyin=self._get("names", "pinyin", bool, default=True),
        )
        self._check(mapping)
        if self._problems:
            raise BadMapping(self._problems)
        return mapping

    def _get(self, table: str, key: str, kind: type[T], default: T) -> T:
        value = self._data.get(table, {}).get(key, default)
        # bool passes for int elsewhere
        if type(value) is not kind:
            self._problems.append(f"{table}.{key} must be {_KIND_NAMES[kind]}")
            return default
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            self._problems.append(f"{table}.{key} must hold texts only")
            return default
        return value

    def _strings(self, table: str) -> dict[str, str]:
        content = self._data.get(table, {})
        self._problems += [
            f"{table}.{key} must be text"
            for key, one in content.items()
            if not isinstance(one, str)
        ]
        return {key: one for key, one in content.items() if isinstance(one, str)}

    def _encoding(self) -> str:
        wanted = self._get("file", "encoding", str, "utf-8")
        try:
            found = codecs.lookup(wanted).name
        except LookupError:
            found = ""
        if found not in _LINE_ENCODINGS:
            self._problems.append(
                f"file.encoding {wanted!r} is not supported; use utf-8 or gb18030"
            )
            return "utf-8"
        return "utf-8" if found == "utf-8-sig" else found

    def _values(self) -> dict[str, ValueMap]:
        maps = {}
        for name, content in self._data.get("values", {}).items():
            if not isinstance(content, dict) or not all(
                isinstance(one, str) for one in content.values()
            ):
                self._problems.append(f"values.{name} must be a table of texts")
                continue
            maps[name] = ValueMap(
                {folded(key): one for key, one in content.items() if key != OTHERWISE},
                content.get(OTHERWISE),
            )
        return maps

    def _expect(self) -> dict[str, re.Pattern[str]]:
        patterns = {}
        for name, text in self._strings("expect").items():
            try:
                patterns[name] = re.compile(text)
            except re.error as error:
                self._problems.append(f"expect.{name} is no regular expression ({error})")
        return patterns

    def _age(self) -> AgeRule | None:
        rule = self._strings("born_year_from_age")
        if not rule:
            return None
        if set(rule) != {"age", "as_of"}:
            self._problems.append("born_year_from_age needs age and as_of, both columns")
            return None
        return AgeRule(rule["age"], rule["as_of"])

    def _generation(self) -> Generation:
        wanted = self._get("generate", "fields", list, [])
        seed = self._get("generate", "seed", str, "")
        percent = self._get("generate", "latin_percent", int, 0)
        if not set(wanted) <= set(GENERATED_FIELDS):
            self._problems.append(f"generate.fields may hold {', '.join(GENERATED_FIELDS)}")
        if not 0 <= percent <= 100:
            self._problems.append("generate.latin_percent must be 0 to 100")
        return Generation(frozenset(wanted), seed, percent)

    def _check(self, mapping: Mapping) -> None:
        columns, constants = mapping.columns, mapping.constants
        if len(mapping.delimiter) != 1 or mapping.delimiter in '"\r\n':
            self._problems.append("file.delimiter must be one character")
        try:
            a_date(date(2001, 2, 3).strftime(mapping.date_format), mapping.date_format)
        except BadCell:
            self._problems.append("file.date_format is no date format")
        if not all(part in mapping.date_format for part in ("%Y", "%m", "%d")):
            self._problems.append("file.date_format needs %Y, %m and %d")
        if "card_no" not in columns:
            self._problems.append("columns.card_no is missing")
        if "name" not in columns and "name" not in mapping.generate.fields:
            self._problems.append("name needs a column or must be in generate.fields")
        self._problems += [
            f"{name} has a column and a constant" for name in columns.keys() & constants.keys()
        ]
        if mapping.age and "born_year" in {*columns, *constants}:
            self._problems.append("born_year has a column or constant and an age")
        for table, names in (("values", mapping.values), ("expect", mapping.expect)):
            unfed = names.keys() - columns.keys()
            self._problems += [f"{table}.{name} has no column" for name in sorted(unfed)]
        convert = converters(mapping.date_format, date.max)
        checked = [(f"constants.{name}", name, value) for name, value in constants.items()]
        for name, one in mapping.values.items():
            results = {*one.values.values(), one.otherwise or ""} - {""}
            checked += [(f"values.{name}", name, value) for value in sorted(results)]
        for where, name, value in checked:
            try:
                convert[name](value)
            except BadCell as bad:
                self._problems.append(f"{where} {value!r}: {bad.what_to_do}")
