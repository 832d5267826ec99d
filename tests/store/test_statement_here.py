"""A member's statement at a counter, from the server and without it, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import GuichetError
from app.domain.receipt import Line, Pair
from app.domain.slips import MOST_LINES
from app.domain.statement import Sheet, StatementLine, as_csv
from app.ports.online import StatementVerdict
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


class MemoryExports:
    """Keeps what was saved, by its file's name."""

    def __init__(self) -> None:
        self.saved: dict[str, str | Sheet | bytes] = {}

    def save_text(self, name: str, text: str) -> str:
        return self._save(name, text)

    def save_sheet(self, name: str, sheet: Sheet) -> str:
        return self._save(name, sheet)

    def save_document(self, name: str, content: bytes) -> str:
        return self._save(name, content)

    def _save(self, name: str, content: str | Sheet | bytes) -> str:
        self.saved[name] = content
        return f"/there/{name}"


@pytest.fixture
def exports() -> MemoryExports:
    return MemoryExports()


@pytest.fixture
def saving(tmp_path: Path, exports: MemoryExports) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat", exports=exports)
    sign_in(made)
    made.go_online()
    made.online.statement_verdict = told()
    yield made
    made.core.close()


def test_saved_as_csv_it_is_what_the_operators_command_writes(
    saving: Counter, exports: MemoryExports
) -> None:
    file = saving.core.execute(c.SaveStatement(serve(saving), 30, "csv"))
    ((name, text),) = exports.saved.items()
    assert file == f"/there/{name}"
    assert re.fullmatch(r"statement 2026-11-18 \d{6}\.csv", name), "nobody's name or card"
    assert text == as_csv(told().lines)
    assert saving.online.stated == [(ANNA, "2026-10-19")]
    assert saving.online.saved_as == ["csv"], "the server writes down who took it along"


def test_saved_as_pdf_it_is_in_the_members_language_and_names_nobody_in_full(
    saving: Counter, exports: MemoryExports
) -> None:
    saving.core.execute(c.SaveStatement(serve(saving), 0, "pdf"))
    (sheet,) = exports.saved.values()
    assert isinstance(sheet, Sheet)
    assert saving.online.saved_as == ["pdf"]
    assert sheet.title == "Guichet Club · 积分对账单"
    assert ("会员", "张*明 ****0001") in sheet.heads
    assert ("余额", "20") in sheet.heads
    assert sheet.rows[0] == ("2026-11-02", "期初余额", "", "", "0")
    assert sheet.rows[-1] == ("2026-11-02", "累积 · CA1501", "PEK", "+10", "20")
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
    assert sheet.feet[:2] == ("2027-01-31 到期: 7", "长期有效: 3")
    assert "张伟明" not in str(sheet)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (StatementVerdict("unreachable"), "statement_needs_server"),
        (StatementVerdict("unreachable", "busy"), "statement_busy"),
        (StatementVerdict("refused", "busy"), "statement_busy"),
        (StatementVerdict("refused", "forbidden"), "statement_refused"),
        (StatementVerdict("none"), "unknown_member"),
    ],
)
def test_what_nobody_writes_down_is_not_saved(
    saving: Counter, exports: MemoryExports, verdict: StatementVerdict, code: str
) -> None:
    saving.online.statement_verdict = verdict
    command = c.SaveStatement(serve(saving), 30, "csv")
    with pytest.raises(GuichetError) as refused:
        saving.core.execute(command)
    assert refused.value.code == code
    assert exports.saved == {}


def test_without_the_network_the_server_isnt_even_asked(saving: Counter) -> None:
    saving.go_online(False)
    with pytest.raises(GuichetError, match="write down who"):
        saving.core.execute(c.SaveStatement(serve(saving), 30, "pdf"))
    assert saving.online.stated == []


def test_a_seat_without_a_folder_says_so(counter: Counter) -> None:
    counter.go_online()
    counter.online.statement_verdict = told()
    for form in ("csv", "pdf"):
        with pytest.raises(GuichetError) as refused:
            counter.core.execute(c.SaveStatement(serve(counter), 30, form))
        assert refused.value.code == "export_failed"


def test_a_duty_manager_asks_of_whom_nobody_serves(saving: Counter, exports: MemoryExports) -> None:
    asks, saves = c.AskStatementOf(ANNA, 30), c.SaveStatementOf(ANNA, 0, "csv")
    for command in (asks, saves):
        assert refusal(saving, command).code == "not_manager"
    assert saving.online.stated == []
    saving.core.execute(c.SignOut())
    assert refusal(saving, asks).code == "not_signed_in"
    sign_in(saving, "2001")
    view = saving.core.execute(asks)
    assert (view.is_from_server, view.closing_points) == (True, 20)
    saving.core.execute(saves)
    assert saving.online.stated == [(ANNA, "2026-10-19"), (ANNA, "")]
    assert saving.online.saved_as == ["", "csv"]
    assert list(exports.saved.values()) == [as_csv(told().lines)]


def test_nobody_served_has_none(counter: Counter) -> None:
    assert refusal(counter, c.AskStatement(UUID(int=9), 30)).code == "no_encounter"
