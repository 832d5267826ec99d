"""A neighbour's signed entry: verified by whoever receives it, and what case it adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature

from app.domain.entry import ENTRY_VERSION, MAX_ENTRY_BYTES, commitment, copy_statement
from app.domain.events import RatingDetailed, RatingRecorded
from app.domain.lean import dataclass
from app.domain.rating import MAX_COMMENT_CHARS, SCORES, is_low
from app.domain.records import Case
from app.ports.neighbours import HeardCopy
from sync.client.lan.trust import Peer
from sync.protocol.messages import UrgentRequest

_MOST_MS: Final = 2**53
_MOST_REVISIONS: Final = 1_000
_MOST_REASONS: Final = 6
_LONGEST_REASON: Final = 40
_LONGEST_SALT: Final = 64


class BadCopy(Exception):
    """What came is no urgent entry of the device that sent it.

    Attributes:
        code: bad_request, bad_signature, wrong_device, not_urgent.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Envelope(msgspec.Struct, frozen=True):
    event_id: UUID
    device_id: UUID
    staff_id: UUID | None
    type: str
    v: int
    wall_ms: int
    offset_ms: int | None
    payload: msgspec.Raw

    @property
    def at_ms(self) -> int:
        return self.wall_ms + (self.offset_ms or 0)


@dataclass(frozen=True, slots=True)
class _Told:
    envelope: _Envelope
    event: RatingRecorded | RatingDetailed


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_PAYLOADS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    kind.TYPE: msgspec.json.Decoder(kind) for kind in (RatingRecorded, RatingDetailed)
}


def is_alarm(body: bytes) -> bool:
    """Whether an urgent entry of our own is one that desks are told."""
    try:
        return _ENVELOPE.decode(body).type in _PAYLOADS
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def read_copy(request: UrgentRequest, peer: Peer) -> HeardCopy:
    """Verify what `peer` sends: its signature first, then who and what the entry says.

    Raises:
        BadCopy: it is not to be believed or not to be understood.
    """
    body = bytes(request.entry)
    if len(body) > MAX_ENTRY_BYTES:
        raise BadCopy("bad_request")
    try:
        peer.key.verify(request.signature, copy_statement(body))
    except InvalidSignature as error:
        raise BadCopy("bad_signature") from error
    told = _read(body)
    if told.envelope.device_id != peer.device.device_id:
        raise BadCopy("wrong_device")
    comment, salt = _comment(request, told.event)
    return HeardCopy(
        event_id=told.envelope.event_id,
        case_id=told.event.rating_id,
        device_id=peer.device.device_id,
        counter_label=peer.label,
        body=body,
        comment=comment,
        signature=request.signature,
        salt=salt,
    )


def _read(body: bytes) -> _Told:
    try:
        envelope = _ENVELOPE.decode(body)
        decoder = _PAYLOADS.get(envelope.type)
        if decoder is None:
            raise BadCopy("not_urgent")
        event = decoder.decode(envelope.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadCopy("bad_request") from error
    times = (envelope.wall_ms, envelope.offset_ms or 0)
    if envelope.v > ENTRY_VERSION or any(abs(ms) > _MOST_MS for ms in times):
        raise BadCopy("bad_request")
    if isinstance(event, RatingRecorded):
        if event.score not in SCORES or not 1 <= event.revision <= _MOST_REVISIONS:
            raise BadCopy("bad_request")
        if not is_low(event.score) and event.revision == 1:
            raise BadCopy("not_urgent")
    elif len(event.reasons) > _MOST_REASONS or any(
        len(reason) > _LONGEST_REASON for reason in event.reasons
    ):
        raise BadCopy("bad_request")
    return _Told(envelope, event)


def _comment(request: UrgentRequest, event: RatingRecorded | RatingDetailed) -> tuple[str, bytes]:
    """What the customer wrote, and its salt."""
    wanted = event.comment_hash if isinstance(event, RatingDetailed) else None
    if wanted is None:
        return "", b""
    for blob in request.blobs:
        if len(blob.salt) <= _LONGEST_SALT and commitment(blob.salt, blob.content) == wanted:
            try:
                text = blob.content.decode()
            except UnicodeDecodeError as error:
                raise BadCopy("bad_request") from error
            if len(text) <= MAX_COMMENT_CHARS:
                return text, blob.salt
    raise BadCopy("bad_request")


def case_of(
    copies: Iterable[HeardCopy], *, office_id: UUID, staff_number: Callable[[UUID], str]
) -> Case | None:
    """The case that copies of one case add up to, in whatever order they came.

    It is the server's case as far as a neighbour can know it; the member stays unnamed.

    Returns:
        None while no low press is among them: nothing is to ring for.
    """
    presses: list[tuple[HeardCopy, _Envelope, RatingRecorded]] = []
    detail: tuple[int, str, RatingDetailed] | None = None
    for copy in copies:
        told = _read(copy.body)
        if isinstance(told.event, RatingRecorded):
            presses.append((copy, told.envelope, told.event))
        elif detail is None or told.envelope.at_ms >= detail[0]:
            detail = told.envelope.at_ms, copy.comment, told.event
    presses.sort(key=lambda press: press[2].revision)
    low = next((press for press in presses if is_low(press[2].score)), None)
    if low is None:
        return None
    copy, envelope, first = low
    _, comment, said = detail if detail is not None else (0, "", None)
    return Case(
        case_id=copy.case_id,
        origin="rating",
        office_id=office_id,
        counter_label=copy.counter_label,
        clerk_number="" if envelope.staff_id is None else staff_number(envelope.staff_id),
        encounter_id=first.encounter_id,
        opened_ms=envelope.at_ms,
        state="new",
        score=presses[-1][2].score,
        reasons=said.reasons if said is not None else (),
        comment=comment,
        call=str(said.call or "") if said is not None else "",
        member_name="",
    )
