"""`guichet-server alarm …`: where low ratings go besides the desks."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from sync.server.escalating.messages import TEST
from sync.server.escalating.routes import Route, add_route, remove_route, routes
from sync.server.escalating.sending import Mailbox, NotSent, send
from sync.server.office_commands import office_of
from sync.server.opening import new_id, programme_of
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.transactions import programme_work


def mailbox_of(settings: ServerSettings) -> Mailbox | None:
    """Who takes mail along, as the environment says. Raises Rejected('bad_smtp')."""
    return Mailbox.of(settings.smtp_url, settings.mail_from)


def add_alarm(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Send low ratings that nobody took somewhere else, too."""
    if options.kind == "mail" and mailbox_of(settings) is None:
        raise Rejected("bad_smtp", "Mail needs GUICHET_SMTP_URL and GUICHET_MAIL_FROM")
    with (
        programme_of(settings) as (engine, programme_id),
        programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
    ):
        office_id = office_of(work, options.office).office_id if options.office else None
        route = Route(
            new_id(), options.label, office_id, options.after, options.kind, options.target,
            options.language, options.hours,
        )  # fmt: skip
        add_route(work, route)
    when = f"after {options.after} s without a manager" if options.after else "at once"
    if options.hours:
        when += f", {options.hours}"
    whose = f"of {options.office}" if options.office else "of all offices"
    print(f"Low ratings {whose} go to {options.label} {when}. Try it: alarm test {options.label}")


def remove_alarm(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Send nothing more that way."""
    with (
        programme_of(settings) as (engine, programme_id),
        programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
    ):
        remove_route(work, options.label)
    print(f"Nothing goes to {options.label} any more")


def test_alarm(settings: ServerSettings, options: argparse.Namespace) -> int:
    """Send a message that says it is a test; returns 1 where it didn't get through."""
    with programme_of(settings) as (engine, programme_id), reading(engine) as connection:
        known = routes(connection, programme_id)
    route = next((each for each in known if each.label == options.label), None)
    if route is None:
        raise Rejected("unknown_route", f"There is no route {options.label}")
    try:
        send(route, TEST[route.language], None, mailbox_of(settings))
    except NotSent as problem:
        print(f"{route.label}: not sent, {problem}")
        return 1
    print(f"{route.label}: sent")
    return 0


def list_alarms(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print the routes, and how the last message on each went; addresses are shortened."""
    with programme_of(settings) as (engine, programme_id), reading(engine) as connection:
        known = routes(connection, programme_id)
        office, sent = t.office.c, t.alarm_sent.c
        codes = {
            row.office_id: row.code
            for row in connection.execute(
                sa.select(office.office_id, office.code).where(office.programme_id == programme_id)
            )
        }
        last = {
            row.route_id: row
            for row in connection.execute(
                sa.select(sent.route_id, sent.done_ms, sent.problem)
                .where(sent.programme_id == programme_id)
                .order_by(sent.next_ms)
            )
        }
    for line in _lines(known, codes, last):
        print(line)


def _lines(
    known: Sequence[Route], codes: Mapping[UUID, str], last: Mapping[UUID, Any]
) -> Iterator[str]:
    if not known:
        yield "Low ratings go to the desks alone"
    for route in known:
        where = "all offices" if route.office_id is None else codes[route.office_id]
        row = last.get(route.route_id)
        how = "nothing sent yet"
        if row is not None and row.problem:
            how = f"last not sent: {row.problem}"
        elif row is not None and row.done_ms is not None:
            how = f"last sent {datetime.fromtimestamp(row.done_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
        waits = f"after {route.after_s} s" + (f", {route.hours}" if route.hours else "")
        yield f"{route.label}: {where}, {waits}, {route.kind} {route.shown}; {how}"
    if known and all(route.hours for route in known):
        yield "At other hours nobody is told but the desks: add a route without --hours"


ALARM_COMMANDS: Final[dict[str, Callable[[ServerSettings, argparse.Namespace], int | None]]] = {
    "alarm add": add_alarm,
    "alarm remove": remove_alarm,
    "alarm test": test_alarm,
    "alarm list": list_alarms,
}
