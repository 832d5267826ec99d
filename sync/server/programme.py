"""Setting up a programme and what stands in it; for the operator's commands and for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import watching
from app.domain.catalogue import STOCKED, read_terms
from app.domain.errors import Rejected
from app.domain.ledger import MAX_POINTS
from app.domain.records import Office, Revocation, Reward, Setting, Staff
from sync.server import epochs, stock_keeping
from sync.server.keys import ServerKeys
from sync.server.revocation import proof
from sync.server.rules import complete
from sync.server.scope import GATHERING, OWN, WHOLE
from sync.server.store import tables as t
from sync.server.work import Work


def create_programme(
    connection: Connection, *, programme_id: UUID, epoch_id: UUID, name: str, now_ms: int
) -> None:
    """Make an empty programme; its first transaction number is 1."""
    connection.execute(
        t.programme.insert().values(
            programme_id=programme_id,
            name=name,
            created_ms=now_ms,
            last_rank=0,
            log_from_xid=0,
        )
    )
    epochs.begin(connection, programme_id, epoch_id=epoch_id, now_ms=now_ms)
    connection.execute(t.write_counter.insert().values(programme_id=programme_id, xid=1))


def add_office(work: Work, *, code: str, name: str, time_zone: str, duty_phone: str = "") -> UUID:
    """Add one whose replicas hold everybody. Raises Rejected('code_taken')."""
    if work.find(t.office, "code", [code]):
        raise Rejected("code_taken", f"There is an office {code} already")
    office_id = work.new_id()
    work.add_or_replace(t.office, office_id, code, name, time_zone, duty_phone, WHOLE, None, 0, 0)
    work.put_record(
        "office", str(office_id), Office(office_id, code, name, time_zone, duty_phone), None
    )
    return office_id


def change_office(
    work: Work, *, code: str, name: str | None = None, duty_phone: str | None = None
) -> None:
    """Change what is given; None leaves as it is. Each seat hears of it at its next pull.

    Raises:
        Rejected: 'unknown_office'.
    """
    rows = work.find(t.office, "code", [code])
    if not rows:
        raise Rejected("unknown_office", f"There is no office {code}")
    row = rows[0]
    office = Office(
        row.office_id,
        row.code,
        row.name if name is None else name,
        row.time_zone,
        row.duty_phone if duty_phone is None else duty_phone,
    )
    work.connection.execute(
        t.office.update()
        .where(t.office.c.programme_id == work.programme_id, t.office.c.code == code)
        .values(name=office.name, duty_phone=office.duty_phone)
    )
    work.put_record("office", str(office.office_id), office, None)


def choose_members(work: Work, *, code: str, members: str) -> None:
    """Let an office's replicas hold everybody ('whole') or the members of its own ('own').

    These are gathered first (`scope_jobs.gather`); replicas hold everybody until that is done.

    Raises:
        Rejected: 'unknown_office'.
    """
    office = t.office
    where = (office.c.programme_id == work.programme_id, office.c.code == code)
    row = work.connection.execute(sa.select(office).where(*where).with_for_update()).one_or_none()
    if row is None:
        raise Rejected("unknown_office", f"There is no office {code}")
    if (members == WHOLE) == (row.members == WHOLE):
        return
    chosen: dict[str, Any] = {"members": WHOLE, "scope_id": None}
    if members == OWN:
        number = row.scope_number + 1
        chosen = {
            "members": GATHERING,
            "scope_id": work.new_id(),
            "scope_number": number,
            "file_asked_ms": work.now_ms,  # by whoever chose: the file is made with the gathering
        }
    work.connection.execute(office.update().where(*where).values(chosen))


def add_counter(work: Work, *, office_id: UUID, label: str) -> UUID:
    """Raises Rejected('label_taken')."""
    if any(row.label == label for row in work.find(t.counter, "office_id", [office_id])):
        raise Rejected("label_taken", f"The office has a counter {label} already")
    counter_id = work.new_id()
    work.add_or_replace(t.counter, counter_id, office_id, label)
    work.put_record(
        "counter",
        str(counter_id),
        {"counter_id": counter_id, "office_id": office_id, "label": label},
        None,
    )
    return counter_id


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A person to add; the verifiers are made by the caller."""

    number: str
    name: str
    roles: tuple[Any, ...]
    office_id: UUID
    pin_verifier: str
    badge_hash: str = ""
    member_id: UUID | None = None


def add_staff(work: Work, new: NewStaff) -> UUID:
    """Raises Rejected('number_taken')."""
    if work.find(t.staff, "number", [new.number]):
        raise Rejected("number_taken", f"There is a staff number {new.number} already")
    staff_id = work.new_id()
    put_staff(
        work,
        Staff(
            staff_id,
            new.number,
            new.name,
            new.roles,
            new.office_id,
            new.pin_verifier,
            new.badge_hash,
            True,
            new.member_id,
        ),
    )
    return staff_id


def staff_of(row: Any) -> Staff:
    """A row of `staff`."""
    names = (field.name for field in fields(Staff))
    told = {name: getattr(row, name) for name in names}
    return Staff(**{**told, "roles": tuple(row.roles.split(","))})


def put_staff(work: Work, staff: Staff) -> None:
    """Write a person and publish them."""
    work.add_or_replace(
        t.staff,
        staff.staff_id,
        staff.number,
        staff.name,
        ",".join(staff.roles),
        staff.office_id,
        staff.pin_verifier,
        staff.badge_hash,
        staff.active,
        staff.member_id,
    )
    work.put_record("staff", str(staff.staff_id), staff, None)


def add_reward(
    work: Work,
    *,
    number: int,
    name: str,
    name_en: str,
    points: int,
    terms: dict[str, object] | None = None,
) -> UUID:
    """Raises Rejected('number_taken', 'bad_reward' or 'bad_terms')."""
    if work.find(t.reward, "number", [number]):
        raise Rejected("number_taken", f"There is a reward {number} already")
    reward_id = work.new_id()
    terms = _operators(terms or {})
    _put_reward(work, Reward(reward_id, number, name, name_en, points, True, terms))
    return reward_id


def change_reward(work: Work, number: int, changes: dict[str, Any]) -> None:
    """Change a reward; counters offer it so after their next pull.

    Args:
        work: the transaction.
        number: the reward's.
        changes: new values by name: name, name_en, points, active, terms.

    Raises:
        Rejected: unknown_reward, bad_reward, bad_terms.
    """
    now = _reward_of(work, number)
    if "terms" in changes:
        kept = {name: value for name, value in now.terms.items() if name == STOCKED}
        changes = {**changes, "terms": {**_operators(changes["terms"]), **kept}}
    _put_reward(work, replace(now, **changes))


def put_stock(
    work: Work, number: int, *, left: int | None = None, add: int = 0, limited: bool = True
) -> None:
    """Say how many of a reward there are (`stock_keeping.keep_stock`), or that there is no end.

    Raises:
        Rejected: unknown_reward, bad_stock, stock_held.
    """
    reward = _reward_of(work, number)
    terms = {name: value for name, value in reward.terms.items() if name != STOCKED}
    if limited:
        stock_keeping.keep_stock(work, reward.reward_id, left=left, add=add)
        terms[STOCKED] = True
    else:
        stock_keeping.end_stock(work, reward.reward_id)
    _put_reward(work, replace(reward, terms=terms))
    stock_keeping.publish(work, {reward.reward_id})


def _reward_of(work: Work, number: int) -> Reward:
    found = work.find(t.reward, "number", [number])
    if not found:
        raise Rejected("unknown_reward", f"There is no reward {number}")
    row = found[0]
    return Reward(
        row.reward_id, number, row.name, row.name_en, row.points, row.active, json.loads(row.terms)
    )


def _operators(terms: dict[str, object]) -> dict[str, object]:
    """Terms as an operator may write them. Raises Rejected('bad_terms')."""
    if STOCKED in terms:
        raise Rejected("bad_terms", f"{STOCKED!r} is set by `reward stock`")
    return terms


def _put_reward(work: Work, reward: Reward) -> None:
    if not 1 <= reward.number <= 99 or not 1 <= reward.points <= MAX_POINTS:
        raise Rejected(
            "bad_reward", "A reward has a number from 1 to 99 and costs at least a point"
        )
    try:
        read_terms(reward.terms)
    except ValueError as error:
        raise Rejected("bad_terms", str(error)) from error
    work.add_or_replace(
        t.reward,
        reward.reward_id,
        reward.number,
        reward.name,
        reward.name_en,
        reward.points,
        reward.active,
        json.dumps(reward.terms, sort_keys=True),
    )
    work.put_record("reward", str(reward.reward_id), reward, None)


def put_setting(work: Work, name: str, value: dict[str, object]) -> int:
    """Set a setting; returns its new version, which is kept for good.

    Raises:
        Rejected: bad_setting, for rules that nothing could be decided by.
    """
    rows = work.find(t.setting, "name", [name])
    version = rows[0].version + 1 if rows else 1
    value = complete(name, value, version)
    text = json.dumps(value, ensure_ascii=False)
    work.add_or_replace(t.setting, name, version, text)
    work.add_or_replace(t.setting_version, name, version, text, work.now_ms)
    if name != watching.SETTING:  # what is watched for is told to nobody
        work.put_record("setting", name, Setting(name, version, value), None)
    return version


def revoke_device(work: Work, keys: ServerKeys, device_id: UUID) -> None:
    """From now on the device is refused, by its neighbours as soon as one of them has pulled.

    Raises Rejected('unknown_device').
    """
    revoked_ms = work.connection.execute(
        t.device.update()
        .where(t.device.c.programme_id == work.programme_id, t.device.c.device_id == device_id)
        .values(revoked_ms=sa.func.coalesce(t.device.c.revoked_ms, work.now_ms))
        .returning(t.device.c.revoked_ms)
    ).scalar_one_or_none()
    if revoked_ms is None:
        raise Rejected("unknown_device", "There is no such device")
    revocation = Revocation(device_id, revoked_ms, proof(keys, device_id, revoked_ms))
    work.put_record("revocation", str(device_id), revocation, None)
