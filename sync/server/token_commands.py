"""`guichet-server token …`: tokens by which PCs enrol with nobody at them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.domain.errors import Rejected
from sync.server.command_parts import command
from sync.server.enrol_tokens import MOST_USES, make_token
from sync.server.office_commands import office_of
from sync.server.opening import programme_of, working
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.engine import reading

_MOST_DAYS: Final = 366
_NOTES: Final = """\
Put the token into the managed settings of the PCs (enrolment_token, beside server): each enrols at
its first start, with nobody at it, and gets a counter of its own in this office, named like the PC.
The token is shown once and kept as its hash alone. Whoever has it can enrol a PC: give it a short
time and no more uses than there are PCs, and revoke it when they are set up.

example: guichet-server token add --office PEK --count 40 --until 2027-01-31
"""


def add_tokens(group: Any) -> None:
    """Add the commands to the parser's group."""
    add = command(group, "token add", "let so many PCs enrol by themselves", _NOTES)
    add.add_argument("--office", required=True, metavar="CODE", help="where they stand")
    add.add_argument("--count", required=True, type=int, metavar="N", help="how many PCs")
    add.add_argument(
        "--until", required=True, metavar="DATE", help="the last day, such as 2027-01-31"
    )
    add.add_argument(
        "--kind",
        choices=("counter", "desk"),
        default="counter",
        help="desk for duty managers' PCs (default: counter)",
    )
    command(group, "token list", "list tokens, and which PCs they enrolled").add_argument(
        "--uses", action="store_true", help="with a line for each PC"
    )
    revoke = command(group, "token revoke", "let a token enrol nobody any more; PCs stay enrolled")
    revoke.add_argument("token", metavar="ID", help="as `token list` shows it")


def add_token(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Make a token. Raises Rejected: unknown_office, bad_count, bad_day."""
    if not 1 <= options.count <= MOST_USES:
        raise Rejected("bad_count", f"--count {options.count}: say 1 to {MOST_USES}")
    with working(settings) as work:
        office = office_of(work, options.office)
        zone = ZoneInfo(office.time_zone)
        token_id, token = make_token(
            work,
            office.office_id,
            kind=options.kind,
            most=options.count,
            expires_ms=_end_of(options.until, zone, work.now_ms),
        )
    print(token, flush=True)  # alone on stdout, for scripts
    print(
        f"Good for {_pcs(options.count)}, until the end of {options.until} in {office.name}"
        f" ({office.time_zone}), each as a {options.kind}.\n"
        f"It is not shown again; `guichet-server token revoke {token_id}` ends it.",
        file=sys.stderr,
    )


def _pcs(count: int) -> str:
    return "one PC" if count == 1 else f"{count} PCs"


def _end_of(text: str, zone: ZoneInfo, now_ms: int) -> int:
    """When that day of the office's is over, ms. Raises Rejected('bad_day')."""
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Rejected("bad_day", f"{text} is no day; write it as {today}") from None
    if not 0 <= (day - today).days <= _MOST_DAYS:
        raise Rejected("bad_day", f"Name a day from today ({today}) on, within a year")
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return int(midnight.timestamp() * 1000)


def list_tokens(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print each token's state, and with `--uses` each PC that it enrolled."""
    with programme_of(settings) as (engine, programme_id), reading(engine) as connection:
        mine = t.enrol_token.c.programme_id == programme_id
        offices = dict(
            connection.execute(
                sa.select(t.office.c.office_id, t.office.c.code).where(
                    t.office.c.programme_id == programme_id
                )
            )
            .tuples()
            .all()
        )
        tokens = connection.execute(
            sa.select(t.enrol_token).where(mine).order_by(t.enrol_token.c.made_ms)
        ).all()
        uses = connection.execute(_USES, {"programme": programme_id}).all() if options.uses else []
    now = now_ms()
    print("\t".join(("ID", "OFFICE", "KIND", "USED", "UNTIL", "STATE")))
    for row in tokens:
        used, until = f"{row.used} of {row.most}", _moment(row.expires_ms)
        told = (str(row.token_id), offices[row.office_id], row.kind, used, until, _state(row, now))
        print("\t".join(told))
        for use in uses:
            if use.token_id == row.token_id:
                shut = " (shut out)" if use.revoked_ms is not None else ""
                place = f"{offices[row.office_id]}/{use.label}{shut}"
                print(
                    "\t".join(("", _moment(use.used_ms), place, use.hostname, str(use.device_id)))
                )


_USES: Final = (
    sa.select(
        t.enrol_token_use.c.token_id,
        t.enrol_token_use.c.used_ms,
        t.device.c.device_id,
        t.device.c.hostname,
        t.device.c.revoked_ms,
        t.counter.c.label,
    )
    .join(
        t.device,
        (t.device.c.programme_id == t.enrol_token_use.c.programme_id)
        & (t.device.c.device_id == t.enrol_token_use.c.device_id),
    )
    .join(
        t.counter,
        (t.counter.c.programme_id == t.device.c.programme_id)
        & (t.counter.c.counter_id == t.device.c.counter_id),
    )
    .where(t.enrol_token_use.c.programme_id == sa.bindparam("programme"))
    .order_by(t.enrol_token_use.c.used_ms, t.device.c.device_id)
)


def _state(row: Any, now: int) -> str:
    if row.revoked_ms is not None:
        return f"revoked {_moment(row.revoked_ms)}"
    if row.used >= row.most:
        return "used up"
    return "over" if row.expires_ms <= now else "good"


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(" ", "minutes")


def revoke_token(settings: ServerSettings, options: argparse.Namespace) -> None:
    """End a token. Raises Rejected('unknown_token')."""
    unknown = Rejected(
        "unknown_token",
        f"There is no token {options.token}; `guichet-server token list` shows them",
    )
    try:
        token_id = UUID(options.token)
    except ValueError:
        raise unknown from None
    token = t.enrol_token
    with working(settings) as work:
        ended = work.connection.execute(
            token.update()
            .where(token.c.programme_id == work.programme_id, token.c.token_id == token_id)
            .values(revoked_ms=sa.func.coalesce(token.c.revoked_ms, work.now_ms))
            .returning(token.c.used)
        ).scalar_one_or_none()
        if ended is None:
            raise unknown
    print(f"Token {token_id} enrols nobody any more; PCs that it enrolled stay enrolled")


TOKEN_COMMANDS: Final[Mapping[str, Callable[[ServerSettings, argparse.Namespace], int | None]]] = {
    "token add": add_token,
    "token list": list_tokens,
    "token revoke": revoke_token,
}
