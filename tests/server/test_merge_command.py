"""`guichet-server member merge`: says what it does, before and after, and refuses in sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.operators import Operator

PEOPLE = ("GU1,欧阳娜娜,,900", "GU2,欧阳娜娜,PEK,4000", "GU3,王芳,,0")


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(tmp_path / "data", capsys, PEOPLE)


def holds(operator: Operator, card: str) -> str:
    return next(
        line
        for line in operator.says("member", "statement", card).splitlines()
        if line.startswith("Now ")
    )


def test_nothing_moves_before_it_was_said_what_would(operator: Operator) -> None:
    asked = ("member", "merge", "GU1", "GU2", "--reason", "two cards", "--by", "Zhao Min")
    before = operator.says(*asked).splitlines()
    assert before[0] == "From GU1 to GU2 would move 900 points; GU2 then has 4,900."
    assert before[-1] == "Nothing was changed: --yes does it, and there is no way back."
    assert holds(operator, "GU1").startswith("Now 900 points")
    assert holds(operator, "GU2").startswith("Now 4,000 points")

    after = operator.says(*asked, "--yes").splitlines()
    assert after[0] == "From GU1 to GU2 moved 900 points; GU2 then has 4,900."
    assert len(after) == len(before) - 1, "it says the same, but that nothing was changed"
    for card in ("GU1", "GU2"):
        assert holds(operator, card).startswith("Now 4,900 points"), "both lead to one member"
    known = operator.says("member", "copy", "GU1")
    assert "two cards" in known
    assert "Zhao Min" in known
    operator.says("audit")


def test_what_counters_hold_is_said_and_stays_with_them(operator: Operator) -> None:
    with operator.seat() as seat:
        (lease,) = seat.pull().leases
        said = operator.says("member", "merge", "GU2", "GU1", "--yes").splitlines()
        assert said[0] == "From GU2 to GU1 moved 4,000 points; GU1 then has 4,900."
        assert said[1].startswith(f"{lease.points:,} of them stand aside in 1 leases")
        assert f"{lease.points:,} of them set aside for counters" in holds(operator, "GU1")
    operator.says("audit")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("GU9", "GU2"), "There is no card GU9"),
        (("GU1", "GU9"), "There is no card GU9"),
        (("GU1", "GU1"), "lead to one member already"),
        (("GU1", "GU2", "--reason", "x" * 201), "200 characters"),
        (("GU1", "GU2", "--reason", "a\0b"), "200 characters"),
    ],
)
def test_bad_input_is_explained(operator: Operator, arguments: tuple[str, ...], says: str) -> None:
    for really in ((), ("--yes",)):
        assert says in operator.refuses("member", "merge", *arguments, *really)
    assert holds(operator, "GU1").startswith("Now 900 points")


def test_who_is_merged_or_forgotten_is_merged_no_more(operator: Operator) -> None:
    operator.says("member", "merge", "GU1", "GU2", "--yes")
    assert "lead to one member already" in operator.refuses("member", "merge", "GU2", "GU1")
    operator.says("member", "erase", "GU3", "--yes")
    assert "GU3" in operator.refuses("member", "merge", "GU3", "GU2", "--yes")
    assert holds(operator, "GU2").startswith("Now 4,900 points")


def test_the_card_is_needed_twice(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        operator.says("member", "merge", "GU1")
    assert "CARD_STAY" in capsys.readouterr().err
