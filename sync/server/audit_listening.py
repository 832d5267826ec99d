"""Whether managers' lists follow from the draw, and actions from what was said of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.acting import standing_of
from app.domain.events import ActionFieldSet, ListeningFieldSet
from app.domain.listening import SETTING, ListeningRules, lot, strata_for
from app.domain.listening_records import CorrectiveAction, Listening, Said
from sync.server.joins import outer
from sync.server.listening_draw import apart_from
from sync.server.reading import read_copy
from sync.server.settings_of import setting_object
from sync.server.store import tables as t
from sync.server.store.bulk import stream


def listenings(connection: Connection) -> Iterator[str]:
    """Yield a line for each list that wasn't drawn so, and what isn't as its entries make it."""
    yield from _lists(connection)
    yield from _again(connection)
    said = _said(connection)
    yield from _entries(connection, said)
    yield from _actions(connection, said)
    yield from _told(connection, said)


def _lists(connection: Connection) -> Iterator[str]:
    """Each list comes from the strata that its turn says, and each lot is its member's."""
    rules = {
        (row.programme_id, row.version): ListeningRules.from_setting(setting_object(row.value))
        for row in connection.execute(
            sa.select(t.setting_version).where(t.setting_version.c.name == SETTING)
        )
    }
    listed = t.listening
    drawn: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in stream(connection, sa.select(listed).order_by(listed.c.place)):
        drawn[row.programme_id, row.staff_id, row.week].append(row)
        if bytes(row.lot) != lot(row.week, row.office_id, row.member_id):
            yield f"listening {row.listening_id}: its lot isn't its member's"
    for row in stream(connection, sa.select(t.listening_draw)):
        rows = drawn.pop((row.programme_id, row.staff_id, row.week), [])
        frame = json.loads(row.frame)
        per_week = rules.get((row.programme_id, row.version), ListeningRules()).per_week
        wanted = strata_for(row.week, row.staff_id, frame, per_week, tuple(frame))
        if [(each.place, each.stratum) for each in rows] != list(enumerate(wanted, 1)):
            yield f"list of {row.staff_id}, {row.week}: it isn't drawn from the strata in turn"
        for stratum in frame:
            lots = [bytes(each.lot) for each in rows if each.stratum == stratum]
            if lots != sorted(lots):
                yield f"list of {row.staff_id}, {row.week}: {stratum} isn't in the lots' order"
    for (_, staff_id, week), rows in drawn.items():
        yield f"list of {staff_id}, {week}: {len(rows)} customer(s) whom nobody drew"


def _again(connection: Connection) -> Iterator[str]:
    """Nobody is on two lists within the time that the later one's rules name."""
    listed, draw = t.listening, t.listening_draw
    twice = (
        sa.select(listed.c.programme_id, listed.c.member_id)
        .group_by(listed.c.programme_id, listed.c.member_id)
        .having(sa.func.count() > 1)
        .subquery("twice")
    )
    rows = stream(
        connection,
        sa.select(listed, t.setting_version.c.value)
        .select_from(
            listed.join(
                twice,
                (twice.c.programme_id == listed.c.programme_id)
                & (twice.c.member_id == listed.c.member_id),
            )
            .join(
                draw,
                (draw.c.programme_id == listed.c.programme_id)
                & (draw.c.staff_id == listed.c.staff_id)
                & (draw.c.week == listed.c.week),
            )
            .outerjoin(
                t.setting_version,
                (t.setting_version.c.programme_id == draw.c.programme_id)
                & (t.setting_version.c.name == SETTING)
                & (t.setting_version.c.version == draw.c.version),
            )
        )
        .order_by(listed.c.programme_id, listed.c.member_id, listed.c.week),
    )
    before: Any = None
    for row in rows:
        if before is not None and before.member_id == row.member_id:
            rules = ListeningRules.from_setting(setting_object(row.value))
            if before.week > apart_from(row.week, rules):
                yield f"listening {row.listening_id}: its member was on a list of {before.week}"
        before = row


def _said(connection: Connection) -> dict[UUID, tuple[Said, ...]]:
    """All that was said, without its words: by what it is about, by time."""
    found: defaultdict[UUID, list[Said]] = defaultdict(list)
    for row in stream(connection, sa.select(t.listening_said)):
        saw = tuple(map(UUID, filter(None, row.saw.split(","))))
        said = Said(row.event_id, row.field, row.value, row.at_ms, row.staff_id, saw)
        found[row.about_id].append(said)
    return {
        about_id: tuple(sorted(said, key=lambda each: (each.at_ms, each.entry_id.bytes)))
        for about_id, said in found.items()
    }


def _entries(connection: Connection, said: Mapping[UUID, tuple[Said, ...]]) -> Iterator[str]:
    """Each entry that counts stands under what it is about, as it says, and nothing else does."""
    rows = {each.entry_id: (i, each) for i, versions in said.items() for each in versions}
    entry = t.entry
    kinds = (ListeningFieldSet.TYPE, ActionFieldSet.TYPE)
    for row in stream(connection, sa.select(entry).where(entry.c.type.in_(kinds))):
        event = read_copy(bytes(row.raw)).event
        about_id, version = rows.get(row.event_id, (None, None))
        if version is None:
            if row.decision == "accepted":
                yield f"entry {row.event_id}: what it says of {row.type} isn't kept"
            continue
        if isinstance(event, ListeningFieldSet | ActionFieldSet):
            of = event.action_id if isinstance(event, ActionFieldSet) else event.listening_id
            if (of, event.field, event.value, tuple(event.saw)) != (
                about_id, version.field, version.value, version.saw,
            ):  # fmt: skip
                yield f"listening_said {row.event_id}: its entry says otherwise"
    unsaid = sa.select(t.listening_said.c.event_id).select_from(
        outer(t.listening_said, entry, "programme_id", "event_id")
    )
    for row in stream(connection, unsaid.where(entry.c.event_id.is_(None))):
        yield f"listening_said {row.event_id}: no entry says it"


def _actions(connection: Connection, said: Mapping[UUID, tuple[Said, ...]]) -> Iterator[str]:
    for row in stream(connection, sa.select(t.corrective_action)):
        folded = standing_of(said.get(row.action_id, ()))
        if (folded.state, folded.owner_id, folded.check_on) != (
            row.state, row.owner_id, row.check_on,
        ):  # fmt: skip
            yield f"action {row.action_id}: is {row.state}, its entries make it {folded.state}"


def _told(connection: Connection, said: Mapping[UUID, tuple[Said, ...]]) -> Iterator[str]:
    """Desks were told of each, and what was said of it."""
    record = t.record
    bodies: dict[UUID, Listening | CorrectiveAction] = {}
    kinds: tuple[type[Listening | CorrectiveAction], ...] = (Listening, CorrectiveAction)
    for kind in kinds:
        told = sa.select(record.c.id, record.c.body).where(record.c.kind == kind.KIND)
        for row in stream(connection, told):
            bodies[UUID(row.id)] = msgspec.json.decode(bytes(row.body), type=kind)
    ids = [
        *connection.execute(sa.select(t.listening.c.listening_id)).scalars(),
        *connection.execute(sa.select(t.corrective_action.c.action_id)).scalars(),
    ]
    for about_id in ids:
        body = bodies.pop(about_id, None)
        versions = () if body is None else tuple(replace(each, text="") for each in body.said)
        if body is None or versions != said.get(about_id, ()):
            yield f"record {about_id}: desks weren't told what was said of it"
    for about_id in bodies:
        yield f"record {about_id}: desks were told of it, and it isn't there"
