"""A command's part of the parser: its words, its help, and --data anywhere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

DATA_HELP: Final = "folder of keys and configuration (default: GUICHET_DATA, or guichet-data)"


def command(commands: Any, words: str, summary: str, notes: str = "") -> argparse.ArgumentParser:
    """A command at the end of `words`, which takes --data like the program itself."""
    made: argparse.ArgumentParser = commands.add_parser(
        words.rsplit(maxsplit=1)[-1],
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=notes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # No default, which would undo what stands before the command
    made.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=DATA_HELP)
    made.set_defaults(command=words)
    return made


def group(commands: Any, name: str, summary: str) -> Any:
    """What several commands begin with."""
    made = commands.add_parser(name, help=summary, description=f"{summary}.")
    made.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=DATA_HELP)
    return made.add_subparsers(required=True, metavar="COMMAND")
