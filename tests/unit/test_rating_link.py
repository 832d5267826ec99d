"""The link to a customer's own phone: its bytes, its setting, and what is no link."""

from __future__ import annotations

import base64
import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.rating_link import (
    DEFAULT_RATING_LINK,
    TOKEN_CHARS,
    RatingLink,
    RatingLinkRules,
    SignedLink,
    read_token,
)

ADDRESS = "https://rate.example.com"
SIGNATURE = bytes(range(64))


@given(st.uuids(), st.uuids(), st.integers(-(2**63), 2**63), st.integers(1, 24 * 90))
def test_what_is_written_is_read(
    device_id: UUID, encounter_id: UUID, begun_ms: int, hours: int
) -> None:
    link = RatingLink.of(device_id, encounter_id, begun_ms, hours)
    signed = SignedLink(link, SIGNATURE)
    assert len(signed.token()) == TOKEN_CHARS
    assert read_token(signed.token()) == read_token(signed.token().lower()) == signed
    assert link.ends_ms - link.begun_ms == hours * 3_600_000
    # what a QR writes as densely as digits and capital letters
    assert re.fullmatch(r"[0-9A-Z $%*+./:-]+", signed.url(ADDRESS))


@given(st.text(max_size=200) | st.text(min_size=TOKEN_CHARS, max_size=TOKEN_CHARS))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cut short|base32|ASCII|version"):
        read_token(text)


@given(st.binary(min_size=103, max_size=103))
def test_another_version_is_refused(packed: bytes) -> None:
    text = base64.b32encode(packed).decode().rstrip("=")
    if packed[0] == 1:
        assert read_token(text).signature == packed[39:]
    else:
        with pytest.raises(ValueError, match="another version"):
            read_token(text)


def test_a_setting_that_is_right_is_what_it_says() -> None:
    value = {"address": ADDRESS, "valid_hours": 24, "companions": 0, "call_minutes": 0}
    rules = RatingLinkRules.read(value)
    assert rules == RatingLinkRules(ADDRESS, 24, 0, 0) == RatingLinkRules.from_setting(value)
    assert RatingLinkRules.read({}) == RatingLinkRules.read(DEFAULT_RATING_LINK)
    assert RatingLinkRules.read({}).address == "", "off until there is an address"
    assert RatingLinkRules.read({"address": f"{ADDRESS}:8443"}).address.endswith(":8443")


@pytest.mark.parametrize(
    "value",
    [
        {"address": "http://rate.example.com"},
        {"address": "https://rate.example.com/"},
        {"address": "https://rate.example.com/r"},
        {"address": "https://Rate.example.com"},
        {"address": "https://rate_1.example.com"},
        {"address": "https://u:p@rate.example.com"},
        {"address": "https://rate.example.com\n"},
        {"address": "https://localhost"},
        {"address": "https://评价.example.com"},
        {"address": "https://" + "a" * 60 + ".com"},
        {"address": ADDRESS + ":0"},
        {"address": None},
        {"valid_hours": 0},
        {"valid_hours": 24 * 90 + 1},
        {"valid_hours": "72"},
        {"valid_hours": True},
        {"companions": -1},
        {"companions": 21},
        {"call_minutes": 24 * 60 + 1},
        {"call_minutes": None},
        {"adress": ADDRESS},
    ],
)
def test_a_setting_that_is_wrong_is_refused_and_never_half_in_force(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"address is|whole number|there is no"):
        RatingLinkRules.read(value)
    assert RatingLinkRules.from_setting(value) == RatingLinkRules()
    kept = RatingLinkRules.from_setting({"address": ADDRESS, **value})
    assert kept.valid_hours == 72
