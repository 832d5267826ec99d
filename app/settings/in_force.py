"""Puts the sources one over the other, and keeps the last policy that could be gone by.

From whom counts least to whom counts most: the program's default, the policy's defaults, the
machine's settings, the seat's files, the command line. What the policy locks stands above all.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.settings.kinds import as_json
from app.settings.own_files import open_new
from app.settings.places import Document, Places, default_data_folder, read_file, system_places
from app.settings.schema import SETTINGS, SeatSettings, Source
from app.settings.sources import (
    TABLES,
    Policy,
    Problem,
    Said,
    read_machine,
    read_policy,
    read_seat,
)

KEPT: Final = "policy.kept.json"
KEPT_AUTHORITY: Final = "authority.kept.pem"
"""In the data folder: the last good policy, and the certificates that it named."""

LAN_ENVIRONMENT: Final = "GUICHET_LAN"
"""Says lan_mode where the command line doesn't; trials and tests keep to themselves by it."""

_NOT_KEPT: Final = frozenset({"enrolment_token"})  # good once, and no seat's secret
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting's value comes from.

    Attributes:
        value: in force.
        source: who said it.
        place: the file or key, '' for the default and the command line.
        passed_over: who else says something else of it.
    """

    value: Any
    source: Source
    place: str
    passed_over: tuple[Source, ...]

    @property
    def is_locked(self) -> bool:
        return self.source is Source.LOCKED


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force at a seat, and why.

    Attributes:
        values: what is in force.
        origins: by setting.
        problems: what is wrong with the sources.
        policy: what the policy says, or said last.
        is_kept: it is the kept copy: today's can't be gone by.
        kept_in: the folder of the copy: the data folder, but for what the policy says of it.
    """

    values: SeatSettings
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...]
    policy: Policy
    is_kept: bool
    kept_in: Path

    def is_locked(self, name: str) -> bool:
        """Whether the administrator set it for good."""
        return self.origins[name].is_locked

    def keep(self) -> None:
        """Keep a copy of the policy for the day when it is broken.

        Called once the data folder is made. What can't be written isn't kept, and said so: the
        seat works all the same.
        """
        folder = self.kept_in
        if self.is_kept or not folder.is_dir():
            return
        tables = {
            name: {
                key: as_json(value) for key, value in said.values.items() if key not in _NOT_KEPT
            }
            for name, said in zip(TABLES, (self.policy.locked, self.policy.defaults), strict=True)
        }
        try:
            for table in tables.values():
                if table.get("certificate_authority"):
                    content = Path(table["certificate_authority"]).read_bytes()
                    _replace(folder / KEPT_AUTHORITY, content)
                    table["certificate_authority"] = str(folder / KEPT_AUTHORITY)
            _replace(folder / KEPT, json.dumps(tables, indent=1).encode())
        except OSError as error:
            _log.warning("the policy can't be kept in %s: %s", folder, error)


def read_settings(
    told: Mapping[str, Any] = MappingProxyType({}), *, places: Places | None = None
) -> Settings:
    """Read all sources.

    Args:
        told: what the command line says, by setting.
        places: this system's if not given.

    Raises:
        Unavailable: policy_broken: it can't be gone by, and none was kept that could.
    """
    places = places or system_places()
    told, strays = _with_environment(told)
    machine = read_machine(places.machine())
    # Where a broken policy would have the data is not known
    kept_in = told.get("data_folder") or machine.values.get("data_folder") or default_data_folder()
    policy, problems, is_kept = _policy(places.policy(), kept_in)
    order = [
        (Source.POLICY, policy.defaults),
        (Source.MACHINE, machine),
        (Source.COMMAND_LINE, Said("", told)),
        (Source.LOCKED, policy.locked),
    ]
    folder = resolve(order)["data_folder"].value
    seat = read_seat(folder)
    order[2:2] = [(Source.SEAT, said) for said in seat]
    origins = resolve(order)
    for said in (machine, *seat):
        problems += said.problems
    problems += strays
    values = SeatSettings(**{name: origin.value for name, origin in origins.items()})
    return Settings(values, origins, tuple(problems), policy, is_kept, kept_in)


def _with_environment(told: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Problem]]:
    mode = os.environ.get(LAN_ENVIRONMENT, "")
    if not mode or "lan_mode" in told:
        return told, []
    try:
        return {**told, "lan_mode": SETTINGS["lan_mode"].kind.of_text(mode)}, []
    except ValueError as error:
        return told, [Problem(LAN_ENVIRONMENT, "lan_mode", str(error))]


def data_folder(told: Path | None = None, *, places: Places | None = None) -> Path:
    """Where the seat's data is, also where the policy is broken: rescuing has to find it.

    Args:
        told: what the command line says of it, None: nothing.
        places: this system's if not given.
    """
    places = places or system_places()
    policy, machine = read_policy(places.policy()), read_machine(places.machine())
    order = [
        (Source.POLICY, policy.defaults),
        (Source.MACHINE, machine),
        (Source.COMMAND_LINE, Said("", {} if told is None else {"data_folder": told})),
        (Source.LOCKED, policy.locked),
    ]
    folder: Path = resolve(order)["data_folder"].value
    return folder


def resolve(order: list[tuple[Source, Said]]) -> Mapping[str, Origin]:
    """Say of each setting who counts; the later of `order` counts more."""
    origins: dict[str, Origin] = {}
    for name, setting in SETTINGS.items():
        origin = Origin(setting.default, Source.DEFAULT, "", ())
        said = [(who, each.place, each.values[name]) for who, each in order if name in each.values]
        if said:
            who, place, value = said[-1]
            others = tuple(other for other, _, different in said[:-1] if different != value)
            origin = Origin(value, who, place, others)
        origins[name] = origin
    return MappingProxyType(origins)


def _policy(document: Document, folder: Path) -> tuple[Policy, list[Problem], bool]:
    """The policy to go by, what is wrong, and whether it is the kept one."""
    policy = read_policy(document)
    problems = list(policy.problems)
    if not policy.is_broken:
        return policy, problems, False
    kept = read_file(folder / KEPT)
    known = read_policy(kept)
    if kept.content is None or known.is_broken:
        grave = next(problem for problem in problems if problem.is_grave)
        raise Unavailable(
            "policy_broken",
            f"The administrator's settings can't be gone by. {grave}. "
            "`guichet settings show` says everything that is wrong.",
            what=str(grave),
        )
    text = "because of this, the last good policy counts, which was kept; mend the policy"
    problems.append(Problem(document.place, "", text, is_grave=False))
    return known, problems, True


def _replace(path: Path, content: bytes) -> None:
    """Replace a file as a whole, unless it says this already."""
    try:
        if path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with open_new(partial) as file:
        file.write(content)
    partial.replace(path)
