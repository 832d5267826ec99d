"""The engine against what networks do: nothing is lost, doubled or stuck."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.ports.sync_store import UnsentRun
from sync.client.exchange import Fault, Response
from sync.protocol.messages import EntryDecision
from tests.sync.scripted import HTML, JSON, Bench, member, page, problem

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


# --- lost, late, wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/challenge", "/v1/token", "/v1/head", "/v1/push"])
@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("fault", [LOST, DOWN, "lost"])
def test_lost_requests_and_answers_use_nothing_up(
    bench: Bench, path: str, times: int, fault: Fault | str
) -> None:
    fill(bench, entries=3)
    for _ in range(times):
        bench.server.next(path, fault)
    bench.run(60)
    assert len(bench.server.bodies) == 3
    assert len(set(sent(bench))) == 3
    assert bench.store.confirmed_seq == 3
    assert bench.store.told[-1] == (True, "")


def test_an_unreachable_server_is_told_and_asked_again_within_seconds(bench: Bench) -> None:
    fill(bench, entries=1)
    bench.run(5)
    for _ in range(1000):
        bench.server.next("", DOWN)
    bench.store.announced.clear()
    bench.run(600)
    assert bench.store.told[-1] == (False, "unreachable")
    assert bench.store.announced == ["readiness"], "a panel says no more that a manager would hear"
    used = 1000 - len(bench.server.script)
    assert 60 <= used <= 300  # some 10 s apart for each kind of work, by chance more or less
    bench.server.script.clear()
    bench.run(11)
    assert bench.store.told[-1] == (True, "")


def test_a_pull_never_waits_for_an_upload_that_keeps_failing(bench: Bench) -> None:
    fill(bench, entries=1)
    for _ in range(500):
        bench.server.next("/v1/push", problem(500, "internal"))
    bench.run(60)
    bench.server.put(member(1, points=4321))
    bench.run(31)
    assert bench.replica() == (bench.expected(), True)
    assert bench.store.told[-1] == (True, "server_error")
    assert bench.store.confirmed_seq == 0


def test_an_upload_never_waits_for_a_pull_that_keeps_failing(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    for _ in range(500):
        bench.server.next("/v1/pull", problem(500, "internal"))
    bench.run(60)
    for _ in range(3):
        bench.store.append()
        bench.engine.note_entries()
        bench.settle()
    assert bench.store.confirmed_seq == 3


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (page(), "not_guichet"),
        (page(status=302), "not_guichet"),
        (Response(200, {"content-type": "application/json"}, b'{"hello": 1}'), "not_guichet"),
        (Response(200, {"content-type": "application/json"}, b"{"), "not_guichet"),
        (Response(200, JSON, b'{"nonce": 7'), "server_error"),
        (Response(500, HTML, b"<h1>Oops</h1>"), "server_error"),
        (Response(502, {}, b""), "server_error"),
        (problem(500, "internal"), "server_error"),
        (problem(426, "old_protocol"), "old_client"),
        (problem(426, "new_protocol"), "old_server"),
        (
            Response(200, JSON | {"guichet-protocol": "9"}, b'{"something": "new"}'),
            "old_client",
        ),
        (problem(403, "revoked"), "revoked"),
        (problem(401, "unauthenticated"), "server_error"),
        (Response(200, {}, b""), "not_guichet"),
        (Response(204, {}, b""), "not_guichet"),
        (Response(404, HTML, b"nothing here"), "not_guichet"),
        (Fault("certificate", "expired"), "certificate"),
        (Fault("too_large", "8 GB"), "server_error"),
        (Fault("not_guichet", "gzip"), "not_guichet"),
    ],
)
def test_whoever_answers_wrongly_is_named_and_outlasted(
    bench: Bench, answer: Response | Fault, code: str
) -> None:
    fill(bench, entries=2)
    for _ in range(40):
        bench.server.next("", answer)
    for _ in range(30):
        idle = bench.settle()
        bench.clock.s = idle.until_s
    assert bench.store.told[-1] == (False, code)
    assert bench.store.confirmed_seq == 0
    bench.server.script.clear()
    bench.run(130)
    assert bench.store.told[-1] == (True, "")
    assert bench.store.confirmed_seq == 2
    assert bench.replica() == (bench.expected(), True)


def test_a_clock_a_day_off_is_told_and_all_works(bench: Bench) -> None:
    fill(bench, entries=2)
    bench.clock.wall_off_ms = -86_400_000
    bench.run(200)
    assert bench.store.confirmed_seq == 2
    assert bench.store.told[-1] == (True, "clock")
    assert all(abs(offset - 86_400_000) < 100 for offset in bench.store.contacts)
    bench.clock.wall_off_ms = 0
    bench.run(100)
    assert bench.store.told[-1] == (True, "")


def test_the_clock_may_jump_while_a_token_is_held(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    bench.clock.wall_off_ms = 30 * 86_400_000
    bench.run(120)
    assert bench.server.calls.count("/v1/token") == 1


def test_contact_is_noted_now_and_then_not_with_each_call(bench: Bench) -> None:
    fill(bench, members=30)
    bench.server.page_rows = 2
    bench.run(5)
    assert len(bench.store.contacts) == 1
    bench.run(600)
    assert 10 <= len(bench.store.contacts) <= 25


# --- tokens --------------------------------------------------------------------------------------


def test_a_token_is_renewed_before_it_ends(bench: Bench) -> None:
    fill(bench)
    bench.server.token_life_ms = 100_000
    bench.run(1000)
    assert bench.server.calls.count("/v1/token") in range(11, 15)
    assert bench.store.told == [(True, "")]


def test_a_forgotten_token_is_replaced_at_once(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    bench.server.tokens.clear()
    event = bench.store.append()
    bench.engine.note_entries()
    bench.settle()
    assert sent(bench) == [str(event)]
    assert bench.store.told == [(True, "")]


def test_a_server_that_takes_no_token_is_not_hammered(bench: Bench) -> None:
    fill(bench, entries=1)
    for _ in range(1_000):
        for path in ("/v1/head", "/v1/bootstrap", "/v1/push"):
            bench.server.next(path, problem(401, "unauthenticated"))
    bench.run(600)
    assert 30 <= bench.server.calls.count("/v1/token") <= 200
    assert bench.store.told[-1][1] == "server_error"
    bench.server.script.clear()
    bench.run(20)
    assert bench.store.confirmed_seq == 1


def test_a_revoked_device_says_so_and_asks_seldom(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    bench.server.tokens.clear()
    for _ in range(1000):
        bench.server.next("/v1/token", problem(403, "revoked"))
    bench.run(3600)
    assert bench.store.told[-1] == (False, "revoked")
    assert bench.server.calls.count("/v1/token") < 130


# --- pressure ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept(bench: Bench, status: int) -> None:
    fill(bench)
    bench.run(5)
    bench.server.next("/v1/push", problem(status, "busy", {"retry-after": "120"}))
    bench.store.append()
    bench.engine.note_entries()
    bench.settle()
    start = bench.clock.s
    for _ in range(20):
        bench.engine.note_entries()  # further entries don't shorten it
        bench.run(5)
    assert bench.store.confirmed_seq == 0
    bench.run(start + 133 - bench.clock.s)
    assert bench.store.confirmed_seq == 1


def test_retry_after_nonsense_is_passed_over(bench: Bench) -> None:
    fill(bench, entries=1)
    for value in ("Wed, 21 Oct 2099 07:28:00 GMT", "-5", "soon", "٣", "9" * 400):
        bench.server.next("/v1/push", problem(429, "busy", {"retry-after": value}))
    bench.run(3600 * 1.2)
    assert bench.store.confirmed_seq == 1


def test_413_makes_runs_smaller_until_they_pass(bench: Bench) -> None:
    fill(bench, entries=64)
    for _ in range(4):
        bench.server.next("/v1/push", Response(413, HTML, b"nginx"))
    bench.settle()
    assert bench.store.confirmed_seq == 64
    assert bench.server.calls.count("/v1/push") == 4 + len([4, 8, 16, 32, 4])


def test_a_run_that_cannot_be_cut_is_offered_now_and_then(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bench, entries=64)
    unsent = bench.store.unsent

    def never_shorter(*, max_entries: int, max_bytes: int, behind: int = 0) -> UnsentRun | None:
        return unsent(max_entries=64, max_bytes=max_bytes, behind=behind)

    monkeypatch.setattr(bench.store, "unsent", never_shorter)
    for _ in range(50):
        bench.server.next("/v1/push", Response(413, HTML, b"nginx"))
    bench.run(60)
    assert 2 < bench.server.calls.count("/v1/push") < 15
    bench.run(3600)
    assert bench.store.confirmed_seq == 64


def test_one_entry_that_is_refused_lets_those_before_it_go(bench: Bench) -> None:
    fill(bench, entries=20)
    answer = bench.server._push

    def refuse_the_ninth(request, query, now):  # type: ignore[no-untyped-def]
        ask = json.loads(request.body)
        if ask["first_seq"] <= 9 < ask["first_seq"] + len(ask["entries"]):
            return problem(400, "bad_request")
        return answer(request, query, now)

    bench.server._push = refuse_the_ninth  # type: ignore[method-assign]
    bench.run(30)
    assert bench.store.confirmed_seq == 8
    assert bench.store.told[-1] == (True, "server_error")
    bench.server._push = answer  # type: ignore[method-assign]
    bench.run(70)
    assert bench.store.confirmed_seq == 20


def test_decisions_are_handed_on_for_what_was_sent(bench: Bench) -> None:
    fill(bench, entries=2)
    bench.server.decisions = [
        EntryDecision(1, "exception", "staff_inactive", "no longer here"),
        EntryDecision(2, "accepted"),
        EntryDecision(99, "exception", "other", "not ours"),
    ]
    bench.settle()
    assert {seq: d.code for seq, d in bench.store.decisions.items()} == {1: "staff_inactive"}
