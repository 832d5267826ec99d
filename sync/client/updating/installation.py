"""Where versions of the program lie on a PC, and who could have put them there.

An installer that lets versions be put beside its own leaves `installation.json` beside the
program. All below `versions` belongs to whoever owns the program, never to the accounts that
only run it. Standard library only: this is read before every start.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.domain.lean import dataclass
from sync.client.updating.builds import BadBuild, Build, parse_version

NOTE_NAME: Final = "installation.json"
ROOT_NAME: Final = "update-root.json"
PROGRAM_NAME: Final = "guichet.exe" if sys.platform == "win32" else "guichet"
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class BadInstallation(Exception):
    """Versions can't be used here; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A program that versions may be put beside.

    Attributes:
        base: the program as the installer left it.
        versions: the folder of the others, one each, named by their version.
        repository: where they are published, a URL; '' for nowhere.
        channel: which of them are for this PC.
    """

    base: Path
    versions: Path
    repository: str
    channel: str

    @staticmethod
    def of(program: Path) -> Installation | None:
        """The installation that a base program belongs to; None where it takes no versions.

        Raises:
            BadInstallation: its note can't be read.
        """
        note = program.parent / NOTE_NAME
        try:
            said = json.loads(note.read_bytes())
            return Installation(
                base=program,
                versions=program.parent / str(said["versions"]),
                repository=str(said.get("repository", "")),
                channel=str(said.get("channel", "stable")),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInstallation(f"{note} can't be read; install Guichet again") from error

    def on(self, channel: str) -> Installation:
        """The same on the channel that is set for the PC; '' for the installer's."""
        return replace(self, channel=channel) if channel else self

    @property
    def root(self) -> bytes:
        """The signed file that says whose versions are trusted.

        Raises:
            BadInstallation: there is none.
        """
        try:
            return (self.base.parent / ROOT_NAME).read_bytes()
        except OSError as error:
            raise BadInstallation(
                f"{ROOT_NAME} is missing beside the program, so nothing can be trusted"
            ) from error

    @property
    def is_ours(self) -> bool:
        """Whether this account may put versions here."""
        place = self.versions if self.versions.exists() else self.versions.parent
        return os.access(place, os.W_OK) and (os.name != "posix" or _owner(place) == os.geteuid())

    def program(self, version: str) -> Path:
        """The program of a version.

        Raises:
            BadInstallation: it isn't there, or somebody else could have put it there.
        """
        try:
            parse_version(version)
        except BadBuild as bad:  # and no way out of the folder
            raise BadInstallation(str(bad)) from bad
        program = self.versions / version / PROGRAM_NAME
        if not program.is_file():
            raise BadInstallation(f"version {version} is not on this PC")
        self.see_that_its_place_is_safe()
        for place in (self.versions, program.parent, program):
            self._see_that_it_is_safe(place)
        return program

    def see_that_its_place_is_safe(self) -> None:
        """See that no other account can put another folder in the place of that of the versions.

        Beside the program it could exchange the program itself as well.

        Raises:
            BadInstallation: it could.
        """
        if os.name != "posix":
            return
        place = self.versions.parent
        rights = place.stat().st_mode
        is_open = bool(rights & _OTHERS_MAY_WRITE) and not rights & stat.S_ISVTX
        if self.versions.is_symlink() or (is_open and place != self.base.parent):
            raise BadInstallation(
                f"other accounts may write to {place}; versions belong where they can't"
            )

    def builds(self) -> list[Build]:
        """The versions that lie ready, in no order."""
        if not self.versions.is_dir():
            return []
        folders = (path for path in self.versions.iterdir() if not path.name.startswith("."))
        noted = ((folder.name, Build.noted(folder)) for folder in folders)
        return [build for name, build in noted if build is not None and build.version == name]

    def _see_that_it_is_safe(self, place: Path) -> None:
        """Never run what an account other than the program's owner, or this one, could write."""
        if os.name != "posix":
            return  # the setup gave the folder its rights, which it keeps
        status = place.lstat()
        allowed = {0, os.geteuid(), _owner(self.base)}
        if stat.S_ISLNK(status.st_mode) or status.st_uid not in allowed:
            raise BadInstallation(f"{place} belongs to somebody else; nothing there is started")
        if status.st_mode & _OTHERS_MAY_WRITE:
            raise BadInstallation(f"other accounts may write to {place}; nothing there is started")


def _owner(place: Path) -> int:
    return place.stat().st_uid
