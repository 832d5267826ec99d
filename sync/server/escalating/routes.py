"""Where low ratings go besides the desks, and after how long: kept by operators, never sent away.

A route's address often is a secret (whoever has it may write to the group), so it stands in the
server's database alone and is shown shortened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.errors import Rejected
from sync.server.escalating.hours import check_hours
from sync.server.store import tables as t
from sync.server.work import Work

Kind = Literal["json", "slack", "dingtalk", "wecom", "feishu", "mail"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LONGEST_WAIT_S: Final = 24 * 3600
_LONGEST: Final = 500
_MOST: Final = 100
_MAIL: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Route:
    """One way on.

    Attributes:
        office_id: whose low ratings; None for all offices'.
        after_s: how long a case may wait for somebody to take it; 0 sends each at once.
        target: address of a web hook, or of a mailbox.
        language: of the message, 'zh_CN' or 'en'.
        hours: when somebody is on duty there, by the office's clock (`hours`); '' for always.
    """

    route_id: UUID
    label: str
    office_id: UUID | None
    after_s: int
    kind: Kind
    target: str
    language: str
    hours: str = ""

    @property
    def shown(self) -> str:
        """The target as it may be printed: a web hook's path is its key."""
        if self.kind == "mail":
            return self.target
        return f"{urlsplit(self.target).scheme}://{urlsplit(self.target).netloc}/…"


def check_target(kind: Kind, target: str) -> None:
    """Raises Rejected('bad_target'): nothing that such a message could be sent to."""
    if kind == "mail":
        if len(target) <= _LONGEST and _MAIL.fullmatch(target):
            return
        raise Rejected("bad_target", f"{target} is no mailbox; write such as duty@example.com")
    parts = urlsplit(target)
    is_safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
    if parts.scheme in ("http", "https") and parts.hostname and is_safe and len(target) <= _LONGEST:
        return
    raise Rejected("bad_target", "A web hook's address begins with https:// and names a host")


def add_route(work: Work, route: Route) -> None:
    """Keep a route.

    Raises:
        Rejected: bad_target, bad_wait, bad_hours, label_taken, too_many.
    """
    check_target(route.kind, route.target)
    check_hours(route.hours)
    if not 0 <= route.after_s <= LONGEST_WAIT_S:
        raise Rejected("bad_wait", f"Wait 0 to {LONGEST_WAIT_S} seconds")
    known = routes(work.connection, work.programme_id)
    if any(each.label == route.label for each in known):
        raise Rejected("label_taken", f"There is a route {route.label} already")
    if len(known) >= _MOST:
        raise Rejected("too_many", f"There are {_MOST} routes, which is all there may be")
    work.add(
        t.alarm_route,
        route.route_id,
        route.label,
        route.office_id,
        route.after_s,
        route.kind,
        route.target,
        route.language,
        route.hours,
    )


def remove_route(work: Work, label: str) -> None:
    """Send nothing more that way. Raises Rejected('unknown_route')."""
    if all(each.label != label for each in routes(work.connection, work.programme_id)):
        raise Rejected("unknown_route", f"There is no route {label}")
    work.connection.execute(
        t.alarm_route.delete().where(
            t.alarm_route.c.programme_id == work.programme_id, t.alarm_route.c.label == label
        )
    )


def routes(connection: Connection, programme_id: UUID) -> list[Route]:
    """All of them, those that wait least first."""
    table = t.alarm_route
    rows = connection.execute(
        sa.select(table)
        .where(table.c.programme_id == programme_id)
        .order_by(table.c.after_s, table.c.label)
    )
    return [Route(*row[1:]) for row in rows]
