"""Secrets in an encrypted file, where there is no keyring.

Weaker than a keyring, and shown as such: whoever can read the data folder and the PC's machine id
can read the secrets. It protects a copied folder and a stolen backup, not a stolen PC.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import threading
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any, Final, Literal

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.credentials.machine import machine_id
from app.domain.errors import Unavailable
from app.settings.own_files import read_own
from app.settings.places import MOST_BYTES

_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32

# RFC 9106's second choice, on one lane: some tenths of a second, once a start.
_COST: Final = {"passes": 3, "memory_kib": 65_536, "lanes": 1}
_MAX_MEMORY_KIB: Final = 1024 * 1024
_MAX_PASSES: Final = 16


class FileVault:
    """The adapter of `Vault` for one file; thread-safe.

    Raises:
        Unavailable: vault_damaged, the file is not as it was written or came from another PC;
            disk_error.
    """

    strength: Literal["system", "file"] = "file"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._derived: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        with self._lock:
            return self._read()[1].get(name)

    def put(self, name: str, secret: bytes) -> None:
        with self._lock:
            header, known = self._read()
            self._write(header, {**known, name: secret})

    def delete(self, name: str) -> None:
        with self._lock:
            header, known = self._read()
            if known.pop(name, None) is not None:
                self._write(header, known)

    def _read(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        try:
            text = read_own(self._path, MOST_BYTES)
        except FileNotFoundError:
            return self._new_header(), {}
        except OSError as error:
            raise Unavailable("disk_error", "The file of the seat's keys can't be read.") from error
        try:
            document = json.loads(text)
            header = document["header"]
            key = self._key(header)
            nonce, sealed = b64decode(document["nonce"]), b64decode(document["sealed"])
            plain = AESGCM(key).decrypt(nonce, sealed, _header_bytes(header))
            return header, {name: b64decode(secret) for name, secret in json.loads(plain).items()}
        except (ValueError, KeyError, TypeError, AttributeError, InvalidTag, HashingError) as error:
            raise Unavailable(
                "vault_damaged",
                "The file of the seat's keys is damaged or was made on another PC. "
                "Please call your administrator.",
            ) from error

    def _new_header(self) -> dict[str, Any]:
        return {
            "version": 1,
            "salt": b64encode(secrets.token_bytes(_SALT_BYTES)).decode(),
            # A PC without an id gets a file that opens anywhere, rather than none.
            "bound": machine_id() is not None,
            **_COST,
        }

    def _key(self, header: dict[str, Any]) -> bytes:
        if header["version"] != 1:
            raise ValueError("unknown version")
        if header["memory_kib"] > _MAX_MEMORY_KIB or header["passes"] > _MAX_PASSES:
            raise ValueError("unreasonable cost")
        name = _header_bytes(header).decode()
        if name not in self._derived:
            bound_to = (machine_id() or "") if header["bound"] else ""
            self._derived[name] = hash_secret_raw(
                secret=b"guichet file vault 1\0" + bound_to.encode(),
                salt=b64decode(header["salt"]),
                time_cost=header["passes"],
                memory_cost=header["memory_kib"],
                parallelism=header["lanes"],
                hash_len=_KEY_BYTES,
                type=Type.ID,
            )
        return self._derived[name]

    def _write(self, header: dict[str, Any], known: dict[str, bytes]) -> None:
        plain = json.dumps({name: b64encode(secret).decode() for name, secret in known.items()})
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._key(header)).encrypt(nonce, plain.encode(), _header_bytes(header))
        document = {
            "header": header,
            "nonce": b64encode(nonce).decode(),
            "sealed": b64encode(sealed).decode(),
        }
        try:
            write_private(self._path, json.dumps(document).encode())
        except OSError as error:
            raise Unavailable(
                "disk_error", "The file of the seat's keys can't be written."
            ) from error


def _header_bytes(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True).encode()


def is_shared(folder: Path) -> bool:
    """Whether a folder is for a group of this PC's accounts and not for its owner alone."""
    return os.name == "posix" and bool(folder.stat().st_mode & stat.S_IRWXG)


def write_private(path: Path, content: bytes, *, own: bool = False) -> None:
    """Replace a file as a whole, and put it safely on the disk.

    It is for whom its folder is for, also where an administrator writes it; or for this account
    alone if it is its `own`.
    """
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    rights = 0o660 if is_shared(path.parent) and not own else 0o600
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
    try:
        with open(descriptor, "wb") as file:
            if os.name == "posix" and os.geteuid() == 0 and not own:
                # While the file has no name that another account could give to a file of root's
                status = path.parent.stat()
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # pragma: no branch # elsewhere folders aren't synced
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
