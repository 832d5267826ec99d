"""What devices need to know each other without the server: certificates, and who was shut out."""

from __future__ import annotations

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.errors import Rejected
from app.domain.records import Revocation
from app.domain.shutting_out import revocation_statement
from sync.protocol.certified import Certified
from sync.protocol.messages import EnrolRequest
from sync.server.enrolment import make_code
from sync.server.programme import revoke_device
from sync.server.store.engine import writing
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id


def revocations(seat: Seat) -> list[Revocation]:
    records = seat.pull().records
    bodies = [record.body for record in records if record.kind == Revocation.KIND]
    return [msgspec.json.decode(body, type=Revocation) for body in bodies]


@pytest.mark.parametrize("kind", ["counter", "desk"])
def test_a_certificate_says_which_device_of_which_office_it_is(
    programme: Programme, kind: str
) -> None:
    with writing(programme.server.engine) as connection:
        code = make_code(
            connection,
            programme.programme_id,
            counter_id=programme.counter_ids[0],
            kind=kind,
            now_ms=programme.clock(),
        )
    key = Ed25519PrivateKey.generate().public_key()
    answer = programme.server.enrol(EnrolRequest(code, key.public_bytes_raw(), "pc", "1"))
    certificate = x509.load_pem_x509_certificate(answer.certificate.encode())
    certificate.verify_directly_issued_by(KEYS.authority)
    assert certificate.public_key() == key
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
    certified = Certified.from_uri(uri)
    place = (certified.programme_id, certified.office_id, certified.device_id, certified.kind)
    assert place == (answer.programme_id, answer.office_id, answer.device_id, kind)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "guichet://",
        "https://{0}/{0}/{0}/desk",
        "guichet://{0}/{0}/{0}/server",
        "guichet://{0}/{0}/{0}/desk/",
        "guichet://{0}/{0}/desk",
        "guichet://{0}/{1}/{0}/desk",
        "guichet://{0}/{0}/x/desk",
    ],
)
def test_anything_else_is_no_device(uri: str) -> None:
    an_id = new_id()
    with pytest.raises(ValueError, match=r".*"):
        Certified.from_uri(uri.format(an_id, str(an_id).upper()))


def test_who_is_shut_out_is_told_to_all_devices_of_the_programme(programme: Programme) -> None:
    counter, desk, gone = programme.seat(), programme.seat(kind="desk"), programme.seat(counter=1)
    assert revocations(counter) == revocations(desk) == []
    with programme.work() as work:
        revoke_device(work, KEYS, gone.device_id)
    (one,) = told = revocations(counter)
    assert (one.device_id, one.revoked_ms) == (gone.device_id, programme.clock.ms)
    statement = revocation_statement(gone.device_id, programme.clock.ms)
    KEYS.authority_key.public_key().verify(one.signature, statement)
    assert revocations(desk) == told
    programme.clock.ms += 60_000
    with programme.work() as work:
        revoke_device(work, KEYS, gone.device_id)
    newcomer = programme.seat(counter=2)
    first = programme.server.first(newcomer.device_id)
    bodies = [record.body for record in first.records if record.kind == Revocation.KIND]
    assert [msgspec.json.decode(body, type=Revocation) for body in bodies] == told


def test_no_device_of_another_programme_is_shut_out(programme: Programme) -> None:
    with pytest.raises(Rejected) as refused, programme.work() as work:
        revoke_device(work, KEYS, new_id())
    assert refused.value.code == "unknown_device"
