"""Counters hand leases on: who may ask, what is believed, and what becomes of a lost answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.lease import TransferProof
from sync.client.lan.deny_list import DenyList
from sync.client.lan.host import LanHost
from sync.client.lan.leases import LeaseGiver, LeaseSeeker
from sync.client.lan.settings import Address
from sync.client.lan.trust import NotTrusted, Peer
from sync.protocol.framing import decode, encode
from sync.protocol.lan import Handed, LanAnswer, LanAsk, LeaseAsk
from sync.server.keys import make_keys
from tests.fakes.sync_store import MemorySyncStore
from tests.sync.lan_office import NOW_MS, Device, Office, TransferFake

MEMBER = uuid4()


class Counter:
    """A counter that answers its neighbours."""

    def __init__(self, office: Office, label: str, *, kind: str = "counter") -> None:
        self.device: Device = office.device(kind, label=label)  # type: ignore[arg-type]
        self.leases = TransferFake(self.device, office)
        trust = self.device.trust
        deny_list = DenyList(
            self.device.store, MemorySyncStore(Path(), self.device.identity), trust
        )
        giver = LeaseGiver(self.leases) if kind == "counter" else None
        self.host = LanHost(self.device.store, trust, deny_list, giver=giver)


class Network:
    """Implements Asking between counters, without sockets.

    Attributes:
        turned: what becomes of an answer on its way; None: it is lost.
    """

    def __init__(self, asker: Counter, *others: Counter) -> None:
        self._asker = asker
        self._others = {Address(str(n), 8461): each for n, each in enumerate(others)}
        self.asked: list[str] = []
        self.turned: Callable[[LanAnswer], LanAnswer | None] = lambda answer: answer

    def one(self, address: Address, ask: LanAsk, until_s: float) -> tuple[Peer, LanAnswer] | None:
        other, own = self._others[address], self._asker.device
        self.asked.append(ask.kind)
        revoked = frozenset(each.device_id for each in own.store.revocations())
        try:
            peer = own.trust.admit(other.device.der, now_ms=NOW_MS, revoked=revoked)
        except NotTrusted:
            return None
        said = other.host.answer(own.der, encode(ask))
        answer = None if said is None else self.turned(decode(said, LanAnswer))
        return None if answer is None else (peer, answer)

    def each(self, ask: LanAsk, until_s: float) -> Iterator[tuple[Address, Peer, LanAnswer]]:
        for address in self._others:
            found = self.one(address, ask, until_s)
            if found is not None:
                yield (address, *found)


class Scene:
    """A1 asks A2 and A3."""

    def __init__(self) -> None:
        self.office = Office()
        self.a1, self.a2, self.a3 = (Counter(self.office, f"A{n}") for n in (1, 2, 3))
        self.network = Network(self.a1, self.a2, self.a3)
        self.now_s = 0.0
        own = self.a1.device
        self.seeker = LeaseSeeker(
            self.a1.leases,
            own.trust,
            self.network,
            revoked=lambda: frozenset(each.device_id for each in own.store.revocations()),
            latest_ms=own.store.latest_ms,
            monotonic_s=lambda: self.now_s,
        )

    def fetch(self, points: int = 500) -> str:
        return self.seeker.fetch(MEMBER, points, limit_s=0.3)

    @property
    def taken(self) -> list[UUID]:
        return [each.transfer.transfer_id for each in self.a1.leases.taken_over]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_whoever_holds_enough_hands_on_what_is_needed(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 400)
    scene.a3.leases.grant(MEMBER, 900)
    assert scene.fetch() == "A3"
    (done,) = scene.a1.leases.taken_over
    assert done.transfer.points == 500
    assert scene.a3.leases.leases[MEMBER][1] == 400
    assert scene.a2.leases.leases[MEMBER][1] == 400, "who has too little keeps it"
    assert scene.fetch() == "", "nobody has so much any more"


def test_nobody_is_asked_to_hand_on_who_holds_nothing(scene: Scene) -> None:
    assert scene.fetch() == ""
    assert scene.network.asked == ["lease", "lease"]


def test_a_lost_answer_is_said_again_and_moves_nothing_twice(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)
    lost = iter([True, False])

    def once(answer: LanAnswer) -> LanAnswer | None:
        return None if answer.outcome == "handed_on" and next(lost) else answer

    scene.network.turned = once
    assert scene.fetch() == "A2"
    assert len(scene.taken) == 1
    assert scene.a2.leases.leases[MEMBER][1] == 1_500


def test_an_answer_that_never_came_is_asked_for_under_the_same_id_next_time(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)
    scene.network.turned = lambda answer: None if answer.outcome == "handed_on" else answer
    assert scene.fetch() == ""
    assert scene.taken == []
    scene.network.turned = lambda answer: answer
    assert scene.fetch() == "A2"
    assert scene.taken == list(scene.a2.leases.handed_on)
    assert scene.a2.leases.leases[MEMBER][1] == 1_500


def test_what_is_here_already_is_asked_for_anew(scene: Scene) -> None:
    """The server told of a transfer whose answer was lost, and it may be spent by now."""
    scene.a2.leases.grant(MEMBER, 2_000)
    scene.network.turned = lambda answer: None if answer.outcome == "handed_on" else answer
    assert scene.fetch() == ""
    scene.a1.leases.taken_over.extend(scene.a2.leases.handed_on.values())
    scene.network.turned = lambda answer: answer
    assert scene.fetch() == "A2"
    assert len(set(scene.taken)) == 2
    assert scene.a2.leases.leases[MEMBER][1] == 1_000


def test_a_giver_that_dies_behind_its_commit_says_it_when_it_is_back(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)
    scene.a2.leases.is_lost = True
    assert scene.fetch() == "A2"
    assert len(scene.taken) == 1
    assert scene.a2.leases.leases[MEMBER][1] == 1_500


def test_time_is_up_when_it_is_up(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)

    def slowly(answer: LanAnswer) -> LanAnswer | None:
        scene.now_s += 0.2
        return None if answer.outcome == "handed_on" else answer

    scene.network.turned = slowly
    assert scene.fetch() == ""
    assert scene.network.asked.count("hand_on") == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda proof, scene: replace(proof, signature=bytes(64)),
        lambda proof, scene: replace(proof, lease_signature=bytes(64)),
        lambda proof, scene: replace(proof, lease_points=proof.lease_points + 1),
        lambda proof, scene: replace(proof, expires_ms=2**64 - 1),
        lambda proof, scene: replace(proof, certificate=scene.a3.device.der),
        lambda proof, scene: replace(proof, certificate=b"none"),
    ],
)
def test_nothing_is_believed_that_giver_and_server_have_not_signed(
    scene: Scene, forge: Callable[[TransferProof, Scene], TransferProof]
) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)

    def forged(answer: LanAnswer) -> LanAnswer:
        if answer.handed is None:
            return answer
        proof = forge(TransferProof.of_text(answer.handed.proof), scene)
        return replace_handed(answer, Handed(answer.handed.lease_id, proof.to_text()))

    scene.network.turned = forged
    assert scene.fetch() == ""
    assert scene.taken == []


def replace_handed(answer: LanAnswer, handed: Handed | None) -> LanAnswer:
    return LanAnswer(answer.outcome, answer.code, answer.hears_server, handed=handed)


@pytest.mark.parametrize("text", ["", "?", "AAAA", "A" * 8_000])
def test_what_is_no_proof_is_none(scene: Scene, text: str) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)
    scene.network.turned = lambda answer: (
        answer
        if answer.handed is None
        else replace_handed(answer, Handed(answer.handed.lease_id, text))
    )
    assert scene.fetch() == ""


def test_a_giver_that_says_nothing_of_what_it_handed_on_is_passed_over(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)
    scene.a3.leases.grant(MEMBER, 2_000)
    first = iter([True])
    scene.network.turned = lambda answer: (
        replace_handed(answer, None) if answer.handed and next(first, False) else answer
    )
    assert scene.fetch() == "A3"


def test_more_than_the_lease_was_signed_for_is_not_believed(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 300)
    lease_id, _, granted, until_ms, signature = scene.a2.leases.leases[MEMBER]
    scene.a2.leases.leases[MEMBER] = (lease_id, 900, granted, until_ms, signature)
    assert scene.fetch() == ""
    assert scene.taken == []


def test_a_lease_that_another_server_signed_is_none(scene: Scene) -> None:
    own = scene.office.keys
    scene.office.keys = make_keys(now_ms=NOW_MS)[0]
    scene.a2.leases.grant(MEMBER, 2_000)
    scene.office.keys = own
    assert scene.fetch() == ""


def test_whoever_was_shut_out_neither_gives_nor_gets(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)
    scene.a1.device.store.revoked.add(scene.a2.device.identity.device_id)
    assert scene.fetch() == "", "the asker has heard of it"
    scene.a1.device.store.revoked.clear()
    scene.a2.device.store.revoked.add(scene.a1.device.identity.device_id)
    assert scene.fetch() == "", "the other has heard that of the asker"
    assert scene.a2.leases.leases[MEMBER][1] == 2_000


def test_a_giver_shut_out_between_ask_and_answer_is_not_believed(scene: Scene) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)

    def meanwhile(answer: LanAnswer) -> LanAnswer:
        if answer.handed is not None:
            scene.a1.device.store.revoked.add(scene.a2.device.identity.device_id)
        return answer

    scene.network.turned = meanwhile
    assert scene.fetch() == ""
    assert scene.taken == []


def test_a_desk_neither_asks_nor_is_asked_for_points() -> None:
    office = Office()
    counter, desk = Counter(office, "A1"), Counter(office, "D", kind="desk")
    counter.leases.grant(MEMBER, 2_000)
    ask = LanAsk("hand_on", lease=LeaseAsk(MEMBER, 500, uuid4()))
    for asker, asked, code in ((desk, counter, "bad_request"), (counter, desk, "nothing_held")):
        said = asked.host.answer(asker.device.der, encode(ask))
        assert said is not None
        answer = decode(said, LanAnswer)
        assert (answer.outcome, answer.code) == ("refused", code)
    assert counter.leases.leases[MEMBER][1] == 2_000


@pytest.mark.parametrize(
    "ask",
    [
        LanAsk("lease"),
        LanAsk("hand_on"),
        LanAsk("lease", lease=LeaseAsk(MEMBER, 0)),
        LanAsk("hand_on", lease=LeaseAsk(MEMBER, -5, MEMBER)),
        LanAsk("hand_on", lease=LeaseAsk(MEMBER, 5)),
    ],
)
def test_an_ask_that_makes_no_sense_is_refused(scene: Scene, ask: LanAsk) -> None:
    scene.a2.leases.grant(MEMBER, 2_000)
    said = scene.a2.host.answer(scene.a1.device.der, encode(ask))
    assert said is not None
    answer = decode(said, LanAnswer)
    assert (answer.outcome, answer.code) == ("refused", "bad_request")
    assert scene.a2.leases.handed_on == {}
