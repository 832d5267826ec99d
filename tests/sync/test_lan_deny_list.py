"""Who was shut out gets round an office whose server is gone, proved by the authority alone."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.credentials.clock import SystemClock
from app.domain.records import Revocation
from sync.client.lan import alarm_lane
from sync.client.lan.caller import Caller, CallFailed
from sync.client.lan.deny_list import DenyList, place
from sync.client.lan.host import LanHost
from sync.client.lan.node import LanNode
from sync.client.lan.settings import Address, LanSettings
from sync.client.lan.trust import NotTrusted, Peer
from sync.protocol.framing import decode, encode
from sync.protocol.lan import MAX_FRAME_BYTES, MOST_TOLD, LanAnswer, LanAsk
from sync.server.keys import make_keys
from tests.fakes.waiting import until
from tests.sync.lan_office import NOW_MS, YEAR_MS, Device, Office, TransferFake, Waiting
from tests.sync.test_lan_sockets import HERE, is_hung_up

OFFICE = Office()
A1, A2 = OFFICE.device(label="A1"), OFFICE.device(label="A2")
GONE = OFFICE.device(label="A3")
STRANGER = OFFICE.device(signer=make_keys(now_ms=NOW_MS)[0])


class Asked:
    """A counter's host and what it knows, with the disks in memory."""

    def __init__(self, folder: Path) -> None:
        self.device = OFFICE.device(label="B1")
        self.sync = Waiting(folder, self.device)
        self.deny_list = DenyList(self.device.store, self.sync, self.device.trust)
        self.host = LanHost(self.device.store, self.device.trust, self.deny_list, take_alarm=None)

    def ask(self, ask: LanAsk, *, sender: Device = A1) -> LanAnswer | None:
        answer = self.host.answer(sender.der, encode(ask))
        return None if answer is None else decode(answer, LanAnswer)


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path)


def test_what_a_neighbour_proves_is_believed_and_told_on(asked: Asked) -> None:
    word = OFFICE.revocation(GONE)
    assert asked.ask(LanAsk("present"), sender=GONE) is not None
    answer = asked.ask(LanAsk("present", shut_out=(word,)))
    assert answer is not None
    refused = LanAnswer("refused", "revoked", shut_out=(word,))
    assert asked.ask(LanAsk("present"), sender=GONE) == refused
    assert asked.ask(LanAsk("alarm", GONE.rate(1)), sender=GONE) == refused
    told = asked.ask(LanAsk("present"), sender=A2)
    assert told is not None
    assert (told.knows_ms, told.shut_out) == (NOW_MS, (word,))
    later = asked.ask(LanAsk("present", knows_ms=NOW_MS + 3_600_000), sender=A2)
    assert later is not None
    assert later.shut_out == ()


@pytest.mark.parametrize(
    "word",
    [
        Revocation(GONE.identity.device_id, NOW_MS),
        Revocation(GONE.identity.device_id, NOW_MS, b"\0" * 64),
        Revocation(GONE.identity.device_id, NOW_MS + 1, OFFICE.revocation(GONE).signature),
        Revocation(GONE.identity.device_id, NOW_MS, OFFICE.revocation(A2).signature),
        Revocation(GONE.identity.device_id, -1, OFFICE.revocation(GONE).signature),
        Revocation(GONE.identity.device_id, 2**64, OFFICE.revocation(GONE).signature),
        Office().revocation(GONE),  # by another authority
    ],
)
def test_no_neighbours_word_is_enough(asked: Asked, word: Revocation) -> None:
    assert asked.ask(LanAsk("present", shut_out=(word,))) is not None
    assert asked.ask(LanAsk("present"), sender=GONE) is not None
    told = asked.ask(LanAsk("present"))
    assert told is not None
    assert (told.knows_ms, told.shut_out) == (0, ())


def test_who_is_shut_out_brings_no_news_of_others(asked: Asked) -> None:
    asked.device.store.revoked.add(A1.identity.device_id)
    assert asked.ask(LanAsk("present", shut_out=(OFFICE.revocation(GONE),))) is None
    assert asked.ask(LanAsk("present"), sender=GONE) is not None


def test_what_was_pulled_without_a_proof_is_heeded_and_not_told(asked: Asked) -> None:
    asked.device.store.revoked.add(GONE.identity.device_id)
    assert asked.ask(LanAsk("present"), sender=GONE) is None
    answer = asked.ask(LanAsk("present"))
    assert answer is not None
    assert (answer.knows_ms, answer.shut_out) == (0, ())


def test_a_long_list_goes_in_messages_that_fit(asked: Asked) -> None:
    words = [OFFICE.revocation(GONE, ms=NOW_MS + n * 3_600_000) for n in range(1)]
    others = [OFFICE.device() for _ in range(MOST_TOLD + 20)]
    words += [OFFICE.revocation(each, ms=NOW_MS + n * 3_600_000) for n, each in enumerate(others)]
    asked.device.store.proved = words
    known_ms, heard, asks = 0, set(), 0
    while known_ms < words[-1].revoked_ms:
        frame = asked.host.answer(A1.der, encode(LanAsk("present", knows_ms=known_ms)))
        assert frame is not None
        assert len(frame) < MAX_FRAME_BYTES
        told = decode(frame, LanAnswer).shut_out
        heard |= {each.device_id for each in told}
        known_ms, asks = told[-1].revoked_ms, asks + 1
    assert heard == {each.device_id for each in words}
    assert asks == 2
    # and whoever sends more than that at once is heard no further
    asked.device.store.proved = []
    assert asked.ask(LanAsk("present", shut_out=tuple(words))) is not None
    assert len(asked.deny_list.devices()) == MOST_TOLD


def test_any_number_of_one_moment_is_told_one_message_after_the_other(asked: Asked) -> None:
    words = [OFFICE.revocation(OFFICE.device()) for _ in range(MOST_TOLD + 50)]
    asked.device.store.proved = words
    heard: list[Revocation] = []
    after = None
    while told := asked.ask(LanAsk("present", after=after)):
        if not told.shut_out:
            break
        assert len(told.shut_out) <= MOST_TOLD
        heard += told.shut_out
        after = (heard[-1].revoked_ms, heard[-1].device_id)
    assert len(heard) == len(words)
    assert set(heard) == set(words)


def test_a_seat_that_hears_of_itself_goes_blind_by_the_authoritys_word_alone(asked: Asked) -> None:
    own = OFFICE.revocation(asked.device)
    asked.sync.genuine = own.signature
    false = Revocation(own.device_id, own.revoked_ms, b"\0" * 64)
    assert asked.ask(LanAsk("present", shut_out=(false,))) is not None
    assert asked.sync.shut_for == []
    assert asked.ask(LanAsk("present", shut_out=(own,))) is not None
    assert asked.sync.shut_for == ["revoked"]


# --- over sockets --------------------------------------------------------------------------------


class Counters:
    """Two counters and a desk; the counters ask whom they are told of."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.stores: dict[UUID, Waiting] = {}
        self.desk = OFFICE.device("desk", label="D")
        self.at_desk = self.start(self.desk)

    def start(self, device: Device, *peers: Address) -> Address:
        """The seat's node, listening; returns where."""
        node = LanNode(
            device.store,
            self.stores.get(device.identity.device_id) or Waiting(self.folder, device),
            SystemClock(),
            on_alarm=lambda case: None,
            on_reach=lambda reached: None,
            settings=LanSettings("listed", Address(HERE, 0), peers),
            transfers=TransferFake(),
        )
        node.start()
        self._stack.callback(node.stop)
        until(lambda: node.port is not None, "it listens")
        return Address(HERE, node.port or 0)


@pytest.fixture
def counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counters]:
    """Who ask each other more often than in life."""
    monkeypatch.setattr(alarm_lane, "PROBE_S", 0.5)
    with contextlib.ExitStack() as stack:
        yield Counters(tmp_path, stack)


def ask(device: Device, address: Address, message: LanAsk | None = None) -> LanAnswer | None:
    """What a device that trusts everybody of its office is told; None where it is hung up on."""

    def admit(certificate: bytes) -> Peer:
        return device.trust.admit(certificate, now_ms=NOW_MS, revoked=frozenset())

    context = device.credentials().calling
    try:
        said = message or LanAsk("present")
        return Caller().ask(address, said, context=context, admit=admit, limit_s=10)[1]
    except CallFailed as error:
        if error.code:
            raise
        return None


def test_what_one_counter_has_pulled_all_neighbours_know(counters: Counters) -> None:
    """A2 has pulled; A1 asks it, and tells the desk, which nobody else told."""
    a1, a2 = OFFICE.device(label="A1"), OFFICE.device(label="A2")
    at_a2 = counters.start(a2)
    assert ask(GONE, counters.at_desk) is not None
    a2.store.proved = [OFFICE.revocation(GONE)]
    at_a1 = counters.start(a1, at_a2, counters.at_desk)
    until(lambda: is_refused(GONE, at_a1), "A1 has heard of it")
    # The desk is told when it is asked next; a counter that starts asks at once
    counters.start(OFFICE.device(label="A4"), at_a1, counters.at_desk)
    until(lambda: knows(counters.at_desk) == NOW_MS, "the desk has heard of it")
    for address in (at_a1, at_a2, counters.at_desk):
        assert is_refused(GONE, address)


def test_more_than_one_message_holds_get_round_both_ways(counters: Counters) -> None:
    """All of one second: A2 has pulled them, A1 asks it and tells the desk."""
    a1, a2 = OFFICE.device(label="A1"), OFFICE.device(label="A2")
    a2.store.proved = [OFFICE.revocation(OFFICE.device()) for _ in range(MOST_TOLD + 50)]
    at_a1 = counters.start(a1, counters.start(a2))
    until(lambda: knows_count(at_a1) == MOST_TOLD + 50, "A1 has heard of all")
    # The desk has heard the first message of them when the line breaks
    some = tuple(sorted(a2.store.proved, key=place)[:MOST_TOLD])
    assert ask(a2, counters.at_desk, LanAsk("present", shut_out=some)) is not None
    assert knows(counters.at_desk) == NOW_MS
    counters.start(OFFICE.device(label="A4"), at_a1, counters.at_desk)
    until(lambda: knows_count(counters.at_desk) == MOST_TOLD + 50, "the desk has heard of all")


def test_a_pc_that_was_shut_out_hears_it_from_its_neighbours(counters: Counters) -> None:
    """And goes blind, with the server gone: the neighbour shows it the authority's own word."""
    gone = OFFICE.device(label="A5")
    own = OFFICE.revocation(gone)
    counters.desk.store.proved = [own]
    counters.stores[own.device_id] = store = Waiting(counters.folder, gone)
    store.genuine = own.signature
    counters.start(gone, counters.at_desk)
    until(lambda: store.shut_for == ["revoked"], "it goes blind")


def is_refused(device: Device, address: Address) -> bool:
    answer = ask(device, address)
    return answer is not None and (answer.outcome, answer.code) == ("refused", "revoked")


def knows_count(address: Address) -> int:
    answer = ask(OFFICE.device(label="A9"), address)
    assert answer is not None
    return answer.knows_count


def knows(address: Address) -> int:
    answer = ask(OFFICE.device(label="A9"), address)
    assert answer is not None
    return answer.knows_ms


@pytest.mark.parametrize(
    "caller",
    [
        STRANGER,
        OFFICE.device(enrolled_ms=NOW_MS - 6 * YEAR_MS),
        Office(OFFICE.keys).device(),  # of another programme of the same server
    ],
)
def test_a_counter_answers_nobody_else(counters: Counters, caller: Device) -> None:
    address = counters.start(OFFICE.device(label="A1"))
    assert ask(OFFICE.device(label="A9"), address) is not None
    with pytest.raises(CallFailed):
        Caller().ask(
            address,
            LanAsk("present"),
            context=caller.credentials().calling,
            admit=lambda certificate: Peer(None, "", None),  # type: ignore[arg-type]
            limit_s=10,
        )
    with socket.create_connection((HERE, address.port)) as line:
        line.settimeout(10)
        line.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert is_hung_up(line)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: OFFICE.device(enrolled_ms=NOW_MS - 6 * YEAR_MS), "expired"),
        (lambda: Office(OFFICE.keys).device(), "other_programme"),
        (lambda: GONE, "revoked"),
    ],
)
def test_and_tells_nobody_else_anything(
    counters: Counters, tmp_path: Path, make: object, code: str
) -> None:
    """The calling side judges whoever answers before it says a word."""
    assert callable(make)
    false: Device = make()
    address = counters.start(false)
    counter = OFFICE.device(label="A1")
    counter.store.proved = [OFFICE.revocation(GONE)]
    deny_list = DenyList(counter.store, Waiting(tmp_path, counter), counter.trust)

    def admit(certificate: bytes) -> Peer:
        return counter.trust.admit(certificate, now_ms=NOW_MS, revoked=deny_list.devices())

    with pytest.raises(CallFailed) as failed:
        Caller().ask(address, LanAsk("present"), context=counter.credentials().calling, admit=admit)
    assert failed.value.code == code
    assert isinstance(failed.value.__cause__, NotTrusted)
