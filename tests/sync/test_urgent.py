"""The urgent lane against a scripted network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.errors import Unavailable
from app.ports.sync_store import UrgentCopy
from sync.client.exchange import Fault, Request, Response
from sync.client.upload import RELAY_FIRST_S
from sync.protocol.framing import decode, encode
from sync.protocol.messages import Problem, UrgentRequest
from tests.sync.scripted import Bench, member, page, problem

LOST = Fault("lost", "reset")
DOWN = Fault("unreachable", "refused")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def fill(bench: Bench, members: int = 3, entries: int = 0) -> None:
    for rank in range(1, members + 1):
        bench.server.put(member(rank, points=rank * 10))
    for _ in range(entries):
        bench.store.append()


def sent(bench: Bench) -> list[str]:
    return [json.loads(body)["event_id"] for body in bench.server.bodies]


# --- the urgent lane -----------------------------------------------------------------------------


def test_an_urgent_copy_goes_at_once_and_once(bench: Bench) -> None:
    event = bench.store.append(urgent=True, blobs=1)
    bench.urgent.note_entries()
    bench.settle(bench.urgent)
    assert bench.server.urgent == {str(event): 1}
    bench.run(300, bench.urgent)
    assert bench.server.urgent == {str(event): 1}


def test_a_token_of_the_engine_serves_the_urgent_lane(bench: Bench) -> None:
    bench.settle()
    bench.store.append(urgent=True)
    bench.urgent.note_entries()
    request = bench.step(bench.urgent)
    assert isinstance(request, Request)
    assert request.path == "/v1/urgent"


def test_a_lost_answer_sends_the_copy_again(bench: Bench) -> None:
    event = bench.store.append(urgent=True)
    bench.server.next("/v1/urgent", "lost")
    bench.run(5, bench.urgent)
    assert bench.server.urgent == {str(event): 2}


def test_a_fresh_alarm_does_not_wait_for_a_rest_of_the_link(bench: Bench) -> None:
    bench.store.append(urgent=True)
    for _ in range(8):
        bench.server.next("", DOWN)
    bench.run(20, bench.urgent)
    bench.server.script.clear()
    bench.store.append(urgent=True)
    bench.urgent.note_entries()
    bench.settle(bench.urgent)
    assert len(bench.server.urgent) == 2


def test_one_copy_that_is_not_taken_holds_up_none(bench: Bench) -> None:
    first = bench.store.append(urgent=True)
    others = [bench.store.append(urgent=True) for _ in range(3)]
    answer = bench.server._urgent

    def refuse_the_first(request, query, now):  # type: ignore[no-untyped-def]
        if str(first).encode() in request.body:
            return problem(500, "internal")
        return answer(request, query, now)

    bench.server._urgent = refuse_the_first  # type: ignore[method-assign]
    bench.settle(bench.urgent)
    assert set(bench.server.urgent) == set(map(str, others))
    bench.server._urgent = answer  # type: ignore[method-assign]
    bench.run(10, bench.urgent)
    assert str(first) in bench.server.urgent


@pytest.mark.parametrize(
    "answer",
    [page(), problem(401, "unauthenticated"), problem(429, "busy", {"retry-after": "7"}), DOWN],
)
def test_the_urgent_lane_outlasts_what_the_network_does(
    bench: Bench, answer: Response | Fault
) -> None:
    event = bench.store.append(urgent=True)
    for _ in range(9):
        bench.server.next("/v1/urgent", answer)
    bench.run(200, bench.urgent)
    assert bench.server.urgent == {str(event): 1}


def test_the_urgent_lane_outlasts_a_failing_disk(bench: Bench) -> None:
    event = bench.store.append(urgent=True)
    for _ in range(2):
        bench.step(bench.urgent)
    bench.store.fail_with = Unavailable("disk_full", "no space left")
    bench.run(20, bench.urgent)
    assert bench.server.urgent == {str(event): 2}
    assert bench.store.urgent_unsent(limit=9) == []


def test_a_problem_is_written_with_its_detail() -> None:
    """The codes that the engine mends by carry numbers; their names are part of the protocol."""
    wire = json.loads(encode(Problem("chain_gap", "gap", {"head_seq": 3})))
    assert wire == {"code": "chain_gap", "message": "gap", "detail": {"head_seq": 3}}


# --- what counters brought to a desk -------------------------------------------------------------


def heard(bench: Bench) -> UrgentCopy:
    body = json.dumps({"event_id": str(uuid4()), "device_id": str(uuid4())}).encode()
    copy = UrgentCopy(UUID(json.loads(body)["event_id"]), body, (), b"n" * 64)
    bench.store.heard.append(copy)
    return copy


def as_desk(bench: Bench) -> None:
    assert bench.store.seat is not None
    bench.store.seat = replace(bench.store.seat, kind="desk")


def test_a_copy_goes_on_with_its_own_signature(bench: Bench) -> None:
    copy = heard(bench)
    seen = []
    answer = bench.server._urgent

    def look(request, query, now):  # type: ignore[no-untyped-def]
        seen.append(decode(request.body, UrgentRequest))
        return answer(request, query, now)

    bench.server._urgent = look  # type: ignore[method-assign]
    bench.run(60, bench.urgent)
    assert [(bytes(each.entry), each.signature) for each in seen] == [(copy.body, b"n" * 64)]
    assert bench.store.heard == []


@pytest.mark.parametrize("code", ["forbidden", "bad_signature", "bad_request"])
def test_one_that_is_not_taken_is_not_brought_again(bench: Bench, code: str) -> None:
    heard(bench)
    bench.server.next("/v1/urgent", problem(403 if code == "forbidden" else 400, code))
    bench.run(300, bench.urgent)
    assert bench.store.heard == []
    assert bench.server.urgent == {}


def test_one_waits_while_the_server_is_gone_or_busy(bench: Bench) -> None:
    copy = heard(bench)
    for each in (DOWN, LOST, problem(503, "busy"), problem(500, "internal")):
        bench.server.next("/v1/urgent", each)
    bench.run(600, bench.urgent)
    assert list(bench.server.urgent) == [str(copy.event_id)]


def test_a_desks_own_entries_wait_for_it_but_not_for_long(bench: Bench) -> None:
    as_desk(bench)
    heard(bench)
    bench.store.append()
    bench.run(RELAY_FIRST_S - 1)
    assert bench.server.bodies == []
    bench.run(3)
    assert len(bench.server.bodies) == 1, "whatever became of the copy"


def test_once_it_is_there_they_go_at_once(bench: Bench) -> None:
    as_desk(bench)
    heard(bench)
    bench.store.append()
    bench.run(1)
    assert bench.server.bodies == []
    bench.settle(bench.urgent)
    assert bench.store.heard == []
    bench.run(1)
    assert len(bench.server.bodies) == 1


def test_it_has_its_time_again_with_each_return_of_the_link(bench: Bench) -> None:
    as_desk(bench)
    bench.run(60)
    bench.server.next("", DOWN)
    bench.run(60)
    heard(bench)
    bench.store.append()
    bench.engine.note_entries()
    for _ in range(500):
        bench.server.next("", DOWN)
    bench.run(120)
    bench.server.script.clear()
    bench.run(RELAY_FIRST_S)
    assert bench.server.bodies == []
    bench.settle(bench.urgent)
    bench.run(1)
    assert len(bench.server.bodies) == 1


def test_one_that_comes_while_the_link_works_goes_first_too(bench: Bench) -> None:
    as_desk(bench)
    bench.run(60)
    heard(bench)
    bench.store.append()
    bench.engine.note_entries()
    bench.run(2)
    assert bench.server.bodies == []
    bench.urgent.note_entries()
    bench.settle(bench.urgent)
    bench.run(1)
    assert len(bench.server.bodies) == 1


def test_a_counter_waits_for_nobody(bench: Bench) -> None:
    bench.settle()
    heard(bench)
    bench.store.append()
    bench.engine.note_entries()
    bench.run(1)
    assert len(bench.server.bodies) == 1
