"""Who the seat is: the adapter of `app.ports.seat.SeatIdentityStore`."""

from __future__ import annotations

from collections.abc import Callable

from app.credentials.device_key import DeviceKey
from app.ports.vault import Vault


class VaultIdentity:
    """The keys are the vault's, the server's answer is kept with the seat's work.

    Args:
        vault: holds 'device_key'.
        document: reads the answer that was kept (`app.store.seat.Seat.document`).
        enrol: keeps it (`app.store.seat.Seat.enrol`).
    """

    def __init__(
        self,
        vault: Vault,
        *,
        document: Callable[[], dict[str, object] | None],
        enrol: Callable[[str, dict[str, object]], None],
    ) -> None:
        self._device_key = DeviceKey(vault)
        self._document = document
        self._enrol = enrol

    def public_key(self) -> bytes:
        return self._device_key.public_key()

    def enrol(self, server_url: str, document: dict[str, object]) -> None:
        self._enrol(server_url, document)

    def document(self) -> dict[str, object] | None:
        return self._document()
