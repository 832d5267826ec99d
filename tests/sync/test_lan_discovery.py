"""Neighbours found by multicast, and two seats in network namespaces of their own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from zeroconf import ServiceStateChange

from sync.client.lan.discovery import (
    MOST_COUNTERS,
    MOST_COUNTERS_FOUND,
    MOST_FOUND,
    TURN_S,
    Discovery,
)
from sync.client.lan.settings import Address
from sync.client.transport import READ_S
from sync.protocol.lan import KIND_PROPERTY, OFFICE_PROPERTY, SERVICE_TYPE

ROOT = Path(__file__).resolve().parents[2]


class Air:
    """What zeroconf would tell: for each name a port, addresses and properties."""

    def __init__(self) -> None:
        self.services: dict[str, Any] = {}
        self.heard = 0
        self.discovery = Discovery("ours", self.note, kind="counter")

    def note(self) -> None:
        self.heard += 1

    def say(
        self,
        name: str,
        *hosts: str,
        tag: str | None = "ours",
        port: int = 8461,
        kind: str | None = "desk",
    ) -> None:
        self.services[name] = SimpleNamespace(
            port=port,
            decoded_properties={OFFICE_PROPERTY: tag, KIND_PROPERTY: kind},
            parsed_scoped_addresses=lambda: list(hosts),
        )
        self.tell(name, ServiceStateChange.Added)

    def tell(self, name: str, change: ServiceStateChange) -> None:
        self.discovery._on_change(self, SERVICE_TYPE, name, change)  # type: ignore[arg-type]

    def get_service_info(self, service_type: str, name: str, timeout_ms: int) -> Any:
        return self.services.get(name)


def test_desks_of_our_office_are_found_and_lost() -> None:
    air = Air()
    air.say("a", "10.0.0.1", "192.168.7.1")
    air.say("b", "10.0.0.2", port=99)
    at_a = [Address("10.0.0.1", 8461), Address("192.168.7.1", 8461)]
    assert air.discovery.found() == [*at_a, Address("10.0.0.2", 99)]
    air.tell("b", ServiceStateChange.Removed)
    assert air.discovery.found() == at_a
    air.say("a", "10.0.0.9")  # its address has changed
    assert air.discovery.found() == [Address("10.0.0.9", 8461)]
    del air.services["a"]
    air.tell("a", ServiceStateChange.Updated)  # it can't be asked any more
    assert air.discovery.found() == []
    assert air.heard == 5


@pytest.mark.parametrize("tag", ["theirs", "", None])
def test_others_are_passed_over(tag: str | None) -> None:
    air = Air()
    air.say("a", "10.0.0.1", tag=tag)
    air.say("b", "10.0.0.1", port=0)
    assert air.discovery.found() == []


def test_whoever_floods_the_air_is_bounded() -> None:
    air = Air()
    for number in range(5 * MOST_FOUND):
        air.say(str(number), *(f"10.0.{number % 250}.{host}" for host in range(20)))
    assert len(air.discovery.found()) == 4 * MOST_FOUND


def test_a_hall_of_counters_keeps_no_desk_from_being_found() -> None:
    air = Air()
    for number in range(2 * MOST_FOUND):
        air.say(f"c{number:03}", f"10.0.1.{number}", kind="counter" if number % 2 else None)
    air.say("desk", "10.0.0.1")
    desk, *counters = air.discovery.found()
    assert desk == Address("10.0.0.1", 8461)
    assert counters == [Address(f"10.0.1.{number}", 8461) for number in range(MOST_COUNTERS)]
    air.say("c000", "10.0.1.0", kind="desk")  # it has been set up anew
    assert air.discovery.found()[:2] == [desk, Address("10.0.1.0", 8461)]


def test_a_strangers_low_names_do_not_keep_counters_from_each_other() -> None:
    air = Air()
    for number in range(3 * MOST_COUNTERS):
        air.say(f"0{number:02}", f"10.0.6.{number}", kind="counter")
    ours = [Address(f"10.0.1.{number}", 8461) for number in range(2)]
    for place in ours:
        air.say(f"a{place.host}", place.host, "10.0.9.9", kind="counter")
    now, looks = 0.0, 0
    while not set(ours) <= set(air.discovery.found()):
        for place in air.discovery.found():
            if place in ours:
                air.discovery.answered(place)
            else:  # of ours the second address leads nowhere
                air.discovery.failed(place, now)
        now, looks = now + TURN_S, looks + 1
        assert looks < 4 * MOST_COUNTERS
    for _ in range(10):
        for place in set(air.discovery.found()) - set(ours):
            air.discovery.failed(place, now)
        now += TURN_S
        assert set(ours) <= set(air.discovery.found()), "who answers stays"


def test_counters_that_fail_all_at_once_are_tried_one_after_the_other() -> None:
    air = Air()
    for number in range(2 * MOST_COUNTERS):
        air.say(f"c{number}", f"10.0.1.{number}", kind="counter")
    before = air.discovery.found()
    for place in before:
        air.discovery.failed(place, 100.0)
    assert len(set(before) - set(air.discovery.found())) == 1


def test_a_counter_finds_a_place_where_strangers_have_filled_the_air() -> None:
    air = Air()
    for number in range(MOST_COUNTERS_FOUND):
        air.say(f"0{number:03}", f"10.{number % 250}.6.{number // 250}", kind="counter")
    air.discovery.failed(air.discovery.found()[0], 0.0)
    air.say("a", "10.0.1.1", kind="counter")
    assert len(air.discovery._found["counter"]) == MOST_COUNTERS_FOUND
    assert "a" in air.discovery._found["counter"]


def test_nobody_finds_itself() -> None:
    air = Air()
    air.say(air.discovery._announcement(8461, ["10.0.0.1"]).name, "10.0.0.1", kind="counter")
    assert air.discovery.found() == []


def test_nothing_announced_names_anybody() -> None:
    import socket

    first, second = (Discovery("0123456789abcdef", lambda: None, kind="counter") for _ in range(2))
    info = first._announcement(8461, ["10.0.0.1"])
    said = {OFFICE_PROPERTY: "0123456789abcdef", KIND_PROPERTY: "counter"}
    assert info.decoded_properties == said
    assert socket.gethostname().lower() not in f"{info.name} {info.server}".lower()
    assert second._announcement(8461, ["10.0.0.1"]).name != info.name


def test_closing_before_it_has_begun_waits_for_nothing() -> None:
    discovery = Discovery("ours", lambda: None, kind="counter", begin_after_s=60)
    discovery.start()
    discovery.close()
    assert not discovery._thread.is_alive()


# --- namespaces ----------------------------------------------------------------------------------


# Of this run alone: another may be under way on the same machine
AT_DESK, AT_COUNTER = f"gdesk{os.getpid()}", f"gcounter{os.getpid()}"
DESKS_END, COUNTERS_END = f"gd{os.getpid()}", f"gc{os.getpid()}"


class Namespaces:
    """A desk's and a counter's, one cable between them and none to anywhere else."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        for name in (AT_DESK, AT_COUNTER):
            self.ip("netns", "add", name)
            stack.callback(self.ip, "netns", "del", name)
        self.ip(*["link", "add", DESKS_END, "type", "veth", "peer", "name", COUNTERS_END])
        for end, name, address in (
            (DESKS_END, AT_DESK, "10.97.0.1"),
            (COUNTERS_END, AT_COUNTER, "10.97.0.2"),
        ):
            self.ip("link", "set", end, "netns", name)
            inside = ("netns", "exec", name, "ip")
            self.ip(*inside, "addr", "add", f"{address}/24", "dev", end)
            self.ip(*inside, "link", "set", "lo", "up")
            self.ip(*inside, "link", "set", end, "up")
            self.ip(*inside, "route", "add", "224.0.0.0/4", "dev", end)

    @staticmethod
    def ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)

    def cable(self, state: str) -> None:
        self.ip("netns", "exec", AT_COUNTER, "ip", "link", "set", COUNTERS_END, state)

    def start(self, namespace: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.sync.lan_process", *arguments]
        process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(end, process)
        return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=30)  # its input ends, and so does it
    assert process.returncode == 0


def said(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


@pytest.fixture
def namespaces() -> Iterator[Namespaces]:
    with contextlib.ExitStack() as stack:
        yield Namespaces(stack)


@pytest.mark.slow
def test_two_seats_that_share_a_cable_alone_find_each_other_and_ring(
    namespaces: Namespaces, tmp_path: Path
) -> None:
    desk = namespaces.start(AT_DESK, str(tmp_path / "office"), "desk")
    assert said(desk)["listens"]
    counter = namespaces.start(AT_COUNTER, str(tmp_path / "office"), "counter")
    assert said(counter) == {"reached": True}
    assert counter.stdin is not None

    def rate() -> float:
        print("rate", file=counter.stdin, flush=True)
        return float(said(counter)["rated_s"])

    rated_s = rate()
    rang = said(desk)
    assert rang["label"] == "A1"
    assert rang["rang_s"] - rated_s < READ_S, "it waits for no call to the server to end"

    namespaces.cable("down")
    assert said(counter) == {"reached": False}
    rate()
    time.sleep(1)  # nothing can ring meanwhile
    namespaces.cable("up")
    namespaces.ip(
        *["netns", "exec", AT_COUNTER, "ip", "route", "replace", "224.0.0.0/4"],
        *["dev", COUNTERS_END],
    )  # which went with the cable
    assert said(counter) == {"reached": True}
    assert said(desk)["label"] == "A1"
