"""Asking the server for a member while somebody waits: each answer, each silence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.ports.online import LookUpVerdict
from sync.client.exchange import Fault, Request, Response
from sync.protocol.framing import encode
from sync.protocol.messages import LookUpAnswer, LookUpRequest, MemberRow
from tests.sync.scripted import Bench, as_member, member, page, problem
from tests.sync.test_shut_out import desk, revoked

STAFF, SESSION = UUID(int=5), UUID(int=6)


@pytest.fixture
def bench(tmp_path: Any) -> Bench:
    return Bench(tmp_path)


def said(outcome: str, *rows: MemberRow) -> Response:
    answer = LookUpAnswer(outcome, list(rows), 1)  # type: ignore[arg-type]
    headers = {"content-type": "application/json", "guichet-protocol": "1"}
    return Response(200, headers, encode(answer))


def ask(bench: Bench, *answers: Response | Fault, limit_s: float = 2.0) -> LookUpVerdict:
    for answer in answers:
        bench.server.next("/v1/look-up", answer)
    return desk(bench).look_up("13812345678", staff_id=STAFF, session_id=SESSION, limit_s=limit_s)


def test_whom_the_server_names_is_found(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []
    send = bench.server.send

    def note(request: Request) -> Response:
        asked.append(request)
        return send(request)

    monkeypatch.setattr(bench.server, "send", note)
    verdict = ask(bench, said("found", member(7, 500), member(9)))
    assert verdict == LookUpVerdict("found", (as_member(member(7, 500)), as_member(member(9))))
    call = asked[-1]
    assert call.path == "/v1/look-up"
    assert call.body is not None
    sent = msgspec.json.decode(call.body, type=LookUpRequest)
    assert sent == LookUpRequest("13812345678", STAFF, SESSION)
    assert call.token is not None
    assert ask(bench, said("none")) == LookUpVerdict("none")
    assert ask(bench, said("too_many")) == LookUpVerdict("too_many")


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        (problem(429, "busy"), "refused", "busy"),
        (problem(403, "forbidden"), "refused", "forbidden"),
        (problem(400, "bad_request"), "refused", "bad_request"),
        (problem(404, "not_found"), "unreachable", "not_found"),  # a server of last year
        (problem(500, "internal"), "unreachable", "internal"),
        (page(), "unreachable", "200"),
        (Fault("unreachable", "down"), "unreachable", "unreachable"),
        (Fault("lost", "cut"), "unreachable", "unreachable"),
        (said("found", msgspec.structs.replace(member(7), rank=0)), "unreachable", "server_error"),
    ],
)
def test_whatever_else_comes_is_an_answer_too(
    bench: Bench, answer: Response | Fault, outcome: str, code: str
) -> None:
    verdict = ask(bench, answer)
    assert (verdict.outcome, verdict.code, verdict.members) == (outcome, code, ())


def test_a_token_that_has_ended_is_renewed_once(bench: Bench) -> None:
    ended = problem(401, "unauthenticated")
    assert ask(bench, ended, said("none")).outcome == "none"
    assert ask(bench, ended, ended) == LookUpVerdict("unreachable", code="unauthenticated")


def test_the_word_that_we_are_revoked_is_heeded(bench: Bench) -> None:
    assert ask(bench, revoked(bench)).outcome == "refused"
    assert bench.store.shut_for == ["revoked"]
    assert ask(bench) == LookUpVerdict("unreachable", code="not_enrolled")


def test_no_token_no_question(bench: Bench) -> None:
    bench.server.next("/v1/challenge", Fault("unreachable", "down"))
    assert ask(bench) == LookUpVerdict("unreachable", code="unreachable")
    assert bench.server.calls == ["/v1/challenge"]
