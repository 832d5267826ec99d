"""`guichet updates`: fetches versions for the PC, or shows how far the seat's has come."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from app.domain.program import program_version
from app.settings.schema import SeatSettings
from sync.client.updating.fetching import STATUS_NAME, Fetcher
from sync.client.updating.installation import BadInstallation, Installation
from sync.client.updating.seat_state import read_state

_DESCRIPTION: Final = "Fetch versions for the PC, or show how far the seat's has come."


def main(
    arguments: Sequence[str], folder: Path, program: Path, told: SeatSettings | None = None
) -> int:
    """Do what the command line says.

    Args:
        arguments: what follows `updates`.
        folder: the data folder of the PC's seat.
        told: what is set for it, None: nothing is.
        program: the base program.

    Returns:
        The exit code: 1 where something is in the way, 2 where this PC takes no versions.
    """
    parser = argparse.ArgumentParser(prog="guichet updates", description=_DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fetch", help="bring new versions here; by the account that owns them")
    commands.add_parser("show", help="what lies ready, what the seat runs, and why not the newest")
    for each in commands.choices.values():
        each.add_argument("--data-folder", type=Path, default=folder)
    options = parser.parse_args(arguments)
    try:
        installation = Installation.of(program)
    except BadInstallation as problem:
        print(f"guichet: {problem}", file=sys.stderr)
        return 1
    told = told or SeatSettings()
    if installation is None or not told.updates:
        print("guichet: this PC gets its versions from its administrator", file=sys.stderr)
        return 2
    installation = installation.on(told.update_channel)
    state = read_state(options.data_folder)
    if options.command == "show":
        seat = {"installed": program_version(), **asdict(state)}
        print(json.dumps({"seat": seat, "fetching": _fetching(installation)}, indent=1))
        return 0
    fetched = Fetcher(installation).fetch(
        above=state.version or program_version(), used={state.version, state.to}
    )
    print(fetched.told)
    return 1 if fetched.code else 0


def _fetching(installation: Installation) -> object:
    try:
        return json.loads((installation.versions / STATUS_NAME).read_bytes())
    except (OSError, ValueError):
        return None
