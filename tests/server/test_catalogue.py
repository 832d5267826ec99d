"""Rewards with terms: the server keeps to them as the counter does."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.records import Reward
from sync.server.cli import main
from sync.server.programme import change_reward, put_setting
from sync.server.store import tables as t
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

CASH = {"least_percent": 50, "step": 100, "minor_per_100": 120, "currency": "CNY"}


def change(programme: Programme, **changes: Any) -> None:
    with programme.work() as work:
        change_reward(work, 1, changes)


def ask(
    programme: Programme, seat: Seat, member_id: UUID, points: int, cash: int = 0
) -> tuple[str, str]:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    asked = e.RedemptionRequested(
        new_id(), encounter_id, member_id, programme.reward_id, points, e.Proof.CARD,
        e.CustomerYes.PANEL, cash, "CNY" if cash else "",
    )  # fmt: skip
    answer = seat.urgent(seat.append(seat.body(asked)))
    return answer.decision, answer.code


def test_a_tiers_price_is_the_only_one_it_pays(programme: Programme) -> None:
    change(programme, terms={"tier_percent": {"gold": 90}})
    seat, member_id = programme.seat(), programme.member(5_000)  # gold
    assert ask(programme, seat, member_id, 1_000) == ("refused", "reward_changed")
    assert ask(programme, seat, member_id, 900) == ("accepted", "")
    assert findings(programme) == []


def test_a_segments_price_is_the_only_one_it_pays(programme: Programme) -> None:
    change(programme, terms={"segment_percent": {"loyal": 70}})
    value: dict[str, object] = {
        "segments": [{"code": "loyal", "member_years": [5, None], "home_offices": ["PEK"]}]
    }
    with programme.work() as work:
        put_setting(work, "segments", value)
        with pytest.raises(Rejected, match="1 to 40"):
            put_setting(work, "segments", {"segments": [{"code": ""}]})
    seat = programme.seat()
    loyal, other = programme.member(5_000, home_office="PEK"), programme.member(5_000)
    assert ask(programme, seat, loyal, 1_000) == ("refused", "reward_changed")
    assert ask(programme, seat, loyal, 700) == ("accepted", "")
    assert ask(programme, seat, other, 700) == ("refused", "reward_changed")
    assert ask(programme, seat, other, 1_000) == ("accepted", "")
    assert findings(programme) == []


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"from": "2099-01-01"}, "not_yet"),
        ({"until": "2020-01-01"}, "no_longer"),
        ({"blackouts": [["2020-01-01", "2099-01-01"]]}, "blackout"),
    ],
)
def test_on_other_days_it_isnt_sold(
    programme: Programme, terms: dict[str, object], code: str
) -> None:
    change(programme, terms=terms)
    assert ask(programme, programme.seat(), programme.member(5_000), 1_000) == ("refused", code)


def test_money_pays_what_is_missing_and_is_kept_with_the_redemption(programme: Programme) -> None:
    change(programme, terms={"cash": CASH})
    seat, member_id = programme.seat(), programme.member(750)
    assert ask(programme, seat, member_id, 700, 359) == ("refused", "reward_changed")
    assert ask(programme, seat, member_id, 400, 720) == ("refused", "reward_changed")
    assert ask(programme, seat, member_id, 700, 360) == ("accepted", "")
    with programme.work() as work:
        (row,) = work.connection.execute(work.mine(t.redemption))
    assert (row.points, row.cash_minor, row.currency) == (700, 360, "CNY")
    assert findings(programme) == []


def test_a_sum_that_is_none_waits_for_a_person(programme: Programme) -> None:
    seat, member_id = programme.seat(), programme.member(5_000, home_office="PEK")
    (lease,) = seat.pull().leases
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    for cash, currency in ((-1, "CNY"), (10**12 + 1, "CNY"), (1, "yuan")):
        granted = e.RedemptionGranted(
            new_id(), encounter_id, member_id, programme.reward_id, 100, e.Cover.LEASE,
            lease.lease_id, None, cash, currency,
        )  # fmt: skip
        assert [d.code for d in seat.push(granted).decisions] == ["bad_cash"]


def test_counters_hear_of_a_change(programme: Programme) -> None:
    seat = programme.seat()
    seat.pull()
    change(programme, points=1_200, active=False, terms={"floor": 3})
    (record,) = [record for record in seat.pull().records if record.kind == "reward"]
    reward = msgspec.json.decode(bytes(record.body), type=Reward)
    assert (reward.points, reward.active, reward.terms) == (1_200, False, {"floor": 3})
    with pytest.raises(Rejected, match="floor"):
        change(programme, terms={"floor": -3})
    with pytest.raises(Rejected, match="at least a point"):
        change(programme, points=0)


def test_the_operators_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> int:
        return main([*arguments, "--data", str(tmp_path / "data")])

    assert run("init", "--programme", "Sky", "--admin-pin", "1234") == 0
    assert run("reward", "add", "1", "Lounge", "3000", "--terms", '{"floor": 500}') == 0
    file = tmp_path / "terms.json"
    file.write_text('{"until": "2027-01-31"}', encoding="utf-8")
    assert run("reward", "set", "1", "--points", "2500", "--terms", f"@{file}") == 0
    assert run("reward", "set", "1", "--active", "no") == 0
    capsys.readouterr()
    assert run("reward", "list") == 0
    row = capsys.readouterr().out.strip().split("\t")
    assert row == ["1", "Lounge", "Lounge", "2500", "False", '{"until": "2027-01-31"}']
    assert run("reward", "set", "2", "--points", "10") == 1
    assert "no reward 2" in capsys.readouterr().err
    assert run("reward", "set", "1", "--terms", '{"untl": "2027-01-31"}') == 1
    assert "untl" in capsys.readouterr().err
    assert run("reward", "set", "1", "--terms", "[]") == 1
    assert "JSON object" in capsys.readouterr().err
