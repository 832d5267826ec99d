"""The link to a customer's own phone, as a counter makes it: with its key, and no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.credentials.device_key import DeviceKey
from app.domain.errors import Unavailable
from app.domain.rating_link import read_token
from app.domain.records import Setting
from app.services.rating_links import link_of
from tests.fakes.counter import Counter
from tests.store.test_use_cases import finished, serve, sign_in


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    yield made
    made.core.close()


def test_a_visit_has_a_link_that_this_counters_key_proves_and_no_network_made(
    counter: Counter,
) -> None:
    finished(counter)
    assert counter.core.queries.invitation().link == "", "off"  # type: ignore[union-attr]
    on: dict[str, object] = {"address": "https://rate.example.com", "valid_hours": 5}
    counter.members.settings["rating_link"] = Setting("rating_link", 1, on)
    invitation = counter.core.queries.invitation()
    assert invitation is not None
    address, token = invitation.link.rsplit("/", 1)
    assert address == "HTTPS://RATE.EXAMPLE.COM/R"
    signed = read_token(token)
    public = Ed25519PublicKey.from_public_bytes(DeviceKey(counter.vault).public_key())
    public.verify(signed.signature, signed.link.statement())
    seat = counter.core.queries.seat()
    assert seat is not None
    assert signed.link.device_id == seat.device_id
    assert (signed.link.encounter_id, signed.link.valid_hours) == (invitation.encounter_id, 5)
    assert abs(signed.link.begun_ms - counter.clock.now_ms()) < 120_000
    counter.clock.ms += 600_000  # whenever it is asked for
    again = counter.core.queries.invitation()
    assert again is not None
    assert again.link == invitation.link
    counter.members.settings["rating_link"] = Setting("rating_link", 2, {"address": "nonsense"})
    assert counter.core.queries.invitation().link == ""  # type: ignore[union-attr]


def test_a_vault_that_is_locked_keeps_nobody_from_rating(counter: Counter) -> None:
    on: dict[str, object] = {"address": "https://rate.example.com"}
    counter.members.settings["rating_link"] = Setting("rating_link", 1, on)

    def locked(statement: bytes) -> bytes:
        raise Unavailable("vault_locked", "no key")

    sign_in(counter)
    encounter_id = serve(counter)
    context = replace(counter.context, sign=locked)
    row = context.store.reads.encounter(encounter_id)
    assert row is not None
    assert link_of(context, row) == ""
