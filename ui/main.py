"""The program `guichet`: a counter or a desk, or one of the commands beside it.

The commands have no screen, and work where none can be opened: each imports what it needs when it
is called, and none Qt but those that look for screens and speak.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final


def _rescue(arguments: Sequence[str]) -> int:
    from app.settings.in_force import data_folder
    from sync.client.rescue import main as rescue

    return rescue(arguments, data_folder())


def _leave(arguments: Sequence[str]) -> int:
    from app.settings.in_force import data_folder
    from sync.client.leaving import main as leave

    return leave(arguments, data_folder())


def _settings(arguments: Sequence[str]) -> int:
    from app.settings.command import main as settings

    return settings(arguments)


def _enrol(arguments: Sequence[str]) -> int:
    from sync.client.enrol_command import main as enrol

    return enrol(arguments)


def _doctor(arguments: Sequence[str]) -> int:
    from app.settings.in_force import data_folder
    from sync.client.doctor.command import main as doctor
    from ui.qt.itself import itself

    # A process of its own, which a desktop that doesn't work may end
    return doctor(arguments, data_folder(), itself("screens"))


def _screens(arguments: Sequence[str]) -> int:
    from app.settings.in_force import data_folder
    from ui.qt.screens_command import main as screens

    return screens(arguments, data_folder())


def _voice(arguments: Sequence[str]) -> int:
    import argparse

    said = "Say aloud what comes on the standard input; the program starts this by itself."
    argparse.ArgumentParser(prog="guichet voice", description=said).parse_args(arguments)
    from ui.qt.voice import main as voice

    return voice()


def _updates(arguments: Sequence[str]) -> int:
    from contextlib import suppress

    from app.domain.errors import Unavailable
    from app.settings.in_force import data_folder, read_settings
    from sync.client.updating.command import main as updates
    from sync.client.updating.launcher import base_program

    folder = data_folder()
    told = None
    with suppress(Unavailable):  # a broken policy; what is installed goes on being looked after
        told = read_settings().values
    return updates(arguments, folder, base_program(), told)


# A name's arguments are what follows it; the answer is the exit code
COMMANDS: Final[dict[str, Callable[[Sequence[str]], int]]] = {
    "doctor": _doctor,
    "enrol": _enrol,
    "leave": _leave,
    "rescue": _rescue,
    "screens": _screens,
    "settings": _settings,
    "updates": _updates,
    "voice": _voice,
}


def main() -> int:
    """Run the program; returns its exit code."""
    name, arguments = sys.argv[1:2], sys.argv[2:]
    if name and name[0] in COMMANDS:
        return COMMANDS[name[0]](arguments)
    if name == ["--version"]:  # of the one that is called, whichever it would start
        from app.domain.program import program_version

        print(f"guichet {program_version()}")
        return 0
    from app.settings.in_force import data_folder
    from sync.client.updating.launcher import launched

    # Where versions may follow one another this only starts the one in force, and needs no Qt
    code = launched(sys.argv[1:], data_folder)
    if code is not None:
        return code
    from ui.application import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
