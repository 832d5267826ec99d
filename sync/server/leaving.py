"""A device whose PC gives its seat up: it is let go once all that it ever recorded is here.

Its letter says where its chain ends, signed by itself. Where that is where the chain ends here,
nothing of it can come later: what it holds goes back for good, and it is shut out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Connection

from app.domain.entry import genesis, leave_statement
from sync.protocol.messages import LeaveRequest
from sync.server.devices import Device, find_device
from sync.server.keys import ServerKeys
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from sync.server.revocation import refuse_revoked
from sync.server.store import tables as t
from sync.server.stubs import TEXTLESS, UNREADABLE
from sync.server.work import Work
from sync.server.write_off import write_off

LEFT: Final = "leave"
"""The act of a device whose PC left by itself."""
NOBODY: Final = UUID(int=0)
_BY: Final = "the PC itself"
_REASON: Final = "The program was removed from the PC, and its data with it"
WHY: Final[Mapping[str, object]] = MappingProxyType({"by": _BY, "reason": _REASON})
"""Stands with each posting of what it held."""
_MOST: Final = 2**63


def check_letter(connection: Connection, letter: LeaveRequest) -> UUID:
    """See that a device wrote it; returns its programme.

    Raises:
        ProblemError: unknown_device, bad_signature.
    """
    device = _device(connection, letter.device_id)
    numbers = (letter.incarnation, letter.head_seq, letter.signed_ms)
    try:
        if not all(0 <= number < _MOST for number in numbers):
            raise InvalidSignature
        statement = leave_statement(
            device.device_id,
            letter.incarnation,
            letter.head_seq,
            letter.head_link,
            letter.signed_ms,
        )
        Ed25519PublicKey.from_public_bytes(device.public_key).verify(letter.signature, statement)
    except InvalidSignature as error:
        raise ProblemError("bad_signature", "The letter isn't signed by this device") from error
    return device.programme_id


def let_go(work: Work, letter: LeaveRequest, keys: ServerKeys) -> bool:
    """Let a device go, or go on with that; returns whether there may be more to take back.

    From the first part on it is shut out, so that nothing it records later can be lost unseen: it
    is refused, and stays on its disk for a rescue.

    Args:
        work: the transaction.
        letter: checked.
        keys: sign the revocation.

    Raises:
        ProblemError: revoked, somebody shut it out before; work_missing.
    """
    connection = work.connection
    device = _device(connection, letter.device_id, lock=True)
    if not _has_left(work, device):
        refuse_revoked(keys, device)
        _see_that_all_is_here(connection, device, letter)
        work.add(
            t.device_act,
            work.new_id(),
            work.now_ms,
            LEFT,
            device.device_id,
            device.device_id,
            NOBODY,
            NOBODY,
            _REASON,
        )
        revoke_device(work, keys, device.device_id)
    # Where its disk was once cloned or set back, the twin may spend the same leases
    some = write_off(work, device.device_id, by=_BY, reason=_REASON, exposes=device.incarnation > 1)
    return bool(some.leases or some.units)


def left_for_good(connection: Connection, programme_id: UUID) -> frozenset[UUID]:
    """The devices that left and of which nothing can come any more: they expose it to nothing."""
    act, device = t.device_act, t.device
    found = connection.execute(
        sa.select(act.c.device_id)
        .join(
            device,
            (device.c.programme_id == act.c.programme_id) & (device.c.device_id == act.c.device_id),
        )
        .where(act.c.programme_id == programme_id, act.c.act == LEFT, device.c.incarnation == 1)
    )
    return frozenset(found.scalars())


def has_left_for_good(connection: Connection, device: Device) -> bool:
    """Whether this device did."""
    return device.revoked and device.device_id in left_for_good(connection, device.programme_id)


def _device(connection: Connection, device_id: UUID, *, lock: bool = False) -> Device:
    device = find_device(connection, device_id, lock=lock)
    if device is None:
        raise ProblemError("unknown_device", "This device isn't enrolled here")
    return device


def _has_left(work: Work, device: Device) -> bool:
    return any(row.act == LEFT for row in work.find(t.device_act, "device_id", [device.device_id]))


def _see_that_all_is_here(connection: Connection, device: Device, letter: LeaveRequest) -> None:
    """Raise ProblemError('work_missing') unless the chain ends here where its device says, whole.

    What its disk lost may be a reward that it gave: until that is found, or settled by a person,
    what it holds can't go back as if it were unspent.
    """
    chain = t.chain
    row = connection.execute(
        sa.select(chain.c.head_seq, chain.c.head_link).where(
            chain.c.programme_id == device.programme_id,
            chain.c.device_id == device.device_id,
            chain.c.incarnation == device.incarnation,
        )
    ).one_or_none()
    here = (0, genesis(device.device_id, device.incarnation))
    if row is not None:
        here = (row.head_seq, bytes(row.head_link))
    if (letter.incarnation, letter.head_seq, letter.head_link) != (device.incarnation, *here):
        raise ProblemError(
            "work_missing",
            "The server's copy of this PC's journal doesn't end where the PC says: something is"
            " missing here, or the PC recorded more since",
            head_seq=here[0],
        )
    item = t.exception_item
    lost = connection.execute(
        sa.select(sa.func.count()).where(
            item.c.programme_id == device.programme_id,
            item.c.device_id == device.device_id,
            item.c.state == "open",
            item.c.code.in_((UNREADABLE, TEXTLESS)),
        )
    ).scalar_one()
    if lost:
        raise ProblemError(
            "work_missing",
            f"The disk of this PC has lost what stood in {lost} entries of its journal: they are to"
            " be rescued from a copy of its data, or settled by a manager",
            head_seq=here[0],
        )
