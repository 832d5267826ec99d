"""Which build a seat may have: the same answer each time, and more PCs with a larger share."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client.updating.builds import (
    SHARES,
    BadBuild,
    Build,
    SeatFacts,
    choose,
    is_newer,
    place_of,
    why_not,
    worth_fetching,
)
from tests.updating.conftest import a_build

SEAT = SeatFacts(
    running="0.1.0",
    device_id=uuid.UUID(int=7),
    office="PEK",
    data_version=16,
    entry_version=1,
    unsent=0,
    refused=frozenset(),
)
VERSIONS = st.lists(st.integers(0, 99_999), min_size=2, max_size=4).map(
    lambda numbers: ".".join(map(str, numbers))
)


@given(st.uuids(), st.sampled_from(["0.2.0", "1.10.3"]), st.integers(0, SHARES))
def test_a_pc_is_in_from_its_place_on_and_stays_in(
    device: uuid.UUID, version: str, share: int
) -> None:
    seat = replace(SEAT, device_id=device)
    place = place_of(device, version)
    assert 0 <= place < SHARES
    is_in = why_not(a_build(version, share=share), seat) is None
    assert is_in == (place < share)
    larger = a_build(version, share=min(SHARES, share + 1))
    assert not is_in or why_not(larger, seat) is None


def test_a_share_is_what_it_says_and_not_the_same_pcs_each_time() -> None:
    devices = [uuid.UUID(int=number) for number in range(20_000)]
    first = {device for device in devices if place_of(device, "0.2.0") < 1000}
    second = {device for device in devices if place_of(device, "0.3.0") < 1000}
    assert 1800 < len(first) < 2200  # four standard deviations around 2,000
    assert len(first & second) < 300


@given(VERSIONS, VERSIONS, VERSIONS)
def test_versions_are_ordered(one: str, other: str, third: str) -> None:
    assert not is_newer(one, one)
    assert not (is_newer(one, other) and is_newer(other, one))
    assert not (is_newer(one, other) and is_newer(other, third)) or is_newer(one, third)


def test_versions_compare_by_numbers() -> None:
    assert is_newer("0.10", "0.9.9")
    assert not is_newer("1.0.0", "1.0")
    assert not is_newer("0.2", "source")


@pytest.mark.parametrize(
    ("build", "seat", "reason"),
    [
        ({"version": "0.1.0"}, {}, "not_newer"),
        ({"version": "0.0.9"}, {}, "not_newer"),
        ({}, {"refused": frozenset({"0.2.0"})}, "refused"),
        ({"offices": ["SHA"]}, {}, "other_office"),
        ({"offices": ["SHA", "PEK"]}, {}, None),
        ({"share": 0}, {}, "not_its_turn"),
        ({"share": SHARES - 1}, {"device_id": None}, "not_its_turn"),
        ({"share": SHARES}, {"device_id": None}, None),
        ({"reads_data_from": 17, "writes_data": 18}, {}, "data_unreadable"),
        ({"writes_data": 15}, {}, "data_unreadable"),
        ({"reads_entries_from": 2}, {"unsent": 1}, "unsent_unreadable"),
        ({"reads_entries_from": 2}, {"unsent": 0}, None),
        ({"reads_entries_from": 1}, {"unsent": 500}, None),
    ],
)
def test_why_a_seat_may_not_have_it(
    build: dict[str, Any], seat: dict[str, Any], reason: str | None
) -> None:
    assert why_not(a_build(**{"version": "0.2.0", **build}), replace(SEAT, **seat)) == reason


def test_the_newest_that_is_allowed_is_chosen() -> None:
    builds = [a_build("0.2.0"), a_build("0.10.0"), a_build("0.11.0", share=0), a_build("0.9.0")]
    chosen = choose(builds, SEAT)
    assert chosen is not None
    assert chosen.version == "0.10.0"
    assert choose(builds[2:3], SEAT) is None


def test_what_is_fetched_for_whoever_is_whose_turn() -> None:
    builds = [a_build("0.2.0"), a_build("0.3.0"), a_build("0.4.0", share=100), a_build("0.5.0")]
    everybodys = worth_fetching(builds, channel="stable", above="0.1.0")
    assert [build.version for build in everybodys] == ["0.5.0"]
    staged = worth_fetching(builds[:3], channel="stable", above="0.1.0")
    assert [build.version for build in staged] == ["0.3.0", "0.4.0"]
    assert worth_fetching(builds, channel="stable", above="0.5.0") == []


@pytest.mark.parametrize(
    "said",
    [
        {"version": "../../etc"},
        {"version": "1"},
        {"version": 2},
        {"channel": "Stable"},
        {"share": SHARES + 1},
        {"share": -1},
        {"share": True},
        {"unpacked_bytes": 0},
        {"unpacked_bytes": 1 << 40},
        {"reads_data_from": 17},
        {"offices": "PEK"},
    ],
    ids=str,
)
def test_a_description_that_makes_no_sense_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(BadBuild):
        a_build(**{"version": "0.2.0", **said})


@pytest.mark.parametrize("said", [None, [], "build", {}, {"version": "0.2.0"}])
def test_no_description_is_refused(said: object) -> None:
    with pytest.raises(BadBuild):
        Build.from_json(said)


def test_a_newer_tools_description_can_be_read() -> None:
    build = a_build("0.2.0")
    assert Build.from_json({**build.to_json(), "colour": "blue"}) == build
