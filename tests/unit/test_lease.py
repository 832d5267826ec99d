"""What a giver signs of a lease that it hands on, and what proves it to others."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lease import LeaseTransfer, TransferProof

TRANSFER = LeaseTransfer(
    UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), UUID(int=5), points=400
)
numbers = st.integers(0, 2**64 - 1)


def test_each_part_of_a_transfer_is_signed() -> None:
    parts = ("transfer_id", "lease_id", "member_id", "from_device_id", "to_device_id")
    others = [replace(TRANSFER, **{part: UUID(int=9)}) for part in parts]  # type: ignore[arg-type]
    others.append(replace(TRANSFER, points=401))
    assert len({TRANSFER.statement, *(each.statement for each in others)}) == 1 + len(others)


@pytest.mark.parametrize("points", [-1, 2**64])
def test_points_that_are_none_are_signed_by_nobody(points: int) -> None:
    with pytest.raises(OverflowError):
        _ = replace(TRANSFER, points=points).statement


@given(
    st.binary(min_size=64, max_size=64),
    numbers,
    numbers,
    st.binary(min_size=64, max_size=64),
    st.binary(min_size=1, max_size=4_096),
)
def test_a_proof_is_read_as_it_was_written(
    signature: bytes, points: int, expires_ms: int, lease_signature: bytes, certificate: bytes
) -> None:
    proof = TransferProof(signature, points, expires_ms, lease_signature, certificate)
    assert TransferProof.of_text(proof.to_text()) == proof


@pytest.mark.parametrize(
    "text",
    ["", "no base64!", b64encode(bytes(144)).decode(), b64encode(bytes(144 + 4_097)).decode()],
)
def test_what_is_no_proof_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"no proof|base64|padding"):
        TransferProof.of_text(text)
