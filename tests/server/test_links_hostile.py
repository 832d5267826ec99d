"""Links that nobody made, or that are over; and what strangers write by those that are good."""

from __future__ import annotations

import base64
from functools import partial
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.domain.rating import MAX_COMMENT_CHARS
from app.domain.rating_link import RatingLink, SignedLink, read_token
from sync.server.links import limits
from sync.server.links.problems import LinkError
from sync.server.links.service import RatingLinks
from sync.server.programme import put_setting, revoke_device
from sync.server.store import tables as t
from tests.server.books import rows
from tests.server.conftest import KEYS, Programme, new_id
from tests.server.links import case_of, cell_of, refused, settled, token_of, turn_on, visitor
from tests.server.seats import visit

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
def links(programme: Programme) -> RatingLinks:
    turn_on(programme)
    return RatingLinks(programme.server)


# --- whose link it is


def test_what_is_forged_is_no_link(programme: Programme, links: RatingLinks) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    encounter_id = new_id()
    good = token_of(seat, encounter_id)
    link = RatingLink.of(seat.device_id, encounter_id, programme.clock.ms, 72)
    by_another = SignedLink(link, other.key.sign(link.statement())).token()
    unknown = RatingLink.of(new_id(), encounter_id, programme.clock.ms, 72)
    unsigned = SignedLink(unknown, seat.key.sign(unknown.statement())).token()
    for token in (by_another, unsigned, good[:-1], "", "é" * 165, "A" * 165, good[:-2] + "AA"):
        assert refused(partial(links.visit, token)) == "unreadable", token
        assert refused(partial(links.rate, token, new_id(), 1)) == "unreadable"
    links.visit(good.lower())
    assert rows(programme, t.rating_link) == []


@given(st.integers(0, 102), st.integers(1, 255))
def test_no_changed_byte_is_ours(place: int, change: int) -> None:
    """A token is read whole or not at all: whatever is changed in it, the signature doesn't fit."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    link = RatingLink.of(UUID(int=7), UUID(int=8), 1_790_000_000_000, 72)
    whole = bytearray(link.packed() + key.sign(link.statement()))
    whole[place] ^= change
    text = base64.b32encode(bytes(whole)).decode().rstrip("=")
    try:
        read = read_token(text)
        key.public_key().verify(read.signature, read.link.statement())
    except (ValueError, InvalidSignature):
        return
    raise AssertionError("a link that nobody made")


def test_a_pc_that_was_shut_out_makes_no_links(programme: Programme, links: RatingLinks) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push()
    one = visitor(links, token_of(seat, encounter_id))
    one.rate(5)
    with programme.work() as work:
        revoke_device(work, KEYS, seat.device_id)
    assert refused(lambda: one.rate(1)) == "unreadable"
    assert refused(one.look) == "unreadable"
    assert refused(lambda: visitor(links, one.token)) == "unreadable"
    settled(programme)
    assert cell_of(programme).phone == {"5": 1}, "what came before stands"


def test_no_counter_speaks_of_anothers_visits(programme: Programme, links: RatingLinks) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    early, late = (visit(seat, score=None)[0] for _ in range(2))
    visitor(links, token_of(other, late)).rate(1)  # before anybody knows whose it is
    seat.push()
    assert refused(lambda: visitor(links, token_of(other, early)).rate(1)) == "unreadable"
    assert refused(lambda: visitor(links, token_of(seat, late)).rate(5)) == "unreadable"
    settled(programme)
    assert [row.state for row in rows(programme, t.rating_link)] == ["foreign"]
    assert (cell_of(programme).phone, cell_of(programme).companions) == ({}, {})


def test_a_link_ends(programme: Programme, links: RatingLinks) -> None:
    seat = programme.seat()
    token = token_of(seat, new_id(), hours=1)
    one = visitor(links, token)
    one.rate(5)
    programme.clock.ms += HOUR_MS
    assert refused(lambda: links.visit(token)) == "ended"
    assert refused(lambda: one.say(comment="late")) == "ended"
    ahead = token_of(seat, new_id(), begun_ms=programme.clock.ms + 25 * HOUR_MS)
    assert refused(lambda: links.visit(ahead)) == "unreadable"
    fast = token_of(seat, new_id(), begun_ms=programme.clock.ms + 2 * HOUR_MS)
    visitor(links, fast).rate(5)  # a clock that is fast is no forger
    with programme.work() as work:
        put_setting(work, "rating_link", {"address": ""})
    assert refused(lambda: links.visit(fast)) == "ended", "off is off"


def test_ids_are_of_one_visit(programme: Programme, links: RatingLinks) -> None:
    seat = programme.seat()
    encounter_id, rating_id = visit(seat, score=5)
    seat.push()
    one = visitor(links, token_of(seat, encounter_id))
    one.rate(2)
    other = visitor(links, token_of(seat, new_id()))
    other.rating_id = one.rating_id
    assert refused(lambda: other.rate(5)) == "unknown_rating"
    assert refused(other.look) == "unknown_rating"
    assert refused(lambda: other.say(comment="x")) == "unknown_rating"
    other.rating_id = rating_id  # the panel's
    assert refused(lambda: other.rate(1)) == "unknown_rating"
    assert refused(other.look) == "unknown_rating"
    one.rating_id = rating_id
    assert refused(lambda: one.rate(1)) == "unknown_rating"
    settled(programme)


@one_database
def test_a_setting_that_is_wrong_is_refused_with_the_reason(programme: Programme) -> None:
    wrong: list[dict[str, object]] = [
        {"address": "rate.example.com"},
        {"valid_hours": 0},
        {"adress": "x"},
    ]
    for value in wrong:
        with programme.work() as work, pytest.raises(Rejected, match=r"ad.?ress|valid_hours"):
            put_setting(work, "rating_link", value)
    assert rows(programme, t.setting, name="rating_link") == []


# --- what strangers write, and how often


@pytest.mark.parametrize(
    "text",
    [
        "W" * 100_000,
        "好" * 100_000,
        "\0\x1b[2J\x07\r\n" * 50,
        "\u202e\u2067\u2066" * 200 + "שלום",
        "Z\u0351\u036b" * 400,
        "\ud800\udfff",
        "\U0001f469\u200d\U0001f4bb" * 300,
        " \n\t ",
    ],
    ids=["long", "wide", "control", "direction", "marks", "surrogates", "joined", "blank"],
)
@one_database
def test_what_strangers_write_is_text_and_short(
    programme: Programme, links: RatingLinks, text: str
) -> None:
    one = visitor(links, token_of(programme.seat(), new_id()))
    one.rate(1)
    one.say("no such reason", "attitude", "attitude", comment=text)
    case = case_of(programme, one.rating_id)
    assert case.reasons == ("attitude",)
    assert len(case.comment) <= MAX_COMMENT_CHARS
    assert not set(case.comment) & set("\0\x1b\x07\r\u202e\u2066\u2067")
    settled(programme)


@one_database
def test_reasons_are_those_of_the_setting(programme: Programme, links: RatingLinks) -> None:
    with programme.work() as work:
        version = put_setting(
            work, "rating", {"reasons": {"1": ["queue", "rules"], "5": ["smile"]}}
        )
    one = visitor(links, token_of(programme.seat(), new_id()))
    one.rate(1)
    assert one.look().reasons == ("queue", "rules")
    one.say("rules", "smile")
    (detail,) = rows(programme, t.rating_detail)
    assert (detail.reasons, detail.reasons_version) == ("rules", version)


@one_database
def test_a_flood_ends_at_its_door(programme: Programme, links: RatingLinks) -> None:
    token = token_of(programme.seat(), new_id())
    for _ in range(limits.A_LINK):
        links.visit(token, address="203.0.113.1")
    assert refused(lambda: links.visit(token, address="203.0.113.2")) == "busy"
    for _ in range(limits.AN_ADDRESS):
        with pytest.raises(LinkError):
            links.visit("A" * 165, address="2001:db8::1")
    other = token_of(programme.seat(counter=1), new_id())
    assert refused(lambda: links.visit(other, address="2001:db8::2")) == "busy", "one network"
    links.visit(other, address="203.0.113.1")
    links.visit(other)  # a caller whose address nobody knows is bounded by the link alone
    programme.clock.ms += MINUTE_MS
    links.visit(token, address="2001:db8::2")


def test_callers_beyond_counting_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_KEYS", 3)
    rate = limits.Rate(2)
    for key in ("a", "b", "c", "c"):
        rate.count(key, 1)
    assert refused(lambda: rate.count("d", 2)) == "busy"
    rate.count("a", 3)
    rate.count("d", MINUTE_MS)
