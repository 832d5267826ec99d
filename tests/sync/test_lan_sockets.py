"""The office's network over real sockets on this machine: who gets through, and who can't harm."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from app.credentials.clock import SystemClock
from app.domain.records import Case
from sync.client.lan import parts
from sync.client.lan.caller import Caller, CallFailed
from sync.client.lan.frames import BadFrame, Deadline, receive_frame
from sync.client.lan.listener import MOST_OF_ONE_ADDRESS, Listener
from sync.client.lan.node import LanNode
from sync.client.lan.settings import Address, LanSettings
from sync.client.lan.trust import NotTrusted, Peer, make_context
from sync.protocol.certified import Certified
from sync.protocol.framing import decode, encode
from sync.protocol.lan import MAX_FRAME_BYTES, LanAnswer, LanAsk
from sync.server.keys import make_keys
from tests.fakes.waiting import until
from tests.sync.lan_office import NOW_MS, Device, Office, TransferFake, Waiting

OFFICE = Office()
DESK, COUNTER = OFFICE.device("desk", label="D"), OFFICE.device(label="A1")
STRANGER = OFFICE.device(signer=make_keys(now_ms=NOW_MS)[0])
HERE = "127.0.0.1"
LIMIT_S = 10.0


class Door:
    """A listener of the desk's that notes who gets as far as asking something."""

    def __init__(self, conversation_s: float = 4.0) -> None:
        self.asked: list[bytes] = []
        self.listener = Listener(
            (HERE, 0), DESK.credentials().serving, self.answer, conversation_s=conversation_s
        )
        self.address = Address(HERE, self.listener.port)

    def answer(self, certificate: bytes, frame: bytes) -> bytes | None:
        DESK.trust.admit(certificate, now_ms=NOW_MS, revoked=frozenset())
        self.asked.append(frame)
        return encode(LanAnswer("present"))

    def call(self, device: Device = COUNTER, *, limit_s: float = LIMIT_S) -> LanAnswer:
        caller = Caller()
        context = device.credentials().calling

        def admit(certificate: bytes) -> Peer:
            return device.trust.admit(certificate, now_ms=NOW_MS, revoked=frozenset())

        ask = LanAsk("present")
        return caller.ask(self.address, ask, context=context, admit=admit, limit_s=limit_s)[1]

    def knock(self) -> socket.socket:
        line = socket.create_connection((HERE, self.address.port))
        line.settimeout(LIMIT_S)
        return line


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.listener.close()


@pytest.fixture
def impatient() -> Iterator[Door]:
    """A door that listens to nobody for longer than half a second."""
    made = Door(conversation_s=0.5)
    yield made
    made.listener.close()


def is_hung_up(line: socket.socket) -> bool:
    """Whether the other end has closed, whatever it says before."""
    try:
        while line.recv(1024):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def threads() -> set[str]:
    return {each.name for each in threading.enumerate() if each.name.startswith("lan")}


# --- who gets through ----------------------------------------------------------------------------


def test_a_neighbour_is_answered_and_nothing_is_left(door: Door) -> None:
    assert door.call() == LanAnswer("present")
    assert decode(door.asked[0], LanAsk) == LanAsk("present")
    until(lambda: "lan-serve" not in threads(), "the conversation's thread ends")
    door.listener.close()
    assert threads() == set()
    with pytest.raises(CallFailed):
        door.call()


def context_of(device: Device, **changes: object) -> ssl.SSLContext:
    context = make_context(ssl.PROTOCOL_TLS_CLIENT, device.store.authority, device.store.present)
    context.verify_mode = ssl.CERT_NONE
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def without_certificate() -> ssl.SSLContext:
    return make_context(ssl.PROTOCOL_TLS_CLIENT, DESK.store.authority, lambda context: None)


def of_another_protocol() -> ssl.SSLContext:
    context = context_of(COUNTER)
    context.set_alpn_protocols(["http/1.1"])
    return context


def of_old_tls() -> ssl.SSLContext:
    old = ssl.TLSVersion.TLSv1_2
    return context_of(COUNTER, minimum_version=old, maximum_version=old)


@pytest.mark.parametrize(
    "make",
    [without_certificate, of_another_protocol, of_old_tls, lambda: context_of(STRANGER)],
)
def test_nobody_else_gets_as_far_as_asking(door: Door, make: Callable[[], ssl.SSLContext]) -> None:
    with contextlib.suppress(OSError), make().wrap_socket(door.knock()) as line:
        line.sendall((2).to_bytes(4, "big") + b"{}")
        assert is_hung_up(line)
    assert door.call() == LanAnswer("present")
    assert len(door.asked) == 1


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"\0" * 70_000])
def test_nor_does_whoever_speaks_no_tls(door: Door, said: bytes) -> None:
    with door.knock() as line:
        with contextlib.suppress(OSError):
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
        assert is_hung_up(line)
    assert door.call() == LanAnswer("present")
    assert len(door.asked) == 1


def test_a_counter_tells_nothing_to_a_false_desk(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def listen(certificate: bytes, frame: bytes) -> bytes:
        heard.append(frame)
        return encode(LanAnswer("kept"))

    false = OFFICE.device("desk", signer=make_keys(now_ms=NOW_MS)[0])
    context = make_context(ssl.PROTOCOL_TLS_SERVER, OFFICE.keys.authority_pem, false.store.present)
    listener = Listener((HERE, 0), context, listen)
    door = Door()
    door.address = Address(HERE, listener.port)
    with pytest.raises(CallFailed):
        door.call()
    listener.close()
    door.listener.close()
    assert heard == []


def test_nor_to_a_desk_that_it_does_not_admit(door: Door) -> None:
    def refuse(certificate: bytes) -> Peer:
        raise NotTrusted("revoked")

    with pytest.raises(CallFailed, match="revoked"):
        Caller().ask(
            door.address,
            LanAsk("present"),
            context=COUNTER.credentials().calling,
            admit=refuse,
        )
    door.listener.close()
    assert door.asked == []


# --- who can't harm ------------------------------------------------------------------------------


def secure_line(door: Door) -> ssl.SSLSocket:
    return context_of(COUNTER).wrap_socket(door.knock())


def test_a_frame_too_long_is_not_read(door: Door) -> None:
    with secure_line(door) as line:
        line.sendall((2**31).to_bytes(4, "big"))
        assert is_hung_up(line)
    assert door.asked == []


def test_its_length_alone_is_enough_to_refuse_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))
        with pytest.raises(BadFrame):
            receive_frame(ours, Deadline(LIMIT_S))


def test_one_address_gets_no_more_than_its_share() -> None:
    patient = Door(conversation_s=60.0)
    lines = [patient.knock() for _ in range(MOST_OF_ONE_ADDRESS + 1)]
    assert is_hung_up(lines[-1])  # the last to come; nobody else is hung up on for a minute
    served = [each for each in threading.enumerate() if each.name == "lan-serve"]
    assert len(served) == MOST_OF_ONE_ADDRESS
    patient.listener.close()
    for line in lines:
        line.close()


def test_a_frame_that_never_ends_is_not_waited_for(impatient: Door) -> None:
    with secure_line(impatient) as line:
        line.sendall((100).to_bytes(4, "big"))
        with contextlib.suppress(OSError):
            for _ in range(100):  # a byte now and then, for longer than it is given
                line.sendall(b" ")
                if not any(each.name == "lan-serve" for each in threading.enumerate()):
                    break
                time.sleep(0.02)  # the attack itself
        assert is_hung_up(line)
    assert impatient.asked == []


def test_those_who_say_nothing_are_few_and_hung_up_on(impatient: Door) -> None:
    silent = [impatient.knock() for _ in range(MOST_OF_ONE_ADDRESS + 4)]
    assert all(is_hung_up(line) for line in silent)
    for line in silent:
        line.close()
    until(lambda: "lan-serve" not in threads(), "their threads end")
    assert impatient.call() == LanAnswer("present")


def test_closing_waits_for_nobody(door: Door) -> None:
    lines = [door.knock(), secure_line(door)]
    door.listener.close()
    assert threads() == set()
    for line in lines:
        assert is_hung_up(line)
        line.close()


def test_a_call_of_somebody_silent_ends(door: Door) -> None:
    with socket.create_server((HERE, 0)) as silent:
        door.address = Address(HERE, silent.getsockname()[1])
        with pytest.raises(CallFailed):
            door.call(limit_s=0.2)


# --- two seats -----------------------------------------------------------------------------------


class Seats:
    """A desk and a counter that know each other by hand, their server gone."""

    def __init__(self, folder: Path) -> None:
        self.desk, self.counter = OFFICE.device("desk", label="D"), OFFICE.device(label="A1")
        self.waiting = Waiting(folder, self.counter)
        self.rang: list[Case] = []
        self.reached: list[bool] = []
        self.desk_store = Waiting(folder, self.desk)
        self.nodes: list[LanNode] = []
        self.start_desk(0)
        self.start_counter()

    def start_desk(self, port: int) -> None:
        settings = LanSettings("listed", Address(HERE, port))
        self.desk_node = self._start(self.desk, self.desk_store, settings)
        until(lambda: self.desk_node.port is not None, "the desk listens")

    def start_counter(self) -> None:
        assert self.desk_node.port is not None
        peers = (Address(HERE, self.desk_node.port),)
        settings = LanSettings("listed", Address(HERE, 0), peers)
        self.counter_node = self._start(self.counter, self.waiting, settings)

    def _start(self, device: Device, store: Waiting, settings: LanSettings) -> LanNode:
        node = LanNode(
            device.store,
            store,
            SystemClock(),
            on_alarm=self.rang.append,
            on_reach=self.reached.append,
            settings=settings,
            transfers=TransferFake(),
        )
        node.start()
        self.nodes.append(node)
        return node

    def close(self) -> None:
        for node in self.nodes:
            assert node.stop()


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    made = Seats(tmp_path)
    yield made
    made.close()
    assert threads() == set()


def test_a_low_rating_rings_at_the_desk_and_is_kept_there(seats: Seats) -> None:
    until(lambda: seats.reached == [True], "the counter knows beforehand")
    seats.waiting.rate()
    seats.counter_node.wake()
    until(lambda: len(seats.rang) == 1, "it rings")
    assert seats.rang[0].counter_label == "A1"
    assert len(seats.desk.store.kept) == 1


def test_a_desk_started_anew_rings_for_what_it_keeps(seats: Seats) -> None:
    seats.waiting.rate()
    seats.counter_node.wake()
    until(lambda: len(seats.rang) == 1, "it rings")
    port = seats.desk_node.port
    assert port is not None
    assert seats.desk_node.stop()
    seats.start_desk(port)
    assert len(seats.rang) == 2
    assert seats.rang[0] == seats.rang[1]


def test_a_desk_shut_out_is_left_and_a_counter_too(seats: Seats) -> None:
    until(lambda: seats.reached == [True], "the desk is in reach")
    seats.counter.store.revoked.add(seats.desk.identity.device_id)
    seats.waiting.rate()
    seats.counter_node.wake()
    until(lambda: seats.reached == [True, False], "it is no longer told anything")
    assert seats.rang == []
    # the desk hears of its own revocation, and hangs up
    seats.desk.store.revoked.add(seats.desk.identity.device_id)
    seats.desk_node.wake()
    until(lambda: seats.desk_node.port is None, "it listens no more")


def test_a_renewed_certificate_is_shown_from_then_on(seats: Seats) -> None:
    until(lambda: seats.reached == [True], "the desk is in reach")
    device = seats.counter
    own = Certified.of(x509.load_pem_x509_certificate(device.store.certificate.encode()))
    device.store.certificate, _ = OFFICE.keys.certify(
        device.key.public_key().public_bytes_raw(),
        device=own,
        office_code="PEK",
        counter_label="A9",
        now_ms=NOW_MS,
    )
    seats.counter_node.wake()
    until(lambda: seats.reached == [True, False, True], "it takes part anew")
    seats.waiting.rate()
    seats.counter_node.wake()
    until(lambda: len(seats.rang) == 1, "it rings")
    assert seats.rang[0].counter_label == "A9"


def test_a_port_that_is_taken_is_no_hindrance(tmp_path: Path) -> None:
    with socket.create_server((HERE, 0)) as other:
        node = LanNode(
            DESK.store,
            Waiting(tmp_path, DESK),
            SystemClock(),
            on_alarm=lambda case: None,
            on_reach=lambda reached: None,
            settings=LanSettings("listed", Address(HERE, other.getsockname()[1])),
            transfers=TransferFake(),
        )
        node.start()
        until(lambda: node.port is not None, "it listens elsewhere")
        assert node.port != other.getsockname()[1]
        assert node.stop()


def test_a_counter_that_can_listen_nowhere_rings_all_the_same(
    seats: Seats, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert seats.counter_node.stop()
    taken = [True]

    def listener(*arguments: Any) -> Listener:
        if taken:
            raise OSError("no port is to be had")
        return Listener(*arguments)

    monkeypatch.setattr(parts, "Listener", listener)
    monkeypatch.setattr(parts, "_LISTEN_AGAIN_S", 0.0)
    seats.start_counter()
    seats.waiting.rate()
    seats.counter_node.wake()
    until(lambda: len(seats.rang) == 1, "it rings")
    assert seats.counter_node.port is None
    assert "can't answer them" in caplog.text
    taken.clear()
    seats.counter_node.wake()
    until(lambda: seats.counter_node.port is not None, "it listens once there is a port")


def test_a_seat_that_is_not_enrolled_or_not_to_take_part_opens_nothing(tmp_path: Path) -> None:
    store = Waiting(tmp_path, DESK)
    store.seat = None
    for mode, running in (("listed", {"lan"}), ("off", set())):
        node = LanNode(
            DESK.store,
            store,
            SystemClock(),
            on_alarm=lambda case: None,
            on_reach=lambda reached: None,
            settings=LanSettings(mode, Address(HERE, 0)),  # type: ignore[arg-type]
            transfers=TransferFake(),
        )
        node.start()
        assert threads() == running
        node.wake()
        assert node.stop()
        assert node.port is None
