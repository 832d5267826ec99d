"""What a published build says of itself, and which PC may have it.

Standard library only: the packagers' tool writes what this reads.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

from app.domain.lean import dataclass

NOTE_NAME: Final = "build.json"
"""Lies in the folder of a version that was put in place, as it was signed."""
CUSTOM: Final = "guichet"
"""The key in a target's custom metadata under which a build is described."""
MAX_UNPACKED_BYTES: Final = 2 << 30
SHARES: Final = 10_000
_VERSION: Final = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}")
_CHANNEL: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")

WhyNot = Literal[
    "not_newer", "other_office", "not_its_turn", "data_unreadable", "unsent_unreadable", "refused"
]


class BadBuild(ValueError):
    """A build's description can't be used; the message says what of it."""


@dataclass(frozen=True, slots=True)
class Build:
    """A published program folder.

    Attributes:
        version: numbers with dots, such as '0.2.0'.
        channel: who gets it, such as 'stable'.
        platform: see `this_platform`.
        share: how many of `SHARES` of its channel's PCs may have it by now; signed lists know no
            fractions.
        offices: codes of the offices that may have it; empty for all.
        reads_data_from: the lowest version of a seat's data that it brings up.
        writes_data: the version that it brings them to.
        reads_entries_from: the lowest format of entries that it sends on.
        unpacked_bytes: what it takes on the disk.
    """

    version: str
    channel: str
    platform: str
    share: int
    offices: tuple[str, ...]
    reads_data_from: int
    writes_data: int
    reads_entries_from: int
    unpacked_bytes: int

    def __post_init__(self) -> None:
        """Raises BadBuild."""
        parse_version(self.version)
        if not _CHANNEL.fullmatch(self.channel):
            raise BadBuild(f"{self.channel!r} is no channel: small letters, digits and hyphens")
        if not 0 <= self.share <= SHARES:
            raise BadBuild(f"{self.share} of {SHARES} is no share")
        if not 0 < self.unpacked_bytes <= MAX_UNPACKED_BYTES:
            raise BadBuild(f"{self.unpacked_bytes} bytes are no size of a program")
        if not 0 <= self.reads_data_from <= self.writes_data:
            raise BadBuild("it reads no data that it could write")

    def to_json(self) -> dict[str, Any]:
        """As it is signed."""
        return {**asdict(self), "offices": list(self.offices)}

    @staticmethod
    def from_json(said: object) -> Build:
        """Read what was signed; fields that this version doesn't know are passed over.

        Raises:
            BadBuild
        """
        if not isinstance(said, Mapping):
            raise BadBuild("a build's description is no object")
        try:
            return Build(
                version=_typed(said, "version", str),
                channel=_typed(said, "channel", str),
                platform=_typed(said, "platform", str),
                share=_typed(said, "share", int),
                offices=tuple(map(str, _typed(said, "offices", list))),
                reads_data_from=_typed(said, "reads_data_from", int),
                writes_data=_typed(said, "writes_data", int),
                reads_entries_from=_typed(said, "reads_entries_from", int),
                unpacked_bytes=_typed(said, "unpacked_bytes", int),
            )
        except KeyError as missing:
            raise BadBuild(f"{missing} is missing") from missing

    @staticmethod
    def noted(folder: Path) -> Build | None:
        """The build that a version's folder holds; None where it doesn't say."""
        try:
            return Build.from_json(json.loads((folder / NOTE_NAME).read_bytes()))
        except (OSError, ValueError):
            return None


def _typed(said: Mapping[str, Any], name: str, kind: Any) -> Any:
    value = said[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadBuild(f"{name} is {value!r}")
    return value


def parse_version(text: str) -> tuple[int, ...]:
    """Numbers that compare as versions do; '1.0' is '1'.

    Raises:
        BadBuild: it is no version.
    """
    if not _VERSION.fullmatch(text):
        raise BadBuild(f"{text!r} is no version: numbers with dots between")
    numbers = [int(number) for number in text.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def is_newer(one: str, other: str) -> bool:
    """Whether a version comes after another; a tree without a version comes before all."""
    try:
        return parse_version(one) > parse_version(other)
    except BadBuild:
        return False


def this_platform() -> str:
    """What builds for this PC are called, such as 'linux-x86_64'."""
    return f"{sys.platform}-{platform.machine().lower()}"


def place_of(device_id: UUID, version: str) -> int:
    """A PC's place in the row of those who get a version, 0 to `SHARES` - 1.

    Another one for each version, so that it isn't always the same counters that go first; and the
    same whenever it is asked, so that a larger share only ever adds PCs.
    """
    digest = hashlib.sha256(f"{device_id}:{version}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % SHARES


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """What decides whether a seat may have a build.

    Attributes:
        running: the version it runs.
        device_id: None before it is enrolled; then it takes only what everybody may have.
        office: its code, '' before it is enrolled.
        data_version: of its work.db.
        entry_version: in which its entries are written.
        unsent: how many wait for the server.
        refused: versions that it went back from.
    """

    running: str
    device_id: UUID | None
    office: str
    data_version: int
    entry_version: int
    unsent: int
    refused: frozenset[str]


def why_not(build: Build, seat: SeatFacts) -> WhyNot | None:
    """Why a seat may not have a build now; None where it may."""
    if seat.running.partition("+")[0] == build.version or not _follows(build, seat.running):
        return "not_newer"
    if build.version in seat.refused:
        return "refused"
    if build.offices and seat.office not in build.offices:
        return "other_office"
    if not _is_its_turn(build, seat.device_id):
        return "not_its_turn"
    if not build.reads_data_from <= seat.data_version <= build.writes_data:
        return "data_unreadable"
    if seat.unsent and seat.entry_version < build.reads_entries_from:
        return "unsent_unreadable"
    return None


def choose(builds: Iterable[Build], seat: SeatFacts) -> Build | None:
    """The newest build that a seat may have."""
    allowed = [build for build in builds if why_not(build, seat) is None]
    return max(allowed, key=lambda build: parse_version(build.version), default=None)


def worth_fetching(builds: Iterable[Build], *, channel: str, above: str) -> list[Build]:
    """What is fetched for a PC whose seat isn't asked: the newest, and the newest for everybody.

    The seat decides by itself when either is its turn.
    """
    fitting = [
        build
        for build in builds
        if build.channel == channel
        and build.platform == this_platform()
        and build.share > 0
        and _follows(build, above)
    ]
    fitting.sort(key=lambda build: parse_version(build.version), reverse=True)
    everybodys = [each for each in fitting if each.share == SHARES and not each.offices]
    return list(dict.fromkeys([*everybodys[:1], *fitting[:1]]))


def _follows(build: Build, running: str) -> bool:
    return is_newer(build.version, running)


def _is_its_turn(build: Build, device_id: UUID | None) -> bool:
    if device_id is None:
        return build.share == SHARES
    return place_of(device_id, build.version) < build.share
