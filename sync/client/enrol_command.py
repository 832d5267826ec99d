"""`guichet enrol --unattended`: makes this PC a seat by the token of its settings, with no screen.

For installers and images' first start. The program itself does the same when it is opened; this
is for who wants it done, or to know why not, before anybody opens it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from app.bootstrap import build_core
from app.domain.errors import Rejected, Unavailable
from app.domain.program import program_version
from app.services.commands import Enrol
from app.settings.in_force import Settings, read_settings
from app.store.folder import prepare
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport

_DESCRIPTION: Final = (
    "Make this PC a seat by the token of its settings, with no screen: for installers and images' "
    "first start. The program itself does the same when it is opened; this is for who wants it "
    "done, or to know why not, before anybody opens it."
)
REFUSED: Final = 1
NOT_YET: Final = 75  # as sysexits.h has it: try again later
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
_PASSING: Final = frozenset(
    {"unreachable", "certificate", "not_guichet", "server_error", "busy", "clock"}
)


def enrol_unattended(
    settings: Settings,
    *,
    patience_s: float,
    tell: Callable[[str], None],
    wait: Callable[[float], None] = time.sleep,
    now_s: Callable[[], float] = time.monotonic,
) -> str:
    """Enrol, and ask again while the server isn't there.

    Args:
        settings: what is in force.
        patience_s: for how long it is asked again.
        tell: is told of each try that came to nothing.
        wait: seconds pass.
        now_s: a clock that only grows.

    Returns:
        Who the PC is now, a sentence.

    Raises:
        Rejected: nothing_arranged, no address or no token is set; what the server refused.
        Unavailable: the data folder can't be used; the server wasn't there all the time.
    """
    told = settings.values
    prepare(told.data_folder)
    settings.keep()
    desks: list[HttpOnlineDesk] = []

    def make_online(store: Any, clock: Any) -> HttpOnlineDesk:
        transport = partial(HttpTransport, authority=told.certificate_authority, proxy=told.proxy)
        desk = HttpOnlineDesk(
            store, transport, clock, tokens=TokenCache(), version=program_version()
        )
        desks.append(desk)
        return desk

    opened = build_core(told.data_folder, make_online)
    try:
        seat = opened.core.queries.seat()
        if seat is not None:
            return f"This PC is {seat.office_code}/{seat.counter_label} already."
        if not told.server or not told.enrolment_token:
            lacks = "server" if not told.server else "enrolment_token"
            raise Rejected(
                "nothing_arranged",
                f"The setting {lacks} says nothing; set it in the policy or for this machine "
                "(`guichet settings show --origin` tells where), or type a code at the program.",
            )
        command = Enrol(told.server, told.enrolment_token, told.office)
        ends_s, wait_s = now_s() + patience_s, _FIRST_WAIT_S
        while True:
            try:
                seat = opened.core.execute(command)
                break
            except Unavailable as problem:
                if problem.code not in _PASSING:
                    raise
                why, left_s = _why(settings), ends_s - now_s()
                if left_s <= 0:
                    raise Unavailable(problem.code, why) from problem
                pause_s = min(left_s, wait_s * random.uniform(0.7, 1.0))
                tell(f"{told.server}: {problem.code}; again in {pause_s:.0f} s. {why}")
                wait(pause_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        return f"This PC is {seat.office_code}/{seat.counter_label} of {seat.programme_name} now."
    finally:
        for desk in desks:
            desk.close()
        opened.core.close()


def _why(settings: Settings) -> str:
    """Why the server isn't there, as the doctor tells it; libraries' own words may hold secrets."""
    from sync.client.doctor.pc import Pc
    from sync.client.doctor.report import words
    from sync.client.doctor.server import look_at_way

    told = settings.values
    found = next(look_at_way(Pc(told.data_folder), told.server, settings), None)
    if found is None:
        return "`guichet doctor` finds nothing wrong with the way there."
    said = words(found, "en")
    return f"{said.title}: {said.what} `guichet doctor` says what to do. [{found.code}]"


def main(arguments: Sequence[str]) -> int:
    """Run `guichet enrol`; returns 0 enrolled, 1 refused, 75 where the server was not there."""
    parser = argparse.ArgumentParser(prog="guichet enrol", description=_DESCRIPTION)
    parser.add_argument(
        "--unattended", action="store_true", required=True, help="by the token of the settings"
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="ask again for so long while the server isn't there (default: %(default).0f)",
    )
    parser.add_argument("--data-folder", type=Path, metavar="FOLDER", help="of another seat")
    options = parser.parse_args(arguments)
    named = {} if options.data_folder is None else {"data_folder": options.data_folder.absolute()}

    def tell(line: str) -> None:
        print(f"guichet enrol: {line}", file=sys.stderr, flush=True)

    try:
        settings = read_settings(named)
        for mistake in settings.problems:
            tell(str(mistake))
        print(enrol_unattended(settings, patience_s=options.wait, tell=tell))
    except Rejected as problem:
        tell(f"{problem.code}: {problem.message}")
        return REFUSED
    except Unavailable as problem:
        tell(f"{problem.code}: {problem.message}")
        return NOT_YET if problem.code in _PASSING else REFUSED
    return 0
