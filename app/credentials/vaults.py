"""Choosing the seat's vault: the system's keyring where it works, else an encrypted file."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

from app.credentials.file_vault import FileVault, is_shared, write_private
from app.credentials.keyring_vault import KeyringVault
from app.domain.errors import Unavailable
from app.ports.vault import Vault
from app.settings.own_files import read_own
from app.settings.places import MOST_BYTES

RECORD_NAME: Final = "vault.json"
FILE_NAME: Final = "vault.bin"


def open_vault(folder: Path) -> Vault:
    """The vault of the seat in `folder`, chosen the first time and never changed after.

    So a keyring that fails for a day is an error for a day, not a second set of keys.

    Args:
        folder: the seat's data folder (see `app.store.folder.prepare`).

    Raises:
        Unavailable: vault_damaged, the record of the choice can't be read; disk_error.
    """
    record = folder / RECORD_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not record.exists():
            _choose(record)
        return _chosen(folder)
    except OSError as error:
        raise Unavailable("disk_error", "The data folder can't be made or used.") from error


def known_vault(folder: Path) -> Vault | None:
    """The vault that was chosen for `folder`, None where none was yet; nothing is chosen.

    Raises:
        Unavailable: as `open_vault`.
    """
    try:
        return _chosen(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable("disk_error", "The data folder can't be made or used.") from error


def _chosen(folder: Path) -> Vault:
    """Read the record of the choice. Raises OSError, Unavailable."""
    try:
        choice = json.loads(read_own(folder / RECORD_NAME, MOST_BYTES))
        kind, service = choice["vault"], choice["service"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("vault_damaged", "The note of where the keys are is damaged.") from error
    if kind == "system":
        return KeyringVault(service)
    if kind == "file":
        return FileVault(folder / FILE_NAME)
    raise Unavailable("vault_damaged", "The note of where the keys are is damaged.")


def _choose(record: Path) -> None:
    service = f"guichet-{secrets.token_hex(8)}"
    # A keyring is one account's
    system = not is_shared(record.parent) and KeyringVault(service).keeps_secrets()
    kind = "system" if system else "file"
    draft = record.with_name(f"{record.name}.{secrets.token_hex(4)}.draft")
    write_private(draft, json.dumps({"vault": kind, "service": service}).encode())
    try:
        os.link(draft, record)  # unlike a rename, never over somebody else's choice
    except FileExistsError:
        pass
    finally:
        draft.unlink()
