"""A member's statement at a counter, from the server and without it, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.receipt import Line, Pair
from app.domain.slips import MOST_LINES
from app.ports.online import StatementLine, StatementVerdict
from app.services import commands as c
from app.services.point_views import StatementPending
from app.services.receipts import document_of
from tests.fakes.counter import Counter
from tests.store.test_use_cases import flight, redeem, refusal, serve, sign_in

ANNA = UUID(int=1)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    sign_in(made)
    yield made
    made.core.close()


def told(count: int = 2) -> StatementVerdict:
    lines = tuple(
        StatementLine("2026-11-02", "", "accrual", "CA1501", "PEK", 10, 10 * n)
        for n in range(1, count + 1)
    )
    return StatementVerdict(
        "told", lines=lines, closing_points=10 * count, lots=((7, "2027-01-31"), (3, None)), at_ms=9
    )


def test_online_it_is_the_servers_with_what_is_on_its_way(counter: Counter) -> None:
    counter.go_online()
    counter.online.statement_verdict = told()
    encounter_id = serve(counter)
    counter.core.execute(c.RecordAccrual(encounter_id, flight()))
    view = counter.core.execute(c.AskStatement(encounter_id, 30))
    assert counter.online.stated == [(ANNA, "2026-10-19")]
    assert (view.is_from_server, view.closing_points, len(view.lines)) == (True, 20, 2)
    assert view.pending == (StatementPending("accrual", flight().label, 1_240),)
    counter.core.execute(c.AskStatement(encounter_id, 0))
    assert counter.online.stated[-1] == (ANNA, "")


@pytest.mark.parametrize("outcome", ["unreachable", "refused", "none"])
def test_without_the_server_it_is_what_is_known_here(counter: Counter, outcome: str) -> None:
    counter.go_online(outcome != "unreachable")
    counter.online.statement_verdict = StatementVerdict(outcome)  # type: ignore[arg-type]
    counter.grant(2_000)
    encounter_id = serve(counter)
    if outcome == "unreachable":
        redeem(counter, encounter_id)
    view = counter.core.execute(c.AskStatement(encounter_id, 365))
    assert (view.is_from_server, view.closing_points, view.lines) == (False, 10_000, ())
    assert view.at_ms == counter.clock.ms, "as of the last pull"
    assert [each.points for each in view.pending] == ([-500] if outcome == "unreachable" else [])


def test_it_comes_out_as_a_slip_of_bounded_length(counter: Counter) -> None:
    counter.go_online()
    counter.online.statement_verdict = told(500)
    encounter_id = serve(counter)
    view = counter.core.execute(c.AskStatement(encounter_id, 30))
    counter.core.execute(c.PrintStatement(encounter_id, view))
    row = counter.seat.work.reads.last_receipts(1)[0]
    blocks = document_of(counter.context, row, "en").blocks
    pairs = [(block.left, block.right) for block in blocks if isinstance(block, Pair)]
    assert pairs.count(("2026-11-02 累积", "+10")) == MOST_LINES
    assert ("余额", "5,000") in pairs
    assert ("2027-01-31 到期", "7") in pairs
    assert ("长期有效", "3") in pairs
    assert Line("自 2026-10-19 起") in blocks


def test_a_booking_of_a_newer_server_has_a_word(counter: Counter) -> None:
    counter.go_online()
    line = StatementLine("2026-11-02", "", "of_a_newer_server", "", "", 10, 10)
    counter.online.statement_verdict = StatementVerdict("told", lines=(line,), closing_points=10)
    encounter_id = serve(counter)
    view = counter.core.execute(c.AskStatement(encounter_id, 0))
    counter.core.execute(c.PrintStatement(encounter_id, view))
    row = counter.seat.work.reads.last_receipts(1)[0]
    blocks = document_of(counter.context, row, "en").blocks
    assert any(isinstance(b, Pair) and b.left == "2026-11-02 记账" for b in blocks)


def test_nobody_served_has_none(counter: Counter) -> None:
    assert refusal(counter, c.AskStatement(UUID(int=9), 30)).code == "no_encounter"
