"""A programme's authority, as far as counters know it: its certificate and their credentials."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.credentials.voucher_keys import CREDENTIAL
from app.domain.voucher import Credential
from sync.protocol.certified import Certified
from sync.server.keys import ServerKeys, make_keys


def _keys() -> ServerKeys:
    return make_keys(now_ms=1_780_000_000_000)[0]


@dataclass
class Programme:
    """Whoever shares one shares the programme."""

    programme_id: UUID = field(default_factory=lambda: UUID(int=5))
    keys: ServerKeys = field(default_factory=_keys)

    def papers(self, office_id: UUID, device_id: UUID, public_key: bytes) -> dict[str, object]:
        """What enrolment tells a device of itself."""
        credential = Credential(
            self.programme_id, office_id, device_id, public_key, date(2031, 1, 1)
        )
        certificate, _ = self.keys.certify(
            public_key,
            device=Certified(self.programme_id, office_id, device_id, "counter"),
            office_code="PEK",
            counter_label="A1",
            now_ms=1_780_000_000_000,
        )
        signed = credential.packed() + self.keys.authority_key.sign(credential.statement())
        return {
            "programme_id": str(self.programme_id),
            "certificate": certificate,
            "authority": self.keys.authority_pem,
            CREDENTIAL: b64encode(signed).decode(),
        }
