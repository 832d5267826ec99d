"""Making a seat blind, and what is left in its folder for the recovery key."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.credentials.device_key import DeviceKey
from app.credentials.file_vault import write_private
from app.credentials.sealed import seal
from app.domain.entry import head_statement
from app.domain.errors import Unavailable
from app.domain.shutting_out import Reason, revocation_statement
from app.ports.shutter import ChainEnd
from app.ports.vault import Vault
from app.settings.own_files import read_own
from app.settings.places import MOST_BYTES

SEALED_NAME: Final = "sealed-work-key.json"
"""The work key, sealed to the recovery key: it travels with the folder's ciphertext."""
BLIND_NAME: Final = "blind.json"
"""Why the seat is blind, and where its journal ends, signed by the device."""

_KEYS: Final = ("work_key", "members_key", "page_key")
_WHY: Final[dict[str, str]] = {
    "revoked": "This PC was shut out by the central office. What it recorded is kept, encrypted.",
    "out_of_contact": "This PC was too long without the central server and has locked itself. "
    "What it recorded is kept, encrypted.",
}


class FolderShutter:
    """The adapter of `Shutter` for one data folder and its vault."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def is_genuine(self, document: Mapping[str, object], revoked_ms: int, signature: bytes) -> bool:
        try:
            authority = x509.load_pem_x509_certificate(str(document["authority"]).encode())
            key = authority.public_key()
            if not isinstance(key, Ed25519PublicKey):
                return False
            statement = revocation_statement(UUID(str(document["device_id"])), revoked_ms)
            key.verify(signature, statement)
        except (InvalidSignature, KeyError, ValueError, OverflowError):
            return False
        return True

    def keep_sealed_key(self, document: Mapping[str, object]) -> None:
        """Leave the sealed work key beside the work, once the seat is enrolled.

        Raises:
            Unavailable: the vault or the disk.
        """
        if (self._folder / SEALED_NAME).exists():
            return
        work_key = self._vault.get("work_key")
        if work_key is None:
            raise Unavailable("keys_missing", "This seat's data has no key.")
        sealed = seal(b64decode(str(document["recovery_key"])), work_key)
        self._write(
            SEALED_NAME,
            {
                "version": 1,
                "device_id": str(document["device_id"]),
                "sealed": b64encode(sealed).decode(),
            },
        )

    def sealed_key(self, document: Mapping[str, object]) -> bytes:
        self.keep_sealed_key(document)
        try:
            note = json.loads(read_own(self._folder / SEALED_NAME, MOST_BYTES))
            return b64decode(note["sealed"], validate=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable("disk_error", f"{SEALED_NAME} can't be read") from error

    def shut(
        self, reason: Reason, document: Mapping[str, object], end: ChainEnd | None, *, now_ms: int
    ) -> None:
        self.keep_sealed_key(document)
        note: dict[str, Any] = {
            "version": 1,
            "reason": reason,
            "device_id": str(document["device_id"]),
            "at_ms": now_ms,
        }
        if end is not None:
            note |= {
                "incarnation": end.incarnation,
                "last_seq": end.last_seq,
                "last_link": end.last_link.hex(),
                "signature": self._signature(UUID(str(document["device_id"])), end),
            }
        self._write(BLIND_NAME, note)
        self._delete_keys()

    def _signature(self, device_id: UUID, end: ChainEnd) -> str:
        statement = head_statement(device_id, end.incarnation, end.last_seq, end.last_link)
        try:
            return DeviceKey(self._vault).sign(statement).hex()
        except Unavailable:
            return ""  # a keyring without the key can't keep the seat from going blind

    def check(self) -> None:
        """See, before anything is opened, that the seat isn't blind.

        Raises:
            Unavailable: revoked, out_of_contact.
        """
        reason = self.reason()
        if reason is None:
            return
        self._delete_keys()
        raise self.refusal(reason)

    def refusal(self, reason: Reason) -> Unavailable:
        return Unavailable(reason, _WHY[reason])

    def reason(self) -> Reason | None:
        """Why the seat is blind, None when it is not."""
        try:
            note = json.loads(read_own(self._folder / BLIND_NAME, MOST_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return "revoked"  # a note that can't be read is no way back
        told = note.get("reason") if isinstance(note, dict) else None
        return "out_of_contact" if told == "out_of_contact" else "revoked"

    def _delete_keys(self) -> None:
        for name in _KEYS:
            self._vault.delete(name)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        try:
            write_private(self._folder / name, json.dumps(content).encode())
        except OSError as error:
            raise Unavailable("disk_error", "The data folder can't be written.") from error
