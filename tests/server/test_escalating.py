"""Low ratings that nobody takes are carried on: once each way, until somebody does."""

from __future__ import annotations

import email
import logging
from collections.abc import Iterator
from datetime import timedelta
from email import policy
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.office_time import at_office
from app.domain.records import Case, CaseStep
from sync.server.cli import main
from sync.server.escalating import waiting
from sync.server.escalating.messages import body_of, refusal_in
from sync.server.escalating.routes import Kind, Route, add_route, remove_route, routes
from sync.server.escalating.sending import Mailbox
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.upkeep import Upkeep
from tests.server.books import rows, sound
from tests.server.conftest import Programme
from tests.server.receivers import Hook, Post, mail_server, web_hook
from tests.server.seats import Seat, new_id, visit


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_hook() as made:
        yield made


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's steady clock, in seconds, to be set on."""
    now = [1_000.0]
    real = waiting.Waiting
    monkeypatch.setattr(
        "sync.server.escalating.job.Waiting",
        lambda programme_id: real(programme_id, lambda: now[0]),
    )
    return now


def route(
    programme: Programme,
    target: str,
    *,
    label: str = "group",
    kind: Kind = "json",
    after_s: int = 0,
    office_id: UUID | None = None,
    hours: str = "",
) -> None:
    with programme.work() as work:
        add_route(
            work,
            Route(new_id(), label, office_id, after_s, kind, target, "en", hours),
        )


def low(seat: Seat, *, call: e.CallWish | None = None) -> UUID:
    """A low rating that the server has heard of."""
    encounter_id, rating_id = visit(seat, score=1)
    seat.push(e.RatingDetailed(rating_id, encounter_id, ("rules",), 1, None, call))
    return rating_id


@pytest.fixture
def leader(programme: Programme, steady: list[float]) -> Upkeep:
    return programme.upkeep


def pass_s(programme: Programme, steady: list[float], seconds: int) -> None:
    programme.clock.ms += seconds * 1000
    steady[0] += seconds


def test_a_low_rating_is_told_once_without_names_scores_or_words(
    programme: Programme, leader: Upkeep, hook: Hook
) -> None:
    route(programme, hook.url)
    assert sum(leader.escalating()) == 0
    seat = programme.seat()
    visit(seat, score=5)
    case_id = low(seat, call=e.CallWish.WAIT)
    assert sum(leader.escalating()) == 1
    assert sum(leader.escalating()) == 0
    (body,) = hook.bodies
    assert body.pop("text") == (
        "Guichet: a low rating at Beijing, window A1, 22:13. A duty manager is wanted."
        " The customer is waiting."
    )
    assert body == {
        "event": "low_rating",
        "case_id": str(case_id),
        "office": "PEK",
        "counter": "A1",
        "at_ms": programme.clock(),
        "customer_waits": True,
    }
    assert hook.keys[0].startswith(str(case_id))


def test_who_waits_is_carried_on_until_somebody_takes_it(
    programme: Programme, leader: Upkeep, steady: list[float], hook: Hook
) -> None:
    route(programme, hook.url, after_s=60)
    route(programme, hook.url, label="fallback", after_s=300)
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    taken, left = low(seat), low(seat)
    pass_s(programme, steady, 59)
    assert sum(leader.escalating()) == 0
    desk.push(e.CaseAcknowledged(taken))
    pass_s(programme, steady, 2)
    assert sum(leader.escalating()) == 1
    assert hook.bodies[-1]["case_id"] == str(left)
    pass_s(programme, steady, 240)
    assert sum(leader.escalating()) == 1
    assert len({*hook.keys}) == 2
    desk.push(e.CaseAcknowledged(left))
    pass_s(programme, steady, 3600)
    assert sum(leader.escalating()) == 0


def told_to_desks(programme: Programme, case_id: UUID) -> Case:
    [row] = rows(programme, t.record, kind="case", id=str(case_id))
    return msgspec.json.decode(row.body, type=Case)


def test_the_case_says_by_which_ways_it_was_passed_on_and_when(
    programme: Programme, leader: Upkeep, steady: list[float], hook: Hook
) -> None:
    route(programme, hook.url, label="Night desk")
    route(programme, hook.url, label="Fallback", after_s=60)
    desk, case_id = programme.seat(counter=2, kind="desk"), low(programme.seat())
    hook.answers = [(500, b"", {}), (200, b"", {})]
    assert sum(leader.escalating()) == 0
    assert told_to_desks(programme, case_id).steps == (), "nobody was told"
    pass_s(programme, steady, 30)
    assert sum(leader.escalating()) == 1
    first_ms = programme.clock.ms
    pass_s(programme, steady, 40)
    assert sum(leader.escalating()) == 1
    case = told_to_desks(programme, case_id)
    assert (case.state, case.acknowledged_ms) == ("new", None)
    assert case.steps == (
        CaseStep("passed_on", first_ms, "Night desk"),
        CaseStep("passed_on", programme.clock.ms, "Fallback"),
    )
    assert "SECRET" not in msgspec.json.encode(case).decode()
    desk.push(e.CaseAcknowledged(case_id))
    kinds = [step.kind for step in told_to_desks(programme, case_id).steps]
    assert sorted(kinds) == ["acknowledged", "passed_on", "passed_on"]
    sound(programme)


def test_a_message_that_two_leaders_sent_is_one_step(
    programme: Programme, leader: Upkeep, hook: Hook
) -> None:
    route(programme, hook.url)
    case_id = low(programme.seat())
    with reading(programme.server.engine) as connection:
        due = waiting.Waiting(programme.programme_id).find(connection, programme.clock.ms)
    assert sum(leader.escalating()) == 1
    with programme.work() as work:
        waiting.settle(work, [(each, "") for each in due])
    assert len(told_to_desks(programme, case_id).steps) == 1
    sound(programme)


def test_a_clock_that_is_set_back_keeps_nobody_from_being_called(
    programme: Programme, leader: Upkeep, steady: list[float], hook: Hook
) -> None:
    route(programme, hook.url, after_s=60)
    low(programme.seat())
    assert sum(leader.escalating()) == 0
    programme.clock.ms -= 3_600_000
    steady[0] += 61
    assert sum(leader.escalating()) == 1


def test_the_next_leader_knows_how_long_it_has_waited(
    programme: Programme, leader: Upkeep, steady: list[float], hook: Hook
) -> None:
    route(programme, hook.url, after_s=60)
    low(programme.seat())
    assert sum(leader.escalating()) == 0
    programme.clock.ms += 61_000
    assert sum(programme.upkeep.escalating()) == 1


def test_whoever_is_on_duty_is_told_and_the_next_when_their_duty_begins(
    programme: Programme, leader: Upkeep, steady: list[float], hook: Hook
) -> None:
    local = at_office(programme.clock(), "Asia/Shanghai")
    soon = local + timedelta(minutes=30)
    day = f"{local:%a}".lower()
    route(programme, hook.url, label="early", hours=f"{day} 00:00-{soon:%H:%M}")
    route(programme, hook.url, label="late", hours=f"{soon:%a} {soon:%H:%M}-23:59")
    low(programme.seat())
    assert sum(leader.escalating()) == 1
    assert sum(leader.escalating()) == 0
    pass_s(programme, steady, 1_801)
    assert sum(leader.escalating()) == 1, "nobody had taken it"
    pass_s(programme, steady, 1_801)
    assert sum(leader.escalating()) == 0


def test_another_offices_and_old_ones_wake_nobody(
    programme: Programme, leader: Upkeep, steady: list[float], hook: Hook
) -> None:
    route(programme, hook.url, office_id=new_id())
    route(programme, hook.url, label="late", after_s=0, office_id=programme.office_id)
    seat = programme.seat()
    low(seat)
    assert sum(leader.escalating()) == 1
    hook.answers = [(500, b"", {})]
    low(seat)
    assert sum(leader.escalating()) == 0
    pass_s(programme, steady, 13 * 3600)
    hook.answers = [(200, b"", {})]
    assert sum(leader.escalating()) == 0


@pytest.mark.parametrize(
    ("kind", "answer", "problem"),
    [
        ("json", (500, b"", {}), "answered 500"),
        ("json", (302, b"", {"Location": "http://127.0.0.1:1/"}), "answered 302"),
        ("wecom", (200, b'{"errcode":93000,"errmsg":"invalid webhook"}', {}), "code 93000"),
        ("feishu", (200, b'{"code":19001}', {}), "code 19001"),
        ("dingtalk", (200, b"<html>", {}), "no messenger's"),
    ],
)
def test_what_does_not_get_through_is_tried_again_and_named(
    programme: Programme,
    leader: Upkeep,
    steady: list[float],
    hook: Hook,
    kind: Kind,
    answer: tuple[int, bytes, dict[str, str]],
    problem: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    hook.answers = [answer, (200, b'{"errcode":0,"code":0}', {})]
    route(programme, hook.url, kind=kind)
    low(programme.seat())
    assert sum(leader.escalating()) == 0
    assert sum(leader.escalating()) == 0, "not at once"
    assert problem in told(programme)
    assert "SECRET" not in caplog.text
    assert "SECRET" not in told(programme)
    pass_s(programme, steady, 5)
    assert sum(leader.escalating()) == 1
    assert told(programme) == ""
    assert len(set(hook.keys)) == 1, "whoever gets it twice can tell"


def told(programme: Programme) -> str:
    with reading(programme.server.engine) as connection:
        return str(connection.execute(sa.select(t.alarm_sent.c.problem)).scalar_one())


def test_nobody_there_holds_up_no_other_way(
    programme: Programme, leader: Upkeep, hook: Hook
) -> None:
    route(programme, "http://127.0.0.1:9/x", label="dead")
    route(programme, hook.url)
    low(programme.seat())
    assert sum(leader.escalating()) == 1


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as made:
        yield made


def test_mail_is_sent_and_a_refusal_is_told(programme: Programme, post: Post) -> None:
    mailbox = Mailbox.of(f"smtp://127.0.0.1:{post.port}?plain=1", "guichet@example.com")
    leader = Upkeep(programme.server.transactions, mailbox)
    route(programme, "duty@example.com", kind="mail")
    seat = programme.seat()
    case_id = low(seat)
    assert sum(leader.escalating()) == 1
    message = email.message_from_string(post.messages[0], policy=policy.default)
    assert (message["To"], message["From"]) == ("duty@example.com", "guichet@example.com")
    assert "window A1" in message["Subject"]
    assert str(case_id) in message["Message-ID"]
    post.refuses = b"550 nobody here"
    low(seat)
    assert sum(leader.escalating()) == 0


def test_mail_without_a_server_is_no_reason_to_stop(programme: Programme) -> None:
    route(programme, "duty@example.com", kind="mail")
    low(programme.seat())
    assert sum(programme.upkeep.escalating()) == 0
    assert "GUICHET_SMTP_URL" in told(programme)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("json", "http://example.com/x"),
        ("json", "ftp://example.com/x"),
        ("json", "https:///x"),
        ("json", "https://example.com/" + "x" * 600),
        ("mail", "duty"),
        ("mail", "a@b, c@d"),
        ("mail", "a@b\r\nBcc: c@d"),
    ],
)
def test_what_nothing_can_be_sent_to_is_refused(
    programme: Programme, kind: Kind, target: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        route(programme, target, kind=kind)
    assert refusal.value.code == "bad_target"


def test_routes_have_names_of_their_own_and_go_again(programme: Programme) -> None:
    route(programme, "https://example.com/hook/SECRET")
    with pytest.raises(Rejected, match="already"):
        route(programme, "https://example.com/hook")
    with pytest.raises(Rejected, match="seconds"):
        route(programme, "https://example.com/hook", label="x", after_s=-1)
    with pytest.raises(Rejected, match="are no hours"):
        route(programme, "https://example.com/hook", label="x", hours="weekdays")
    with reading(programme.server.engine) as connection:
        (known,) = routes(connection, programme.programme_id)
    assert known.shown == "https://example.com/…"
    with programme.work() as work:
        remove_route(work, "group")
    with pytest.raises(Rejected, match="no route"), programme.work() as work:
        remove_route(work, "group")


@pytest.mark.parametrize(
    ("url", "sender"),
    [("http://x", "a@b"), ("smtp://", "a@b"), ("smtp://host", "nobody"), ("host:25", "a@b")],
)
def test_a_mail_server_that_is_none_is_refused(url: str, sender: str) -> None:
    with pytest.raises(Rejected) as refusal:
        Mailbox.of(url, sender)
    assert refusal.value.code == "bad_smtp"
    assert Mailbox.of("", "") is None
    box = Mailbox.of("smtps://u%40x:p%3A@host", "a@b")
    assert box is not None
    assert (box.user, box.password, box.port, box.is_tls) == ("u@x", "p:", 465, True)


def test_each_messenger_is_told_in_its_own_form() -> None:
    assert body_of("wecom", "x", None) == {"msgtype": "text", "text": {"content": "x"}}
    assert body_of("dingtalk", "x", None) == {"msgtype": "text", "text": {"content": "x"}}
    assert body_of("feishu", "x", None) == {"msg_type": "text", "content": {"text": "x"}}
    assert body_of("slack", "x", None) == {"text": "x"}
    assert body_of("json", "x", None) == {"event": "test", "text": "x"}
    assert refusal_in("feishu", {"StatusCode": 0}) == ""
    assert refusal_in("slack", None) == ""


def test_the_commands(
    programme: Programme, hook: Hook, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = programme.server.engine.url.render_as_string(hide_password=False)

    def run(*words: str) -> tuple[int, str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GUICHET_DATABASE_URL", url)
            status = main(["--data", str(tmp_path), "alarm", *words])
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    assert run("list") == (0, "Low ratings go to the desks alone\n")
    added = ("add", "group", "wecom", hook.url, "--office", "PEK", "--after", "60")
    assert "after 60 s without a manager" in run(*added)[1]
    assert run("add", "group", "wecom", hook.url)[0] == 1
    assert "no office" in run("add", "x", "wecom", hook.url, "--office", "X")[1]
    assert "GUICHET_SMTP_URL" in run("add", "m", "mail", "a@b.example")[1]
    hook.answers = [(200, b'{"errcode":0}', {})]
    assert run("test", "group") == (0, "group: sent\n")
    assert "测试" in hook.bodies[0]["text"]["content"]
    hook.answers = [(404, b"", {})]
    assert run("test", "group") == (1, "group: not sent, answered 404\n")
    assert run("test", "nothing")[0] == 1
    said = run("list")[1]
    assert "group: PEK, after 60 s, wecom http://127.0.0.1" in said
    assert "SECRET" not in said
    assert "but the desks" not in said
    assert run("remove", "group")[0] == 0
    night = ("add", "night", "json", hook.url, "--hours", "mon-sun 22:00-06:00")
    assert "at once, mon-sun 22:00-06:00" in run(*night)[1]
    assert "add a route without --hours" in run("list")[1]
    assert run("remove", "night")[0] == 0
