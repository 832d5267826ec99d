"""Where a seat's secrets live; one vault a machine, because the seat is the device."""

from __future__ import annotations

from typing import Literal, Protocol


class Vault(Protocol):
    """Secrets by name ('work_key', 'members_key', 'device_key'), each at most 1 KiB."""

    @property
    def strength(self) -> Literal["system", "file"]:
        """'file' is the weaker fallback and is shown as such."""

    def get(self, name: str) -> bytes | None:
        """Raises Unavailable('keyring_locked' or 'keyring_missing')."""

    def put(self, name: str, secret: bytes) -> None: ...

    def delete(self, name: str) -> None: ...
