"""What a device's certificate says of the device, in one URI of its subject alternative names.

``guichet://<programme>/<office>/<device>/<kind>``: with it two devices of an office know each other
without the server.
"""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from cryptography import x509

from app.domain.lean import dataclass

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

    @classmethod
    def of(cls, certificate: x509.Certificate) -> Certified:
        """Read a certificate. Raises ValueError where it names no device, as old ones don't."""
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound as error:
            raise ValueError("not a device's certificate") from error
        (uri,) = names.value.get_values_for_type(x509.UniformResourceIdentifier)
        return cls.from_uri(uri)


def is_good(pem: str, device: Certified, *, now_ms: int) -> bool:
    """Whether a certificate names the device, and more than a third of its life is left."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        if Certified.of(certificate) != device:
            return False
    except ValueError:
        return False
    ends, begins = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    return now_ms / 1000 < ends.timestamp() - (ends - begins).total_seconds() / 3
