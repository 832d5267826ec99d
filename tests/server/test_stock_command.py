"""`guichet-server reward stock`: how many there are, and what an operator may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.operators import Operator

HEADS = "NUMBER\tREWARD\tLEFT\tFREE\tAT-COUNTERS\tGIVEN\tBEYOND\tWRITTEN-OFF"


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    made = Operator(tmp_path / "data", capsys)
    made.says("reward", "add", "7", "毛毯", "900", "--name-en", "Blanket")
    made.says("reward", "add", "8", "马克杯", "500")
    return made


def stock(operator: Operator, *arguments: str) -> list[str]:
    return operator.says("reward", "stock", *arguments).splitlines()


def test_it_is_set_added_to_and_has_no_end_again(operator: Operator) -> None:
    assert stock(operator) == [HEADS]
    assert stock(operator, "7") == ["Reward 7 has no stock: there is no end of it"]
    assert stock(operator, "7", "--set", "120") == [HEADS, "7\t毛毯\t120\t120\t0\t0\t0\t0"]
    assert stock(operator, "7", "--add", "5")[1:] == ["7\t毛毯\t125\t125\t0\t0\t0\t0"]
    assert stock(operator, "7", "--add", "-25")[1:] == ["7\t毛毯\t100\t100\t0\t0\t0\t0"]
    assert stock(operator, "8", "--set", "0")[1:] == ["8\t马克杯\t0\t0\t0\t0\t0\t0"]
    assert stock(operator)[1:] == ["7\t毛毯\t100\t100\t0\t0\t0\t0", "8\t马克杯\t0\t0\t0\t0\t0\t0"]
    assert stock(operator, "7")[1:] == ["7\t毛毯\t100\t100\t0\t0\t0\t0"]
    assert stock(operator, "7", "--unlimited")[1].split("\t")[2] == "unlimited"
    assert '"stocked"' not in operator.says("reward", "list").splitlines()[0]
    operator.says("audit")


def test_what_counters_hold_isnt_taken_from_under_them(operator: Operator) -> None:
    stock(operator, "7", "--set", "100")
    with operator.seat() as seat:
        (held,) = seat.pull().stock_leases
    shown = stock(operator, "7")[1].split("\t")
    assert shown[2:5] == ["100", str(100 - held.units), str(held.units)]
    refused = operator.refuses("reward", "stock", "7", "--set", str(held.units - 1))
    assert f"Counters hold {held.units} of it" in refused
    refused = operator.refuses("reward", "stock", "7", "--add", str(held.units - 101))
    assert f"Set it to {held.units}" in refused
    assert stock(operator, "7", "--set", str(held.units))[1].split("\t")[3] == "0"
    operator.says("audit")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("9", "--set", "1"), "There is no reward 9"),
        (("7", "--set", "-1"), "can't be given"),
        (("7", "--add", "-1"), "can't be given"),
        (("7", "--set", str(2**53 + 1)), "can't be given"),
        (("7", "--set", "1", "--add", "1"), "one of --set, --add and --unlimited"),
        (("7", "--set", "1", "--unlimited"), "one of --set, --add and --unlimited"),
        (("--set", "1"), "its number comes first"),
        (("--unlimited",), "its number comes first"),
    ],
)
def test_bad_input_is_explained(operator: Operator, arguments: tuple[str, ...], says: str) -> None:
    assert says in operator.refuses("reward", "stock", *arguments)
    assert stock(operator) == [HEADS]


@pytest.mark.parametrize("arguments", [("x",), ("7", "--set", "1.5"), ("7", "--add")])
def test_what_is_no_number_is_a_wrong_usage(operator: Operator, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        operator.says("reward", "stock", *arguments)
