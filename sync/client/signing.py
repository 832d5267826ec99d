"""A run of the journal as the signed upload that the server takes, by whichever way it comes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from app.domain.entry import head_statement, stub_statement
from app.ports.sync_store import SeatIdentity, UnsentRun
from sync.protocol.messages import NOTHING, Blob, PushRequest, Stub


def signed_upload(
    identity: SeatIdentity, run: UnsentRun, sign: Callable[[bytes], bytes]
) -> PushRequest:
    """Sign the run's end, and what the chain's hashes are where entries are lost.

    Raises:
        Unavailable: the vault.
    """
    device_id, incarnation = identity.device_id, run.incarnation
    return PushRequest(
        incarnation=incarnation,
        first_seq=run.first_seq,
        entries=[msgspec.Raw(body) if body else NOTHING for body in run.bodies],
        blobs=[Blob(b.commitment, b.salt, b.content) for b in run.blobs],
        signature=sign(head_statement(device_id, incarnation, run.last_seq, run.head_link)),
        stubs=[Stub(p.seq, p.event_id, p.link, p.type, p.wall_ms) for p in run.broken],
        stubs_signature=_sign_broken(identity, run, sign) if run.broken else b"",
        newest=identity.incarnation,
    )


def _sign_broken(identity: SeatIdentity, run: UnsentRun, sign: Callable[[bytes], bytes]) -> bytes:
    places = (
        (place.seq, place.event_id, place.link, run.bodies[place.seq - run.first_seq])
        for place in run.broken
    )
    return sign(stub_statement(identity.device_id, run.incarnation, places))
