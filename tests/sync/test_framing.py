"""Bodies unpacked: whatever their frames claim, nothing but what was sent, or a refusal."""

from __future__ import annotations

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.framing import ZSTD, BadBody, BodyTooLarge, compress, decompress
from sync.protocol.messages import MAX_BODY_BYTES

BODY = b"guichet " * 10_000


def in_pieces(body: bytes) -> bytes:
    """A frame that doesn't say how much is in it."""
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(body) + packer.flush()


@given(st.binary(max_size=5_000))
def test_what_was_packed_comes_out(body: bytes) -> None:
    assert decompress(*compress(body)) == body
    assert decompress(zstandard.ZstdCompressor().compress(body), ZSTD) == body
    assert decompress(in_pieces(body), ZSTD) == body


@pytest.mark.parametrize("pack", [zstandard.ZstdCompressor().compress, in_pieces])
def test_more_than_a_body_may_hold_is_refused(pack: object) -> None:
    assert callable(pack)
    assert len(decompress(pack(bytes(MAX_BODY_BYTES)), ZSTD)) == MAX_BODY_BYTES
    with pytest.raises(BodyTooLarge):
        decompress(pack(bytes(MAX_BODY_BYTES + 1)), ZSTD)


@pytest.mark.parametrize("claim", [0, 1, len(BODY) - 1, len(BODY) + 1, MAX_BODY_BYTES])
def test_a_frame_that_lies_about_its_size_is_refused(claim: int) -> None:
    frame = bytearray(zstandard.ZstdCompressor().compress(BODY))
    assert int.from_bytes(frame[5:9], "little") == len(BODY), "where the size stands"
    frame[5:9] = claim.to_bytes(4, "little")
    with pytest.raises(BadBody):
        decompress(bytes(frame), ZSTD)


@pytest.mark.parametrize("pack", [zstandard.ZstdCompressor().compress, in_pieces])
@pytest.mark.parametrize("end", [0, 3, 8, -1])
def test_a_frame_cut_short_is_refused(pack: object, end: int) -> None:
    assert callable(pack)
    with pytest.raises(BadBody):
        decompress(pack(BODY)[:end], ZSTD)


@pytest.mark.parametrize("pack", [zstandard.ZstdCompressor().compress, in_pieces])
def test_what_follows_a_frame_is_refused(pack: object) -> None:
    assert callable(pack)
    with pytest.raises(BadBody):
        decompress(pack(BODY) + b"!" * 2_000, ZSTD)
