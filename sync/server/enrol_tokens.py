"""Tokens by which many PCs enrol with nobody at them: so many, until a day, in one office.

A token is kept as its hash alone. Its row is locked while it is used, so that it enrols no more PCs
than it may, however many ask at once, and each use is written down with the device that came of it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from itertools import count
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.protocol.messages import EnrolAnswer, EnrolRequest
from sync.server.auth import ALPHABET, code_hash
from sync.server.enrolment import add_device, answer_for
from sync.server.keys import ServerKeys
from sync.server.problems import ProblemError
from sync.server.programme import add_counter
from sync.server.store import tables as t
from sync.server.work import Work

MOST_USES: Final = 10_000
_GROUPS: Final = 5  # of five letters: 125 bits, which nobody tries out
_LONGEST_NAME: Final = 24
_NO_NAMES: Final = frozenset({"", "localhost", "debian", "ubuntu"})


def new_token() -> str:
    """A token, such as 'K7QM2-9XHAD-…', five groups of five."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(5 * _GROUPS))
    return "-".join(letters[at : at + 5] for at in range(0, len(letters), 5))


def make_token(
    work: Work, office_id: UUID, *, kind: str, most: int, expires_ms: int
) -> tuple[UUID, str]:
    """Keep a new token's hash; returns its id, and the token, which nobody can ask for again."""
    token, token_id = new_token(), work.new_id()
    work.connection.execute(
        t.enrol_token.insert().values(
            programme_id=work.programme_id,
            token_id=token_id,
            token_hash=code_hash(token),
            office_id=office_id,
            kind=kind,
            most=most,
            used=0,
            made_ms=work.now_ms,
            expires_ms=expires_ms,
        )
    )
    return token_id, token


def find_token(connection: Connection, text: str) -> Any:
    """The token's row, held until the transaction ends; None if this is none."""
    statement = sa.select(t.enrol_token).where(t.enrol_token.c.token_hash == code_hash(text))
    return connection.execute(statement.with_for_update()).one_or_none()


def enrol_by_token(work: Work, keys: ServerKeys, token: Any, request: EnrolRequest) -> EnrolAnswer:
    """Give the asking PC a counter of its own, and make it a device.

    A PC that asks again, because the answer was lost, is told the same and uses nothing up.

    Args:
        work: of the token's programme.
        keys: the server's.
        token: from `find_token`.
        request: the PC's; its `office`, where it names one, has to be the token's.

    Raises:
        ProblemError: token_expired, token_used_up, token_revoked, token_elsewhere, pc_shut_out,
            bad_request.
    """
    if len(request.public_key) != 32:
        raise ProblemError("bad_request", "The device's key isn't an Ed25519 key")
    known = _device_of(work, token, request.public_key)
    if known is not None:
        if known.revoked_ms is not None:
            raise ProblemError(
                "pc_shut_out", "This PC was shut out; a token doesn't let it back in"
            )
        return answer_for(
            work.connection, keys, work.programme_id, known.device_id, now_ms=work.now_ms
        )
    if token.revoked_ms is not None:
        raise ProblemError("token_revoked", "The enrolment token was revoked")
    if token.expires_ms <= work.now_ms:
        raise ProblemError("token_expired", "The enrolment token's time is over")
    if token.used >= token.most:
        raise ProblemError("token_used_up", f"The enrolment token was for {token.most} PCs")
    # Whoever enrols in this office waits here: each PC gets a counter of its own
    office = work.connection.execute(
        work.mine(t.office).where(t.office.c.office_id == token.office_id).with_for_update()
    ).one()
    if request.office not in ("", office.code):
        raise ProblemError("token_elsewhere", f"The enrolment token is for office {office.code}")
    device_id = work.new_id()
    add_device(
        work.connection,
        keys,
        request,
        programme_id=work.programme_id,
        counter_id=_place(work, token, request.hostname),
        kind=token.kind,
        device_id=device_id,
        now_ms=work.now_ms,
    )
    work.connection.execute(
        t.enrol_token.update()
        .where(
            t.enrol_token.c.programme_id == work.programme_id,
            t.enrol_token.c.token_id == token.token_id,
        )
        .values(used=t.enrol_token.c.used + 1)
    )
    work.connection.execute(
        t.enrol_token_use.insert().values(
            programme_id=work.programme_id,
            token_id=token.token_id,
            device_id=device_id,
            used_ms=work.now_ms,
        )
    )
    return answer_for(work.connection, keys, work.programme_id, device_id, now_ms=work.now_ms)


def _device_of(work: Work, token: Any, public_key: bytes) -> Any:
    """The device that this key became by this token, None if it didn't."""
    use, device = t.enrol_token_use, t.device
    return work.connection.execute(
        sa.select(device.c.device_id, device.c.revoked_ms)
        .join(
            use,
            (use.c.programme_id == device.c.programme_id) & (use.c.device_id == device.c.device_id),
        )
        .where(
            use.c.programme_id == work.programme_id,
            use.c.token_id == token.token_id,
            device.c.public_key == public_key,
        )
    ).one_or_none()


def _place(work: Work, token: Any, hostname: str) -> UUID:
    """The counter for a PC of that name: its own if nobody works there (any more), or a new one."""
    places = {
        row.label: row.counter_id for row in work.find(t.counter, "office_id", [token.office_id])
    }
    in_use = {
        row.counter_id
        for row in work.find(t.device, "office_id", [token.office_id])
        if row.revoked_ms is None
    }
    free = (each for each in labels(hostname, token.kind) if places.get(each) not in in_use)
    label = next(free)
    known: UUID | None = places.get(label)
    if known is not None:
        return known
    return add_counter(work, office_id=token.office_id, label=label)


def labels(hostname: str, kind: str) -> Iterator[str]:
    """What a PC's counter may be called, in order: its host's name, then with a number.

    A host without a name of its own is called by what it is, 'counter-1' or 'desk-1'.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "-", hostname.partition(".")[0]).strip("-")[:_LONGEST_NAME]
    if name.lower() in _NO_NAMES:
        yield from (f"{kind}-{number}" for number in count(1))
    yield name
    yield from (f"{name}-{number}" for number in count(2))
