"""Reads one source of settings: whole, or with a sentence not at all."""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from app.domain.lean import dataclass
from app.settings.own_files import read_own
from app.settings.places import MOST_BYTES, Document
from app.settings.schema import SETTINGS, Ini, Setting

TABLES: Final = ("locked", "defaults")
_INLINE: Final = {"printer.ini": (";", "#"), "lan.ini": (";", "#"), "screen.ini": None}
_CODED: Final = re.compile(r"\\(x[0-9a-fA-F]{1,4}|.)")
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a source.

    Attributes:
        place: the file or key.
        setting: which one, '' for the source as a whole.
        text: what is wrong and what to do, a sentence.
        is_grave: the source can't be gone by; else it can, but for this setting.
    """

    place: str
    setting: str
    text: str
    is_grave: bool = True

    def __str__(self) -> str:
        setting = f", {self.setting}" if self.setting else ""
        return f"{self.place}{setting}: {self.text}"


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says of settings, by their names; nothing where it has a grave problem."""

    place: str
    values: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()

    @property
    def is_broken(self) -> bool:
        return any(problem.is_grave for problem in self.problems)


NOTHING: Final = Said("", MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Policy:
    """The administrator's: what nobody changes, and what may be changed below.

    Attributes:
        is_there: there is one, however broken.
    """

    is_there: bool
    locked: Said
    defaults: Said

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it, of both its tables."""
        return (*self.locked.problems, *self.defaults.problems)

    @property
    def is_broken(self) -> bool:
        return self.locked.is_broken or self.defaults.is_broken


def read_policy(document: Document) -> Policy:
    """Read the policy; one mistake in it, and all of it is passed over."""
    place = document.place
    if document.problem or document.content is None:
        told = Said(place, {}, _whole(document))
        return Policy(bool(document.problem), told, NOTHING)
    tables: dict[str, Mapping[str, Any]] = {each: {} for each in TABLES}
    strays: list[Problem] = []
    for name, table in document.content.items():
        known = {each.lower(): each for each in TABLES}.get(name.lower())
        if known is None:
            # In the registry a policy's locked values stand in its key itself
            if document.is_text and not isinstance(table, Mapping):
                tables["locked"] = {**tables["locked"], name: table}
            elif name != "$schema" and not name.startswith(_APPLES):
                # Grave, as what was to be locked would stand open
                strays.append(Problem(place, name, _NEITHER if name in SETTINGS else _NO_TABLE))
        elif isinstance(table, Mapping):
            tables[known] = {**tables[known], **table}
        else:
            strays.append(Problem(place, name, "it has to be a table { … } of settings"))
    locked, defaults = (
        read_table(place, tables[each], is_text=document.is_text) for each in TABLES
    )
    locked = Said(place, locked.values, (*strays, *locked.problems))
    both = sorted(locked.values.keys() & defaults.values.keys())
    twice = (Problem(place, name, "it is locked and a default; keep one of them") for name in both)
    return Policy(True, locked, Said(place, defaults.values, (*twice, *defaults.problems)))


_APPLES: Final = "Payload"  # what macOS itself may write into a managed file
_NEITHER: Final = 'it stands in neither table; write it into "locked" or "defaults"'
_NO_TABLE: Final = 'a policy has the tables "locked" and "defaults" alone; is it spelt right?'
_UNKNOWN: Final = "this version knows no such setting, and passes it over; is it spelt right?"


def read_machine(document: Document) -> Said:
    """Read what is set for this PC."""
    if document.problem or document.content is None:
        return Said(document.place, {}, _whole(document))
    content = {name: each for name, each in document.content.items() if name != "$schema"}
    if document.is_text:  # keys in the registry's key are an installer's own
        content = {name: each for name, each in content.items() if not isinstance(each, Mapping)}
    return read_table(document.place, content, is_text=document.is_text)


def read_table(place: str, content: Mapping[str, Any], *, is_text: bool) -> Said:
    """Read settings by their names."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, raw in content.items():
        setting = SETTINGS.get(name.lower() if is_text else name)
        if setting is None:
            problems.append(Problem(place, name, _UNKNOWN, is_grave=False))
            continue
        try:
            found[setting.name] = _read(setting, raw, is_text=is_text)
        except ValueError as error:
            problems.append(Problem(place, setting.name, _told(setting, error)))
    return _said(place, found, problems)


def _read(setting: Setting, raw: Any, *, is_text: bool) -> Any:
    """Raises ValueError."""
    if not is_text:
        return setting.kind.read(raw)
    if isinstance(raw, list):
        return setting.kind.read([str(each) for each in raw])
    return setting.kind.of_text(str(raw))


def read_seat(folder: Path) -> list[Said]:
    """Read the files of the seat's data folder, each by itself."""
    return [_read_ini(folder, file) for file in _INLINE]


def _read_ini(folder: Path, name: str) -> Said:
    place = str(folder / name)
    parser = configparser.ConfigParser(
        inline_comment_prefixes=_INLINE[name], interpolation=None, strict=False
    )
    try:
        content = read_own(folder / name, MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError("it is larger than any settings are")
        parser.read_file(TextIOWrapper(BytesIO(content), encoding="utf-8"), place)
    except (FileNotFoundError, PermissionError):
        return Said(place, {})
    except (OSError, ValueError, configparser.Error) as error:
        why = str(error).splitlines()[0]
        text = f"it can't be read, so it is passed over: {why}"
        return Said(place, {}, (Problem(place, "", text),))
    wanted = {each.ini: each for each in SETTINGS.values() if each.ini and each.ini.file == name}
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for section in parser.sections():
        for key, written in parser[section].items():
            setting = wanted.get(Ini(name, section, key))
            if setting is None:
                continue  # what screens remember stands there, too
            try:
                found[setting.name] = setting.kind.of_text(_decoded(written))
            except ValueError as error:
                text = f"the file is passed over, because of `{key}`: {error}"
                problems.append(Problem(place, setting.name, text))
    return _said(place, found, problems)


def _decoded(written: str) -> str:
    """A value as Qt writes it: in quotation marks, and with backslashes, where it has to be."""
    if len(written) < 2 or written[0] != '"' or written[-1] != '"':
        return written

    def plain(found: re.Match[str]) -> str:
        code = found[1]
        return (
            chr(int(code[1:], 16)) if code[0] == "x" and len(code) > 1 else _PLAIN.get(code, code)
        )

    return _CODED.sub(plain, written[1:-1])


def _said(place: str, found: Mapping[str, Any], problems: list[Problem]) -> Said:
    said = Said(place, MappingProxyType(dict(found)), tuple(problems))
    return Said(place, MappingProxyType({}), said.problems) if said.is_broken else said


def _told(setting: Setting, error: ValueError) -> str:
    """What is wrong; of a secret, not what stands there."""
    return f"it can't be taken. {setting.english}" if setting.secret else str(error)


def _whole(document: Document) -> tuple[Problem, ...]:
    return (Problem(document.place, "", document.problem),) if document.problem else ()
