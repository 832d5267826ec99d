"""Secrets in the system's keyring (Windows credentials, macOS keychain, a secret service)."""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib import import_module
from secrets import token_hex
from typing import Final, Literal

import keyring
import keyring.core
from keyring.errors import InitError, KeyringError, KeyringLocked, PasswordDeleteError

from app.domain.errors import Unavailable

_PROBE: Final = "probe"

# What `keyring` itself calls a backend to be recommended; below are plain text and the like.
_RECOMMENDED: Final = 1

# What each system has; `keyring` itself would load them all, and look through what is installed.
_OWN: Final = {
    "linux": "keyring.backends.SecretService.Keyring",
    "win32": "keyring.backends.Windows.WinVaultKeyring",
    "darwin": "keyring.backends.macOS.Keyring",
}


def take_own_keyring() -> None:
    """Take this system's own keyring, unless its user chose another.

    Called by a program that is going to open a seat; without it, and where that keyring doesn't
    work, `keyring` looks for another.
    """
    with suppress(RuntimeError):  # what was chosen doesn't work: said when it is asked for a key
        chosen = keyring.core.load_env() or keyring.core.load_config()
        if chosen is None and sys.platform in _OWN:
            module, _, name = _OWN[sys.platform].rpartition(".")
            own = getattr(import_module(module), name)
            chosen = own() if own.viable else None
        if chosen is not None:
            keyring.set_keyring(chosen)


class KeyringVault:
    """The adapter of `Vault` for `keyring`.

    Args:
        service: the name under which this seat's secrets stand, its alone.
    """

    strength: Literal["system", "file"] = "system"

    def __init__(self, service: str) -> None:
        self._service = service

    def get(self, name: str) -> bytes | None:
        with _translated():
            stored = keyring.get_password(self._service, name)
        if stored is None:
            return None
        try:
            return b64decode(stored, validate=True)
        except ValueError as error:
            raise Unavailable(
                "vault_damaged", "A secret in this PC's keyring is not as it was left.", name=name
            ) from error

    def put(self, name: str, secret: bytes) -> None:
        with _translated():
            keyring.set_password(self._service, name, b64encode(secret).decode())

    def delete(self, name: str) -> None:
        with _translated():
            if keyring.get_password(self._service, name) is not None:
                keyring.delete_password(self._service, name)

    def keeps_secrets(self) -> bool:
        """Whether the keyring is fit for secrets and gives back what it was given."""
        if keyring.get_keyring().priority < _RECOMMENDED:
            return False
        expected = token_hex()
        try:
            keyring.set_password(self._service, _PROBE, expected)
            kept = keyring.get_password(self._service, _PROBE) == expected
            keyring.delete_password(self._service, _PROBE)
        except (KeyringError, RuntimeError):
            return False
        return kept


def would_ask() -> bool:
    """Whether the keyring would ask the PC's user for a password first; nobody is asked by this.

    False where that can't be told beforehand.
    """
    chosen = keyring.get_keyring()
    backends = [chosen, *getattr(chosen, "backends", [])]
    if not any(type(each).__module__ == "keyring.backends.SecretService" for each in backends):
        return False
    import secretstorage

    try:
        with closing(secretstorage.dbus_init()) as bus:
            return bool(secretstorage.Collection(bus).is_locked())
    except secretstorage.exceptions.SecretStorageException:
        return False


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except KeyringLocked as error:
        raise Unavailable("keyring_locked", "This PC's keyring is locked.") from error
    except PasswordDeleteError as error:
        raise Unavailable("keyring_missing", "The keyring does not let go of a secret.") from error
    except (InitError, KeyringError, RuntimeError) as error:
        # NoKeyringError among them, which is a RuntimeError, too.
        raise Unavailable("keyring_missing", "This PC's keyring does not answer.") from error
