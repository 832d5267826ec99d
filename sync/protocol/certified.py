"""What a device's certificate says of the device, in one URI of its subject alternative names.

``guichet://<programme>/<office>/<device>/<kind>``: with it two devices of an office know each other
without the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

_SCHEME: Final = "guichet"


@dataclass(frozen=True, slots=True)
class Certified:
    """Which device of which office, and whether managers sit at it."""

    programme_id: UUID
    office_id: UUID
    device_id: UUID
    kind: Literal["counter", "desk"]

    def to_uri(self) -> str:
        return f"{_SCHEME}://{self.programme_id}/{self.office_id}/{self.device_id}/{self.kind}"

    @classmethod
    def from_uri(cls, uri: str) -> Certified:
        """Read what `to_uri` wrote. Raises ValueError for anything else."""
        programme, office, device, kind = uri.removeprefix(f"{_SCHEME}://").split("/")
        read = cls(
            UUID(programme), UUID(office), UUID(device), "desk" if kind == "desk" else "counter"
        )
        if read.to_uri() != uri:
            raise ValueError("not a device's URI")
        return read
