"""Entries that travel ahead of their chain: low ratings, what is said with them, redemptions.

A low rating may be brought by another seat of its counter's office, a desk that heard it over the
office's own network: the counter's signature says whose it is, whoever carries it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.entry import copy_statement
from app.domain.errors import Rejected
from app.domain.events import LOW_SCORES, RatingDetailed, RatingRecorded, RedemptionRequested
from sync.protocol.messages import UrgentAnswer, UrgentRequest
from sync.server.batch import Batch
from sync.server.cases import write_cases
from sync.server.deciding import check_staff, keep_blobs
from sync.server.devices import Device
from sync.server.filling import fill_from_copy, try_what_came_early
from sync.server.handlers.service import check_score, keep_detail, keep_press
from sync.server.problems import ProblemError
from sync.server.reading import Received, read_copy
from sync.server.redeem import Verdict, redeem
from sync.server.store import tables as t
from sync.server.store.bulk import together
from sync.server.work import Work


def signer_of(request: UrgentRequest) -> UUID | None:
    """Who says that they signed a copy; None where it can't be read. Nothing is checked yet."""
    envelope = read_copy(bytes(request.entry)).envelope
    return None if envelope is None else envelope.device_id


def check_relay(carrier: Device, signer: Device | None) -> Device:
    """Whether one device may bring what another signed.

    Raises:
        ProblemError: forbidden, for a counter that isn't of the carrier's office or was shut out.
    """
    if (
        signer is None
        or signer.programme_id != carrier.programme_id
        or signer.office_id != carrier.office_id
        or signer.revoked
    ):
        raise ProblemError("forbidden", "No counter of this office signed that")
    return signer


def urgent(
    work: Work, device: Device, request: UrgentRequest, *, is_relayed: bool = False
) -> UrgentAnswer:
    """Take in one signed copy.

    Args:
        work: the transaction.
        device: who signed it, locked by the caller.
        request: the copy.
        is_relayed: another seat of the office brings it (see `check_relay`).

    Raises:
        ProblemError: bad_request, bad_signature.
    """
    raw = bytes(request.entry)
    try:
        Ed25519PublicKey.from_public_bytes(device.public_key).verify(
            request.signature, copy_statement(raw)
        )
    except InvalidSignature as error:
        raise ProblemError("bad_signature", "The signature doesn't fit the entry") from error
    received = read_copy(raw)
    event = received.event
    low = isinstance(event, RatingRecorded) and (event.score in LOW_SCORES or event.revision > 1)
    told = (RatingDetailed,) if is_relayed else (RatingDetailed, RedemptionRequested)
    if not (low or isinstance(event, told)):
        raise ProblemError(
            "bad_request", received.message or "Only ratings and redemptions are urgent"
        )
    assert received.envelope is not None
    if received.envelope.device_id != device.device_id:
        raise ProblemError("bad_request", "The entry is another device's")
    batch = Batch(work, device)
    batch.blobs.update(keep_blobs(work, request.blobs))
    with together(work.connection):
        copies = work.find(t.urgent_copy, "event_id", [received.event_id])
        places = work.find(t.entry, "event_id", [received.event_id])
    received.copied = _is_known(received, [*copies, *places])
    batch.load([received])
    verdict = _decide(batch, received)
    batch.write()
    write_cases(batch)
    decision = (
        "duplicate" if received.copied and verdict.decision == "accepted" else verdict.decision
    )
    work.add_or_replace(
        t.urgent_copy,
        received.event_id,
        device.device_id,
        raw,
        request.signature,
        "exception" if received.code else verdict.decision,
        verdict.code,
        verdict.message,
        work.now_ms,
    )
    fill_from_copy(work, device, places, raw)
    try_what_came_early(batch)
    return UrgentAnswer(
        decision="exception" if received.code else decision,
        code=verdict.code,
        message=verdict.message,
        available_points=verdict.available_points,
        mark=work.xid,
        server_ms=work.now_ms,
        set_aside=list(verdict.set_aside),
    )


def _is_known(received: Received, rows: Sequence[Any]) -> bool:
    """Whether the event came before; raises ProblemError if something else has its id."""
    told = [bytes(row.raw) for row in rows if row.raw]  # the disk may have lost it since
    if any(read_copy(raw).event != received.event for raw in told):
        raise ProblemError("bad_request", "Another entry has this one's id")
    return bool(told)


def _decide(batch: Batch, received: Received) -> Verdict:
    event = received.event
    try:
        check_staff(batch, received)
        if isinstance(event, RedemptionRequested):
            return redeem(batch, received, event)
        if isinstance(event, RatingDetailed):
            keep_detail(batch, event)
            if event.rating_id in batch.cases and not received.copied:
                batch.ringing.append(event.rating_id)
            return Verdict("accepted")
        check_score(event)
        head = batch.ratings.get(event.rating_id)
        if head is not None and head.encounter_id != event.encounter_id:
            raise Rejected("other_encounter", "The rating belongs to another encounter")
        if head is not None and event.revision in head.presses:
            received.copied = True
        keep_press(batch, received, event, head)
    except Rejected as refusal:
        # The copy has no say of its own: its place in the chain decides, as an exception there.
        if isinstance(event, RedemptionRequested):
            return Verdict("refused", refusal.code, refusal.message)
        received.code, received.message = refusal.code, refusal.message
        return Verdict("refused", refusal.code, refusal.message)
    return Verdict("accepted")
