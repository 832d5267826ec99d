"""Who is calling: enrolment codes, challenges, tokens.

Challenges and tokens are the server's own HMAC over what they say, so that any worker can check
them without a table; times in them are the server's, so a device's clock may be wrong by any
amount. Revocation is looked up at each request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections import deque
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.server.problems import ProblemError

CODE_MINUTES: Final = 15
CHALLENGE_MS: Final = 60_000
TOKEN_MS: Final = 3_600_000

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0, 1, I, O
_CODE_LENGTH: Final = 10  # 50 bits

_TRIES: Final = 10
_TRIES_WINDOW_MS: Final = 60_000


def new_code() -> str:
    """A one-use enrolment code, such as 'K7QM2-9XHAD'."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_CODE_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def code_hash(code: str) -> bytes:
    """What is kept of a code (32 bytes); case, blanks and dashes don't matter."""
    letters = "".join(ch for ch in code.upper() if ch.isalnum())
    return hashlib.sha256(b"guichet enrol 1\0" + letters.encode()).digest()


def caller_key(key: bytes, address: str) -> str:
    """An address as processes may tell it each other; '' where it isn't known."""
    if not address:
        return ""
    return hmac.digest(key, b"guichet caller\0" + address.encode(), "sha256").hex()[:32]


class Throttle:
    """Bounds wrong codes a minute from one caller, and from all of them together.

    Callers whose address isn't known (behind a unix socket) share the second bound alone. Each
    process counts; what others were sent is told to it a moment later.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: dict[str, deque[int]] = {}
        self._all: deque[int] = deque()

    def check(self, caller: str, now_ms: int) -> None:
        """Raises ProblemError('busy') when there were too many wrong codes."""
        with self._lock:
            self._forget(now_ms)
            full = [
                tries[-most]
                for tries, most in ((self._wrong.get(caller), _TRIES), (self._all, 10 * _TRIES))
                if tries is not None and len(tries) >= most
            ]
        if full:
            wait_s = (max(full) + _TRIES_WINDOW_MS - now_ms) // 1000 + 1
            raise ProblemError(
                "busy", "Too many wrong tries; wait a minute", status=429, wait_s=wait_s
            )

    def note_wrong(self, caller: str, now_ms: int) -> None:
        with self._lock:
            self._all.append(now_ms)
            if caller:
                self._wrong.setdefault(caller, deque()).append(now_ms)

    def _forget(self, now_ms: int) -> None:
        while self._all and self._all[0] <= now_ms - _TRIES_WINDOW_MS:
            self._all.popleft()
        # No more callers than tries within the minute, so this stays short
        for caller, tries in list(self._wrong.items()):
            while tries and tries[0] <= now_ms - _TRIES_WINDOW_MS:
                tries.popleft()
            if not tries:
                del self._wrong[caller]


def _seal(key: bytes, purpose: bytes, content: bytes) -> str:
    mac = hmac.digest(key, b"guichet " + purpose + b"\0" + content, "sha256")
    return base64.urlsafe_b64encode(content + mac).decode()


def _open(key: bytes, purpose: bytes, sealed: str, length: int) -> bytes | None:
    try:
        decoded = base64.urlsafe_b64decode(sealed.encode())
    except ValueError:  # no base64, or not even ASCII
        return None
    content, mac = decoded[:length], decoded[length:]
    good = hmac.digest(key, b"guichet " + purpose + b"\0" + content, "sha256")
    return content if hmac.compare_digest(mac, good) else None


def challenge(key: bytes, *, now_ms: int) -> str:
    """A nonce that can be answered for one minute."""
    return _seal(key, b"nonce", secrets.token_bytes(16) + now_ms.to_bytes(8, "big"))


def check_challenge(key: bytes, nonce: str, *, now_ms: int) -> None:
    """Raises ProblemError('unauthenticated') unless the nonce is ours and fresh."""
    content = _open(key, b"nonce", nonce, 24)
    age_ms = None if content is None else now_ms - int.from_bytes(content[16:], "big")
    if age_ms is None or not 0 <= age_ms <= CHALLENGE_MS:
        raise ProblemError("unauthenticated", "The challenge is too old, or not ours")


def check_answer(*, device_id: UUID, public_key: bytes, nonce: str, signature: bytes) -> None:
    """Raises ProblemError('unauthenticated') unless the device signed the nonce."""
    statement = b"guichet token 1\0" + device_id.bytes + nonce.encode()
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)
    except InvalidSignature as error:
        raise ProblemError("unauthenticated", "The signature isn't the device's") from error


def issue_token(key: bytes, device_id: UUID, *, now_ms: int) -> tuple[str, int]:
    """(token, when it ends); the device is named in it, nothing else."""
    expires_ms = now_ms + TOKEN_MS
    return _seal(key, b"token", device_id.bytes + expires_ms.to_bytes(8, "big")), expires_ms


def read_token(key: bytes, header: str | None, *, now_ms: int) -> UUID:
    """The device that a request's Authorization header names.

    Raises:
        ProblemError: unauthenticated.
    """
    scheme, _, token = (header or "").partition(" ")
    content = _open(key, b"token", token, 24) if scheme == "Bearer" else None
    if content is None:
        raise ProblemError("unauthenticated", "The request carries no token of this server")
    if int.from_bytes(content[16:], "big") <= now_ms:
        raise ProblemError("unauthenticated", "The token has ended")
    return UUID(bytes=content[:16])


def phone_token(key: bytes, programme_id: UUID, session_id: UUID) -> str:
    """What a phone's cookie holds; when the session ends stands in the database."""
    return _seal(key, b"phone", programme_id.bytes + session_id.bytes)


def read_phone_token(key: bytes, token: str) -> tuple[UUID, UUID]:
    """(programme, session) of a phone's cookie. Raises ProblemError('unauthenticated')."""
    content = _open(key, b"phone", token, 32)
    if content is None:
        raise ProblemError("unauthenticated", "Sign in again")
    return UUID(bytes=content[:16]), UUID(bytes=content[16:])
