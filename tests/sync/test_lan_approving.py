"""Asking a manager over the office's network: real nodes, TLS and sockets on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from app.credentials.clock import SystemClock
from app.domain.approval import Approval, Asked
from app.ports.approval import ApprovalReply, ApprovalRequest
from sync.client.lan.approving import ask_all
from sync.client.lan.deny_list import DenyList
from sync.client.lan.host import LanHost
from sync.client.lan.node import LanNode
from sync.client.lan.settings import Address, LanSettings
from sync.protocol.framing import decode, encode
from sync.protocol.lan import ApprovalAsk, LanAnswer, LanAsk
from tests.fakes.waiting import until
from tests.sync.lan_office import NOW_MS, Device, Office, TransferFake, Waiting

OFFICE = Office()
DESK, COUNTER = OFFICE.device("desk", label="D"), OFFICE.device(label="A1")
HERE = "127.0.0.1"
MANAGER = uuid4()


def request() -> ApprovalRequest:
    asked = Asked(uuid4(), COUNTER.identity.device_id, uuid4(), uuid4(), 4_000)
    return ApprovalRequest(asked, uuid4(), "known", 9_000, 60)


def signed(of: ApprovalRequest, device: Device = DESK) -> ApprovalReply:
    desk_id = device.identity.device_id
    proof = device.key.sign(of.asked.statement(desk_id, MANAGER)).hex()
    return ApprovalReply("agreed", Approval(desk_id, MANAGER, proof))


class Manager:
    """Whoever sits at the desk."""

    def __init__(self) -> None:
        self.heard: list[ApprovalRequest] = []
        self.says: Callable[[ApprovalRequest], ApprovalReply] = lambda _: ApprovalReply("waiting")

    def hear(self, of: ApprovalRequest) -> ApprovalReply:
        self.heard.append(of)
        return self.says(of)


@pytest.fixture
def manager() -> Manager:
    return Manager()


@pytest.fixture
def counter(manager: Manager, tmp_path: Path) -> Iterator[LanNode]:
    desk = _node(DESK, LanSettings("listed", Address(HERE, 0)), manager, tmp_path)
    desk.start()
    until(lambda: desk.port is not None, "the desk listens")
    assert desk.port is not None
    peers = (Address(HERE, desk.port),)
    node = _node(COUNTER, LanSettings("listed", Address(HERE, 0), peers), Manager(), tmp_path)
    node.start()
    until(lambda: node.ask_desks(request()).outcome == "waiting", "the counter finds the desk")
    manager.heard.clear()
    yield node
    assert node.stop()
    assert desk.stop()


def _node(device: Device, settings: LanSettings, manager: Manager, folder: Path) -> LanNode:
    return LanNode(
        device.store,
        Waiting(folder, device),
        SystemClock(),
        on_alarm=lambda case: None,
        on_reach=lambda reached: None,
        settings=settings,
        transfers=TransferFake(),
        on_request=manager.hear,
    )


def test_the_desk_hears_whose_counter_asks_and_its_answer_comes_back(
    counter: LanNode, manager: Manager
) -> None:
    wanted = request()
    assert counter.ask_desks(wanted) == ApprovalReply("waiting")
    assert manager.heard == [replace(wanted, counter_label="A1")]
    manager.says = lambda _: ApprovalReply("declined")
    assert counter.ask_desks(wanted) == ApprovalReply("declined")
    manager.says = signed
    assert counter.ask_desks(wanted) == signed(wanted)


def _say(reply: ApprovalReply, of: ApprovalRequest) -> ApprovalReply:
    return reply


def test_what_no_desk_signed_is_believed_by_nobody(counter: LanNode, manager: Manager) -> None:
    for reply in (
        signed(request()),
        signed(request(), COUNTER),
        ApprovalReply("agreed", Approval(DESK.identity.device_id, MANAGER, "zz")),
        ApprovalReply("agreed", Approval(DESK.identity.device_id, uuid4(), "")),
    ):
        manager.says = partial(_say, reply)
        assert counter.ask_desks(request()) == ApprovalReply("nobody")


def _points(points: int) -> ApprovalAsk:
    return ApprovalAsk(uuid4(), uuid4(), uuid4(), points, uuid4(), "known", 1, 1)


def _answer(
    device: Device, asker: Device, ask: LanAsk, manager: Manager, folder: Path
) -> LanAnswer:
    deny_list = DenyList(device.store, Waiting(folder, device), device.trust)
    host = LanHost(
        device.store,
        device.trust,
        deny_list,
        take_alarm=lambda peer, copy: True,
        take_request=manager.hear,
    )
    answer = host.answer(asker.der, encode(ask))
    assert answer is not None
    return decode(answer, LanAnswer)


def test_a_counter_asks_for_itself_alone_and_in_numbers_that_make_sense(tmp_path: Path) -> None:
    manager, good = Manager(), LanAsk("approve", approve=_points(5))
    assert _answer(DESK, COUNTER, good, manager, tmp_path).outcome == "waiting"
    assert manager.heard[0].asked.counter_id == COUNTER.identity.device_id
    other = OFFICE.device("desk", label="E")
    for asker, wrong in (
        (other, good),
        (COUNTER, LanAsk("approve")),
        (COUNTER, LanAsk("approve", approve=_points(0))),
        (COUNTER, LanAsk("approve", approve=_points(2**53))),
    ):
        assert _answer(DESK, asker, wrong, manager, tmp_path).code == "bad_request"
    assert len(manager.heard) == 1


def test_one_desk_that_declines_says_more_than_one_that_waits() -> None:
    peer = COUNTER.trust.admit(DESK.der, now_ms=NOW_MS, revoked=frozenset())
    declined, waiting = (peer, LanAnswer("declined")), (peer, LanAnswer("waiting"))
    assert ask_all(request(), []).outcome == "nobody"
    assert ask_all(request(), [lambda _: None]).outcome == "nobody"
    assert ask_all(request(), [lambda _: declined, lambda _: waiting]).outcome == "declined"
    assert ask_all(request(), [lambda _: waiting, lambda _: declined]).outcome == "declined"
