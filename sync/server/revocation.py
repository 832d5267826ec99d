"""What a revoked device is told: the server's own word, which it may believe."""

from __future__ import annotations

import base64
from uuid import UUID

from app.domain.shutting_out import revocation_statement
from sync.server.devices import Device
from sync.server.keys import ServerKeys
from sync.server.problems import ProblemError


def proof(keys: ServerKeys, device_id: UUID, revoked_ms: int) -> bytes:
    """The authority's signature, by which a device, or its neighbours, believe it of anybody."""
    return keys.authority_key.sign(revocation_statement(device_id, revoked_ms))


def refuse_revoked(keys: ServerKeys, device: Device) -> None:
    """Raise ProblemError('revoked') for a device that is; it deletes its keys when it hears it."""
    if device.revoked_ms is None:
        return
    raise ProblemError(
        "revoked",
        "This device's certificate was revoked",
        revoked_ms=device.revoked_ms,
        signature=base64.b64encode(proof(keys, device.device_id, device.revoked_ms)).decode(),
    )
