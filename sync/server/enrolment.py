"""How a seat becomes a device of the programme."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.entry import genesis
from sync.protocol.certified import Certified, is_good
from sync.protocol.messages import EnrolAnswer, EnrolRequest, HeadAnswer, OlderHead
from sync.server import auth
from sync.server.approving import keys_for
from sync.server.backups import confirmed
from sync.server.devices import Device
from sync.server.epochs import current_epoch
from sync.server.keys import ServerKeys
from sync.server.plain import plain_line
from sync.server.problems import ProblemError
from sync.server.store import tables as t

_MAX_SEALED = 1024


def make_code(
    connection: Connection, programme_id: UUID, *, counter_id: UUID, kind: str, now_ms: int
) -> str:
    """A one-use code for a counter's PC or a manager's desk, good for 15 minutes."""
    code = auth.new_code()
    connection.execute(
        t.enrol_code.insert().values(
            programme_id=programme_id,
            code_hash=auth.code_hash(code),
            counter_id=counter_id,
            kind=kind,
            expires_ms=now_ms + auth.CODE_MINUTES * 60_000,
        )
    )
    return code


def enrol(
    connection: Connection,
    keys: ServerKeys,
    request: EnrolRequest,
    *,
    device_id: UUID,
    now_ms: int,
) -> EnrolAnswer:
    """Turn a code and a public key into a device with a certificate.

    A code whose answer was lost answers the same key again, so a retry enrols no second device.

    Raises:
        ProblemError: code_unknown, code_used, code_expired, bad_request.
    """
    hashed = auth.code_hash(request.code)
    code = connection.execute(
        sa.select(t.enrol_code).where(t.enrol_code.c.code_hash == hashed).with_for_update()
    ).one_or_none()
    if code is None:
        raise ProblemError("code_unknown", "There is no such code; check it and type it again")
    if len(request.public_key) != 32:
        raise ProblemError("bad_request", "The device's key isn't an Ed25519 key")
    if code.used_ms is not None:
        if not _is_key_of(connection, code, request.public_key):
            raise ProblemError("code_used", "The code was used before; ask for a new one")
        return answer_for(connection, keys, code.programme_id, code.device_id, now_ms=now_ms)
    if code.expires_ms <= now_ms:
        raise ProblemError("code_expired", "The code is too old; ask for a new one")
    add_device(
        connection,
        keys,
        request,
        programme_id=code.programme_id,
        counter_id=code.counter_id,
        kind=code.kind,
        device_id=device_id,
        now_ms=now_ms,
    )
    connection.execute(
        t.enrol_code.update()
        .where(t.enrol_code.c.programme_id == code.programme_id, t.enrol_code.c.code_hash == hashed)
        .values(used_ms=now_ms, device_id=device_id)
    )
    return answer_for(connection, keys, code.programme_id, device_id, now_ms=now_ms)


def _is_key_of(connection: Connection, code: sa.Row[Any], public_key: bytes) -> bool:
    known = connection.execute(
        sa.select(t.device.c.public_key).where(
            t.device.c.programme_id == code.programme_id, t.device.c.device_id == code.device_id
        )
    ).scalar_one()
    return bytes(known) == public_key


def add_device(
    connection: Connection,
    keys: ServerKeys,
    request: EnrolRequest,
    *,
    programme_id: UUID,
    counter_id: UUID,
    kind: Literal["counter", "desk"],
    device_id: UUID,
    now_ms: int,
) -> None:
    """Certify the asking PC's key and keep it as a device of that counter's."""
    place = connection.execute(
        sa.select(t.counter.c.label, t.office.c.office_id, t.office.c.code)
        .join(
            t.office,
            (t.office.c.programme_id == t.counter.c.programme_id)
            & (t.office.c.office_id == t.counter.c.office_id),
        )
        .where(t.counter.c.programme_id == programme_id, t.counter.c.counter_id == counter_id)
    ).one()
    certificate, serial = keys.certify(
        request.public_key,
        device=Certified(programme_id, place.office_id, device_id, kind),
        office_code=place.code,
        counter_label=place.label,
        now_ms=now_ms,
    )
    connection.execute(
        t.device.insert().values(
            programme_id=programme_id,
            device_id=device_id,
            counter_id=counter_id,
            office_id=place.office_id,
            kind=kind,
            public_key=request.public_key,
            serial=serial,
            certificate=certificate,
            hostname=plain_line(request.hostname, 200),
            version=plain_line(request.version, 40),
            incarnation=1,
            enrolled_ms=now_ms,
        )
    )


def answer_for(
    connection: Connection, keys: ServerKeys, programme_id: UUID, device_id: UUID, *, now_ms: int
) -> EnrolAnswer:
    """Tell a device that is enrolled who it is."""
    device = connection.execute(
        sa.select(t.device).where(
            t.device.c.programme_id == programme_id, t.device.c.device_id == device_id
        )
    ).one()
    found = connection.execute(
        sa.select(
            t.programme.c.name.label("programme_name"),
            t.office.c.code,
            t.office.c.name,
            t.office.c.time_zone,
            t.counter.c.label,
        )
        .join_from(t.programme, t.office, t.office.c.programme_id == t.programme.c.programme_id)
        .join(
            t.counter,
            (t.counter.c.programme_id == t.office.c.programme_id)
            & (t.counter.c.office_id == t.office.c.office_id),
        )
        .where(
            t.programme.c.programme_id == device.programme_id,
            t.office.c.office_id == device.office_id,
            t.counter.c.counter_id == device.counter_id,
        )
    ).one()
    return EnrolAnswer(
        device_id=device.device_id,
        incarnation=device.incarnation,
        kind=device.kind,
        programme_id=device.programme_id,
        programme_name=found.programme_name,
        office_id=device.office_id,
        office_code=found.code,
        office_name=found.name,
        office_time_zone=found.time_zone,
        counter_id=device.counter_id,
        counter_label=found.label,
        certificate=device.certificate,
        authority=keys.authority_pem,
        recovery_key=keys.recovery_public,
        epoch=current_epoch(connection, device.programme_id),
        server_ms=now_ms,
        voucher_credential=keys.voucher_credential(device.certificate),
    )


def keep_sealed_key(connection: Connection, device: Device, sealed: bytes) -> None:
    """Keep a device's sealed work key. Raises ProblemError('bad_request') for another size."""
    if not 1 <= len(sealed) <= _MAX_SEALED:
        raise ProblemError("bad_request", "That is no sealed key")
    connection.execute(
        t.device.update()
        .where(
            t.device.c.programme_id == device.programme_id,
            t.device.c.device_id == device.device_id,
        )
        .values(sealed_work_key=sealed)
    )


def wants_certificate(certificate: str, device: Device, *, now_ms: int) -> bool:
    """Whether the device is to have another certificate than the one that it was given last."""
    return not is_good(certificate, _certified(device), now_ms=now_ms)


def renew_certificate(
    connection: Connection, keys: ServerKeys, device: Device, *, now_ms: int
) -> None:
    """Certify the device's key anew; the device is known, not revoked, and locked."""
    certificate, serial = keys.certify(
        device.public_key,
        device=_certified(device),
        office_code=device.office_code,
        counter_label=device.counter_label,
        now_ms=now_ms,
    )
    connection.execute(
        t.device.update()
        .where(
            t.device.c.programme_id == device.programme_id,
            t.device.c.device_id == device.device_id,
        )
        .values(certificate=certificate, serial=serial)
    )


def _certified(device: Device) -> Certified:
    kind: Literal["counter", "desk"] = "desk" if device.is_desk else "counter"
    return Certified(device.programme_id, device.office_id, device.device_id, kind)


def head(connection: Connection, keys: ServerKeys, device: Device, *, now_ms: int) -> HeadAnswer:
    """Where the chains of the device end here."""
    known = connection.execute(
        sa.select(
            t.device.c.sealed_work_key.is_not(None).label("has_key"), t.device.c.certificate
        ).where(
            t.device.c.programme_id == device.programme_id,
            t.device.c.device_id == device.device_id,
        )
    ).one()
    backup = confirmed(connection, device.programme_id)
    chains = connection.execute(
        sa.select(t.chain.c.incarnation, t.chain.c.head_seq, t.chain.c.head_link).where(
            t.chain.c.programme_id == device.programme_id,
            t.chain.c.device_id == device.device_id,
        )
    ).all()
    row = next((row for row in chains if row.incarnation == device.incarnation), None)
    return HeadAnswer(
        incarnation=device.incarnation,
        head_seq=0 if row is None else row.head_seq,
        head_link=genesis(device.device_id, device.incarnation)
        if row is None
        else bytes(row.head_link),
        epoch=current_epoch(connection, device.programme_id),
        server_ms=now_ms,
        key_is_here=known.has_key,
        certificate=known.certificate,
        backed_up=0 if backup is None else backup.horizon,
        older=[
            OlderHead(row.incarnation, row.head_seq, bytes(row.head_link))
            for row in chains
            if row.incarnation < device.incarnation
        ],
        voucher_credential=keys.voucher_credential(known.certificate),
        approval_keys=keys_for(connection, device),
    )
