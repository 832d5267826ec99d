"""A redemption asks again while other counters hand the member's points back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.redemption import SetAside
from app.ports.online import OnlineVerdict
from sync.client.exchange import Fault, Request, Response
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.protocol import messages as m
from sync.protocol.framing import encode
from tests.fakes.sync_store import MemorySyncStore

HELD = m.SetAside(2_000, "PEK-DT", "A2", 1_790_000_000_000)
NOT_YET = m.UrgentAnswer("refused", "insufficient", "few", 100, 7, 1, [HELD])
REFUSED = m.UrgentAnswer("refused", "insufficient", "few", 100, 8, 1)
UNITS_HELD = m.UrgentAnswer("refused", "stock_held", "none free", 5_000, 8, 1)
POSTED = m.UrgentAnswer("duplicate", "", "", 0, 9, 1)


@dataclass
class Scene:
    """A server that answers by a script, and a clock that only waiting moves."""

    answers: list[m.UrgentAnswer | Fault]
    s: float = 100.0
    bodies: list[bytes] = field(default_factory=list)

    def now_ms(self) -> int:
        return int(self.s * 1000)

    def boot(self) -> tuple[str, int]:
        return "boot", int(self.s * 1000)

    def monotonic_s(self) -> float:
        return self.s

    def wait(self, seconds: float) -> None:
        self.s += seconds

    def send(self, request: Request, *, limit_s: float | None = None) -> Response:
        self.bodies.append(request.body or b"")
        self.s += 0.02
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Fault):
            raise answer
        return Response(200, {"content-type": "application/json"}, encode(answer))

    def close(self) -> None: ...


def ask(tmp_path: Path, *answers: m.UrgentAnswer | Fault) -> tuple[OnlineVerdict, Scene]:
    scene, tokens = Scene(list(answers)), TokenCache()
    tokens.keep("token", now=scene.s, life_s=3_600)
    store = MemorySyncStore.enrolled(tmp_path)
    desk = HttpOnlineDesk(
        store, lambda _: scene, scene, tokens=tokens, version="1", wait=scene.wait
    )
    try:
        return desk.redeem(b"{}", b"s" * 64, (), limit_s=2.0), scene
    finally:
        desk.close()


def spoken(held: Sequence[SetAside]) -> list[tuple[int, str, str]]:
    return [(each.points, each.office_code, each.counter_label) for each in held]


def test_the_same_request_is_posted_once_the_points_are_back(tmp_path: Path) -> None:
    verdict, scene = ask(tmp_path, NOT_YET, NOT_YET, POSTED)
    assert (verdict.outcome, verdict.mark) == ("posted", 9)
    assert len(scene.bodies) == 3
    assert len(set(scene.bodies)) == 1, "under one id"


def test_when_nobody_hands_back_it_ends_in_time_and_says_who_holds_what(tmp_path: Path) -> None:
    verdict, scene = ask(tmp_path, NOT_YET)
    assert (verdict.outcome, verdict.code) == ("refused", "insufficient")
    assert spoken(verdict.set_aside) == [(2_000, "PEK-DT", "A2")]
    assert scene.s - 100.0 < 2.0
    assert len(scene.bodies) > 5


def test_a_refusal_for_want_of_points_is_one(tmp_path: Path) -> None:
    verdict, scene = ask(tmp_path, NOT_YET, REFUSED)
    assert (verdict.outcome, verdict.set_aside, len(scene.bodies)) == ("refused", (), 2)


def test_what_was_refused_and_could_not_be_asked_again_is_refused(tmp_path: Path) -> None:
    verdict, _ = ask(tmp_path, NOT_YET, Fault("unreachable", "gone"))
    assert verdict.outcome == "refused"
    assert verdict.set_aside


def test_a_lost_answer_may_have_been_a_yes(tmp_path: Path) -> None:
    verdict, _ = ask(tmp_path, NOT_YET, Fault("lost", "reset"))
    assert verdict.outcome == "unknown"


def test_a_unit_that_counters_hold_is_asked_for_until_it_is_back(tmp_path: Path) -> None:
    verdict, scene = ask(tmp_path, UNITS_HELD, UNITS_HELD, POSTED)
    assert (verdict.outcome, len(scene.bodies)) == ("posted", 3)
    verdict, scene = ask(tmp_path, UNITS_HELD)
    assert (verdict.outcome, verdict.code) == ("refused", "stock_held")
    assert scene.s - 100.0 < 2.0
