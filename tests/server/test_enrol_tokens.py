"""Tokens by which many PCs enrol: so many, until a day, in one office, each at its own counter."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.messages import EnrolAnswer, EnrolRequest
from sync.server.enrol_tokens import labels, make_token, new_token
from sync.server.keys import load_keys
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from sync.server.service import CentralServer
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from tests.server.conftest import KEYS, Programme
from tests.server.operators import Operator
from tests.server.seats import Seat

HOUR_MS = 3_600_000


def token_of(programme: Programme, *, most: int = 3, kind: str = "counter") -> str:
    with programme.work() as work:
        _, token = make_token(
            work,
            programme.office_id,
            kind=kind,
            most=most,
            expires_ms=programme.clock() + HOUR_MS,
        )
    return token


def ask(
    programme: Programme, token: str, number: int, hostname: str = "", office: str = ""
) -> EnrolAnswer:
    key = number.to_bytes(32, "big")
    request = EnrolRequest(token, key, hostname or f"pc-{number}", "1", office)
    return programme.server.enrol(request, address="10.0.0.1")


def refused(
    programme: Programme, token: str, number: int, hostname: str = "", office: str = ""
) -> str:
    with pytest.raises(ProblemError) as error:
        ask(programme, token, number, hostname, office)
    return error.value.problem.code


def uses(programme: Programme) -> tuple[int, int]:
    """What the tokens say they were used, and how many uses are written down."""
    with reading(programme.server.engine) as connection:
        said = connection.execute(sa.select(sa.func.sum(t.enrol_token.c.used))).scalar_one()
        count = sa.select(sa.func.count()).select_from(t.enrol_token_use)
        return int(said), int(connection.execute(count).scalar_one())


def test_each_pc_gets_a_counter_named_as_it_and_no_more_pcs_than_it_is_for(
    programme: Programme,
) -> None:
    token = token_of(programme)
    answers = [ask(programme, token, 1, "till-7.example"), ask(programme, token, 2, "till-7")]
    answers.append(ask(programme, token.lower().replace("-", ""), 3, "A1", "PEK"))
    assert [each.counter_label for each in answers] == ["till-7", "till-7-2", "A1"]
    assert {each.office_code for each in answers} == {"PEK"}
    assert answers[2].counter_id == programme.counter_ids[0]  # it stood there without a PC
    assert refused(programme, token, 4) == "token_used_up"
    assert uses(programme) == (3, 3)


def test_a_lost_answer_is_given_again_and_uses_nothing_up(programme: Programme) -> None:
    token = token_of(programme, most=1)
    first = ask(programme, token, 1)
    assert ask(programme, token, 1).device_id == first.device_id
    programme.clock.ms += 2 * HOUR_MS  # also when its time is over by now
    assert ask(programme, token, 1).counter_id == first.counter_id
    assert uses(programme) == (1, 1)


def test_a_token_ends(programme: Programme) -> None:
    over, revoked = token_of(programme), token_of(programme)
    with writing(programme.server.engine) as connection:
        connection.execute(
            t.enrol_token.update()
            .where(t.enrol_token.c.token_hash != b"")
            .values(revoked_ms=programme.clock())
        )
    assert refused(programme, revoked, 1) == "token_revoked"
    with writing(programme.server.engine) as connection:
        connection.execute(t.enrol_token.update().values(revoked_ms=None))
    programme.clock.ms += HOUR_MS
    assert refused(programme, over, 1) == "token_expired"
    assert uses(programme) == (0, 0)


def test_a_token_is_for_its_office_and_its_kind(programme: Programme) -> None:
    token = token_of(programme, kind="desk")
    assert refused(programme, token, 1, office="SHA") == "token_elsewhere"
    answer = ask(programme, token, 1, "localhost", "PEK")
    assert (answer.kind, answer.counter_label) == ("desk", "desk-1")
    assert refused(programme, new_token(), 1) == "code_unknown"
    with pytest.raises(ProblemError) as error:
        programme.server.enrol(EnrolRequest(token, b"short", "pc", "1"))
    assert error.value.problem.code == "bad_request"


def test_a_pc_that_was_set_up_anew_gets_its_counter_back_once_the_old_is_shut_out(
    programme: Programme,
) -> None:
    token = token_of(programme)
    old = ask(programme, token, 1, "till-7")
    with programme.work() as work:
        revoke_device(work, KEYS, old.device_id)
    assert refused(programme, token, 1, "till-7") == "pc_shut_out"
    new = ask(programme, token, 2, "till-7")
    assert (new.counter_id, new.counter_label) == (old.counter_id, "till-7")
    assert new.device_id != old.device_id


def test_other_seats_learn_of_the_new_counter(programme: Programme) -> None:
    seat: Seat = programme.seat()
    seat.pull()
    ask(programme, token_of(programme), 9, "till-9")
    assert b"till-9" in msgspec.json.encode(seat.pull())


def test_wrong_tokens_are_throttled_as_wrong_codes_are(programme: Programme) -> None:
    token = token_of(programme)
    for _ in range(10):
        assert refused(programme, new_token(), 1) == "code_unknown"
    assert refused(programme, token, 1) == "busy"
    programme.clock.ms += 60_000
    ask(programme, token, 1)


def test_pcs_that_come_at_once_never_exceed_the_count(programme: Programme) -> None:
    token = token_of(programme, most=5)

    def one(number: int) -> str:
        try:
            return ask(programme, token, number, "same").counter_label
        except ProblemError as error:
            return error.problem.code

    with ThreadPoolExecutor(8) as threads:
        found = Counter(threads.map(one, range(1, 17)))
    assert found.pop("token_used_up") == 11
    assert found == Counter(["same", *(f"same-{number}" for number in range(2, 6))])
    assert uses(programme) == (5, 5)


def test_two_tokens_at_once_in_an_office_share_no_counter(programme: Programme) -> None:
    tokens = [token_of(programme, most=4), token_of(programme, most=4)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda at: ask(programme, tokens[at % 2], at + 1, "same"), range(8))
        )
    assert len({each.counter_id for each in answers}) == 8
    assert len({each.device_id for each in answers}) == 8


def test_a_retry_at_once_of_the_same_pc_is_one_device(programme: Programme) -> None:
    token = token_of(programme, most=5)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: ask(programme, token, 1), range(4)))
    assert len({each.device_id for each in answers}) == 1
    assert uses(programme) == (1, 1)


@given(st.text(max_size=80), st.sampled_from(["counter", "desk"]))
def test_labels_are_short_plain_and_never_the_same_twice(hostname: str, kind: str) -> None:
    first = list(islice(labels(hostname, kind), 50))
    assert len(set(first)) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,28}", each) for each in first)


# ------------------------------------------------------------------- the commands


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(tmp_path / "data", capsys)


def test_an_operator_makes_lists_and_revokes_tokens(operator: Operator) -> None:
    until = _day(30)
    token = operator.says(
        "token", "add", "--office", "PEK", "--count", "2", "--until", until
    ).strip()
    assert re.fullmatch(r"([2-9A-HJ-NP-Z]{5}-){4}[2-9A-HJ-NP-Z]{5}", token)
    engine = make_engine(f"sqlite:///{operator.data / 'guichet.db'}")
    server = CentralServer(engine, load_keys(operator.data / "keys"), now_ms)
    answer = server.enrol(EnrolRequest(token, b"1" * 32, "till-7", "1"))
    engine.dispose()
    listed = operator.says("token", "list", "--uses")
    token_id = listed.splitlines()[1].split("\t")[0]
    assert "\tPEK\tcounter\t1 of 2\t" in listed
    assert "good" in listed
    assert f"PEK/till-7\ttill-7\t{answer.device_id}" in listed
    assert token not in listed
    assert token not in (operator.data / "guichet.db").read_bytes().decode("latin-1")
    assert "PCs that it enrolled stay" in operator.says("token", "revoke", token_id)
    assert "revoked" in operator.says("token", "list")
    assert operator.says("token", "revoke", token_id)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--office": "SHA"}, "no office SHA"),
        ({"--count": "0"}, "say 1 to"),
        ({"--count": "100000"}, "say 1 to"),
        ({"--until": "tomorrow"}, "no day"),
        ({"--until": "2020-01-01"}, "from today"),
    ],
)
def test_what_makes_no_token_is_said(
    operator: Operator, changed: dict[str, str], said: str
) -> None:
    words = {"--office": "PEK", "--count": "2", "--until": _day(1), **changed}
    flat = [part for pair in words.items() for part in pair]
    assert said in operator.refuses("token", "add", *flat)


def test_revoking_what_is_none_says_how_to_find_it(operator: Operator) -> None:
    for named in ("x", str(UUID(int=7))):
        assert "token list" in operator.refuses("token", "revoke", named)


def _day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()
