"""Whether a manager agreed to what a counter gave, and the keys by which they can."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Connection

from app.domain.approval import DIGITS, Approval, Asked, desk_key, is_code, pair_key
from app.domain.errors import Rejected
from app.domain.events import RedemptionGranted
from sync.protocol.messages import ApprovalKey
from sync.server.devices import Device, find_device
from sync.server.store import tables as t
from sync.server.work import Work

MANAGING = frozenset({"duty_manager", "administrator"})


def keys_for(connection: Connection, device: Device) -> list[ApprovalKey]:
    """A desk's own key, and a counter's with each desk of its office that wasn't shut out."""
    secret = _secret(connection, device.programme_id)
    if device.is_desk:
        return [ApprovalKey(device.device_id, desk_key(secret, device.device_id))]
    of = t.device
    desks = connection.execute(
        sa.select(of.c.device_id)
        .where(
            of.c.programme_id == device.programme_id,
            of.c.office_id == device.office_id,
            of.c.kind == "desk",
            of.c.revoked_ms.is_(None),
        )
        .order_by(of.c.device_id)
    ).scalars()
    return [
        ApprovalKey(desk_id, pair_key(desk_key(secret, desk_id), device.counter_label))
        for desk_id in desks
    ]


def check_approval(
    work: Work, device: Device, event: RedemptionGranted, clerk_id: UUID | None
) -> None:
    """See that a manager agreed to it.

    A desk that was shut out may have agreed before: nobody can tell when, so a manager looks at it.

    Raises:
        Rejected: not_approved.
    """
    if not _is_approved(work, device, event, clerk_id):
        raise Rejected("not_approved", "It takes a manager's approval, and has none that is good")


def _is_approved(
    work: Work, device: Device, event: RedemptionGranted, clerk_id: UUID | None
) -> bool:
    if event.approved_at is None or event.approved_by is None or event.approved_by == clerk_id:
        return False
    desk = find_device(work.connection, event.approved_at)
    if desk is None or not desk.is_desk or desk.revoked:
        return False
    if (desk.programme_id, desk.office_id) != (device.programme_id, device.office_id):
        return False
    if not _may_approve(work, device, event):
        return False
    asked = Asked(
        event.redemption_id, device.device_id, event.member_id, event.reward_id, event.points
    )
    approval = Approval(event.approved_at, event.approved_by, event.approval)
    if len(approval.proof) == DIGITS:
        secret = _secret(work.connection, work.programme_id)
        of_pair = pair_key(desk_key(secret, desk.device_id), device.counter_label)
        return is_code(of_pair, asked, approval)
    return _is_signed(desk, asked, approval)


def _is_signed(desk: Device, asked: Asked, approval: Approval) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(desk.public_key).verify(
            bytes.fromhex(approval.proof), asked.statement(desk.device_id, approval.staff_id)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _may_approve(work: Work, device: Device, event: RedemptionGranted) -> bool:
    found = work.find(t.staff, "staff_id", [event.approved_by])
    if not found or not found[0].active or found[0].member_id == event.member_id:
        return False
    roles = set(found[0].roles.split(","))
    here = found[0].office_id == device.office_id or "administrator" in roles
    return here and bool(MANAGING & roles)


def _secret(connection: Connection, programme_id: UUID) -> bytes:
    of = t.programme
    statement = sa.select(of.c.approval_key).where(of.c.programme_id == programme_id)
    return bytes(connection.execute(statement).scalar_one())
