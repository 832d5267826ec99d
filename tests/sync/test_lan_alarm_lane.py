"""When a counter asks which neighbour what: no network and no clock in it."""

from __future__ import annotations

import random
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.entry import copy_statement
from app.domain.errors import Unavailable
from app.domain.events import RatingRecorded, RedemptionRequested
from app.ports.sync_store import UrgentCopy
from app.settings.in_force import read_settings
from sync.client.lan.alarm_lane import GRACE_S, PROBE_S, AlarmLane, Call
from sync.client.lan.copies import read_copy
from sync.client.lan.settings import Address, LanSettings, lan_settings, read_address
from sync.client.lan.trust import Peer
from sync.protocol.lan import LanAnswer
from tests.sync.lan_office import NOW_MS, Device, Office, Waiting

OFFICE = Office()
COUNTER = OFFICE.device(label="A1")
NEAR, FAR = Address("10.0.0.1", 8461), Address("10.0.0.2", 1)


class Bench:
    """A lane, its clock, and neighbours that answer as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.store = Waiting(folder, COUNTER)
        self.lane = AlarmLane(self.store, source=random.Random(1))
        self.now = 100.0
        self.addresses = [NEAR]
        self.down: set[Address] = set()
        self.answers: dict[Address, LanAnswer] = {}
        self.guests: dict[Address, Device] = {NEAR: OFFICE.device("desk")}
        self.asked: list[tuple[float, Call]] = []
        self.told: list[Address] = []

    def alarms(self, address: Address = NEAR) -> list[UUID]:
        calls = [call for _, call in self.asked if call.address == address]
        return [call.event_id for call in calls if call.event_id is not None]

    def probes(self, address: Address = NEAR) -> list[float]:
        called = [(now, call) for now, call in self.asked if call.address == address]
        return [now for now, call in called if call.event_id is None]

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while True:
            calls, next_s = self.lane.poll(self.now, self.addresses)
            for call in calls:
                self.asked.append((self.now, call))
                if call.address in self.down:
                    self.lane.failed(call, self.now)
                    continue
                if call.event_id is not None:
                    if self.guests[call.address].identity.kind == "counter":
                        self.lane.no_desk(call, self.now)
                        continue
                    self.told.append(call.address)
                kind = "present" if call.event_id is None else "kept"
                answer = self.answers.get(call.address, LanAnswer(kind))  # type: ignore[arg-type]
                self.lane.answered(call, self.peer(call.address), answer, self.now)
            if calls:
                continue
            assert next_s > self.now, "it would never rest"
            if next_s > until:
                break
            self.now = next_s
        self.now = until

    def peer(self, address: Address) -> Peer:
        guest = self.guests[address]
        return COUNTER.trust.admit(guest.der, now_ms=NOW_MS, revoked=frozenset())

    def note(self) -> None:
        self.lane.note_entries()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_the_server_takes_in_time_goes_to_no_desk(bench: Bench) -> None:
    bench.run(1)
    bench.store.rate()
    bench.note()
    bench.run(GRACE_S / 2)
    bench.store.copies.clear()
    bench.run(60)
    assert bench.alarms() == []


def test_what_it_does_not_goes_to_every_desk_once(bench: Bench) -> None:
    bench.addresses = [NEAR, FAR]
    bench.guests[FAR] = OFFICE.device("desk")
    bench.run(1)
    event_id = bench.store.rate()
    bench.note()
    begun = bench.now
    bench.run(600)
    assert bench.alarms(NEAR) == bench.alarms(FAR) == [event_id]
    first = min(now for now, call in bench.asked if call.event_id)
    assert first - begun == pytest.approx(GRACE_S)


def test_a_desk_that_does_not_hear_the_server_is_told_at_once(bench: Bench) -> None:
    bench.answers[NEAR] = LanAnswer("present", hears_server=False)
    bench.run(1)
    event_id = bench.store.rate()
    bench.note()
    begun = bench.now
    bench.run(0)
    assert bench.alarms() == [event_id]
    assert bench.now == begun


def test_a_copy_is_signed_as_for_the_server_and_carries_its_words(bench: Bench) -> None:
    bench.store.rate()
    bench.note()
    bench.run(1)
    request = next(call.ask.copy for _, call in bench.asked if call.event_id)
    assert request is not None
    assert bytes(request.entry) == bench.store.copies[0].body
    own = bench.guests[NEAR].trust.admit(COUNTER.der, now_ms=NOW_MS, revoked=frozenset())
    assert read_copy(request, own).body == bench.store.copies[0].body
    own.key.verify(request.signature, copy_statement(bytes(request.entry)))
    assert [blob.content for blob in request.blobs] == [b"words"]


def test_other_urgent_entries_are_the_servers_alone(bench: Bench) -> None:
    body = COUNTER.body(RatingRecorded(uuid4(), uuid4(), 1, 1))
    other = RedemptionRequested.TYPE.encode()
    body = body.replace(RatingRecorded.TYPE.encode(), other)
    bench.store.copies.append(UrgentCopy(uuid4(), body, ()))
    bench.note()
    bench.run(60)
    assert bench.alarms() == []


def test_a_rating_is_never_asked_of_another_counter(bench: Bench) -> None:
    bench.guests[NEAR] = OFFICE.device("counter")
    bench.run(1)
    bench.store.rate()
    bench.note()
    bench.run(1000)
    assert bench.alarms() == []
    assert not bench.lane.reaches_desk(bench.now)
    assert len(bench.probes()) < 6


def test_a_counter_that_is_met_while_an_alarm_waits_is_told_nothing_and_known_after(
    bench: Bench,
) -> None:
    bench.guests[NEAR] = OFFICE.device("counter")
    bench.store.rate()
    bench.note()
    bench.run(GRACE_S + 1)  # its probe is under way, so the alarm is the first to be tried
    bench.note()
    bench.addresses.append(FAR)
    bench.guests[FAR] = OFFICE.device("counter")
    bench.run(600)
    assert len(bench.alarms(FAR)) == 1
    assert bench.told == []
    assert len(bench.probes(FAR)) < 4


@pytest.mark.parametrize("outcome", ["busy", "down"])
def test_a_desk_that_keeps_nothing_is_asked_again(bench: Bench, outcome: str) -> None:
    event_id = bench.store.rate()
    if outcome == "busy":
        bench.answers[NEAR] = LanAnswer("busy")
    else:
        bench.down.add(NEAR)
    bench.note()
    bench.run(60)
    assert 6 <= len(bench.alarms()) <= 20
    assert set(bench.alarms()) == {event_id}
    bench.answers.clear()
    bench.down.clear()
    bench.asked.clear()
    bench.run(60)
    assert bench.alarms() == [event_id]


def test_a_desk_that_refuses_is_not_asked_again(bench: Bench) -> None:
    event_id = bench.store.rate()
    bench.answers[NEAR] = LanAnswer("refused", "conflict")
    bench.note()
    bench.run(60)
    assert bench.alarms() == [event_id]


def test_a_fresh_alarm_waits_for_no_rest(bench: Bench) -> None:
    bench.down.add(NEAR)
    bench.store.rate()
    bench.note()
    bench.run(120)
    bench.down.clear()
    bench.asked.clear()
    event_id = bench.store.rate()
    bench.note()
    bench.run(GRACE_S)
    assert event_id in bench.alarms()


def test_after_a_long_outage_the_newest_still_rings_at_once(bench: Bench) -> None:
    old = [bench.store.rate() for _ in range(50)]
    bench.run(1)
    assert bench.alarms() == old
    newest = bench.store.rate()
    bench.note()
    bench.run(GRACE_S)
    assert bench.alarms() == [*old, newest]


def test_it_knows_beforehand_whether_a_desk_would_hear(bench: Bench) -> None:
    assert not bench.lane.reaches_desk(bench.now)
    bench.run(5 * PROBE_S)
    assert bench.lane.reaches_desk(bench.now)
    assert 5 <= len(bench.probes()) <= 7
    bench.down.add(NEAR)
    bench.run(PROBE_S)
    assert not bench.lane.reaches_desk(bench.now)
    bench.down.clear()
    bench.run(15)
    assert bench.lane.reaches_desk(bench.now)
    bench.addresses = []
    bench.run(1)
    assert not bench.lane.reaches_desk(bench.now)


def test_a_call_under_way_does_not_hold_up_the_next_alarm(bench: Bench) -> None:
    (probe,), _ = bench.lane.poll(bench.now, bench.addresses)
    assert probe.event_id is None
    bench.store.rate()
    bench.note()
    bench.lane.poll(bench.now, bench.addresses)
    (alarm,), _ = bench.lane.poll(bench.now + GRACE_S, bench.addresses)
    assert alarm.event_id is not None
    assert bench.lane.poll(bench.now + GRACE_S, bench.addresses)[0] == []
    # an address that is no longer there may still answer
    bench.addresses = []
    bench.lane.poll(bench.now + 1, [])
    bench.lane.failed(probe, bench.now + 1)
    bench.lane.answered(alarm, bench.peer(NEAR), LanAnswer("kept"), bench.now + 1)


def test_a_disk_that_fails_is_tried_again(bench: Bench) -> None:
    event_id = bench.store.rate()
    bench.store.fail_with = Unavailable("disk_error", "no answer")
    bench.note()
    bench.run(3)
    assert bench.alarms() == [event_id]


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.4.17", Address("10.0.4.17", 8461)),
        ("desk-2.example:99", Address("desk-2.example", 99)),
        (":0", Address("", 0)),
        ("[fe80::1]:7", Address("fe80::1", 7)),
        ("fe80::1", Address("fe80::1", 8461)),
    ],
)
def test_addresses_are_read_and_written(text: str, address: Address) -> None:
    assert read_address(text) == address
    assert read_address(str(address)) == address


@pytest.mark.parametrize("text", ["desk:port", "desk:99999", "a desk", "desk:-1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_address(text)


@pytest.fixture
def _told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUICHET_LAN")  # by which tests keep their seats to themselves


@pytest.mark.usefixtures("_told_nothing")
def test_the_command_line_goes_before_the_environment_and_that_before_the_machines_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert near(tmp_path) == LanSettings()
    (tmp_path / "lan.ini").write_text(
        "[lan]\nmode = listed ; no multicast here\nlisten = :0\npeers = a, b:2\n  c\n"
    )
    peers = (Address("a", 8461), Address("b", 2), Address("c", 8461))
    told = LanSettings("listed", Address("", 0), peers)
    assert near(tmp_path) == told
    mixed = near(tmp_path, lan_mode="off", lan_listen="127.0.0.1:5", lan_peers=("d:4",))
    assert mixed == LanSettings("off", Address("127.0.0.1", 5), (Address("d", 4),))
    monkeypatch.setenv("GUICHET_LAN", "auto")
    assert near(tmp_path).mode == "auto"
    assert near(tmp_path, lan_mode="listed").mode == "listed"
    monkeypatch.setenv("GUICHET_LAN", "on")
    assert near(tmp_path).mode == "listed"
    (mistake,) = read_settings({"data_folder": tmp_path}).problems
    assert "none of" in str(mistake)


def near(folder: Path, **told: object) -> LanSettings:
    return lan_settings(read_settings({"data_folder": folder, **told}).values)


@pytest.mark.usefixtures("_told_nothing")
@pytest.mark.parametrize(
    "text", ["[lan]\nmode = perhaps\n", "[lan]\nlisten = x:y\n", "no section", "[lan]\n\xff%("]
)
def test_a_file_with_a_mistake_keeps_no_counter_from_opening(tmp_path: Path, text: str) -> None:
    (tmp_path / "lan.ini").write_text(text, encoding="latin-1")
    assert near(tmp_path).mode == "auto"
