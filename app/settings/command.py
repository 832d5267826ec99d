"""`guichet settings show`: what is set for this PC, where each value comes from, what is wrong."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.domain.errors import Unavailable
from app.settings.in_force import Settings, read_settings
from app.settings.kinds import as_json
from app.settings.places import Places, system_places
from app.settings.schema import SETTINGS
from app.settings.sources import read_policy

MASK: Final = "********"
_DESCRIPTION: Final = (
    "Show what is set for this PC, where each value comes from, and what is wrong with it."
)


def main(arguments: Sequence[str], *, places: Places | None = None) -> int:
    """Run `guichet settings …`; returns 0, or 1 where something is wrong with a source."""
    parser = argparse.ArgumentParser(prog="guichet settings", description=_DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="print what is in force")
    show.add_argument("--origin", action="store_true", help="and where each value comes from")
    show.add_argument("--json", action="store_true", help="everything, for programs")
    show.add_argument("--data-folder", type=Path, metavar="FOLDER", help="of another seat")
    options = parser.parse_args(arguments)
    told = {} if options.data_folder is None else {"data_folder": options.data_folder.absolute()}
    places = places or system_places()
    try:
        settings = read_settings(told, places=places)
    except Unavailable as problem:
        print(f"guichet settings: {problem.message}", file=sys.stderr)
        for each in read_policy(places.policy()).problems:
            print(f"  {each}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(as_document(settings), indent=2, ensure_ascii=False))
    else:
        for line in _lines(settings, origin=options.origin):
            print(line)
    for mistake in settings.problems:
        print(f"guichet settings: {mistake}", file=sys.stderr)
    return 1 if settings.problems else 0


def as_document(settings: Settings) -> dict[str, Any]:
    """What is in force and why, for programs; secrets are masked."""
    return {
        "settings": {
            name: {
                "value": shown(name, origin.value),
                "source": origin.source.value,
                "place": origin.place,
                "locked": origin.is_locked,
                "passed_over": [each.value for each in origin.passed_over],
            }
            for name, origin in settings.origins.items()
        },
        "policy_is_kept": settings.is_kept,
        "problems": [
            {
                "place": each.place,
                "setting": each.setting,
                "text": each.text,
                "grave": each.is_grave,
            }
            for each in settings.problems
        ],
    }


def shown(name: str, value: Any) -> Any:
    """A value as it may be shown: of a secret, that there is one."""
    if not SETTINGS[name].secret or value in ("", "none"):
        return as_json(value)
    if name == "proxy":  # where it leads is none, only who may
        return re.sub(r"//[^/]*@", f"//{MASK}@", value)
    return MASK


def _lines(settings: Settings, *, origin: bool) -> list[str]:
    rows = []
    for name, known in settings.origins.items():
        value = shown(name, known.value)
        text = " ".join(value) if isinstance(value, list) else str(value)
        row = [name, text if not isinstance(value, bool) else text.lower()]
        if origin:
            over = ", ".join(known.passed_over)
            lock = " (locked)" if known.is_locked else ""
            others = f"; passed over: {over}" if over else ""
            source = "policy" if known.is_locked else known.source.value
            place = f", {known.place}" if known.place else ""
            row.append(f"{source}{lock}{place}{others}")
        rows.append(row)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
