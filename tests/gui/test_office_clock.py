"""What people read is dated by the office's clock, whatever the PC's time zone is."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.redemption import SetAside
from app.domain.stock import Stock
from app.services.views import Promise, RedemptionResult
from ui.qt.language import Language
from ui.qt.office_clock import OFFICE_CLOCK, OfficeClock
from ui.screens import desk_wording
from ui.viewmodels import wording

UI = Path(wording.__file__).parents[1]
SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def ms(utc: str) -> int:
    """A moment by its UTC, '2026-11-29 16:30'."""
    return int(datetime.fromisoformat(f"{utc}Z").timestamp() * 1000)


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def pc(request: pytest.FixtureRequest) -> Iterator[str]:
    """The PC's time zone: UTC, and the first and the last ones to begin a day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.fixture
def office(
    pc: str, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], None]:
    """(zone, UTC): where the seat stands and when it is."""
    Language().use("en")

    def stand(time_zone: str, now: str) -> None:
        monkeypatch.setattr(OFFICE_CLOCK, "_now_ms", lambda: ms(now))
        OFFICE_CLOCK.hang_in(time_zone)

    return stand


def on_the_desk(at: str, now: str) -> str:
    return desk_wording.clock(ms(at), ms(now))


def test_the_day_turns_at_the_offices_midnight_in_shanghai(
    office: Callable[[str, str], None],
) -> None:
    now = "2026-11-29 15:59"
    office(SHANGHAI, now)
    assert wording.moment(ms("2026-11-29 15:58")) == "today 23:58"
    assert wording.day("2026-11-30") == "30 Nov"
    assert on_the_desk("2026-11-29 13:35", now) == "21:35"

    now = "2026-11-29 16:00"
    office(SHANGHAI, now)
    assert wording.moment(ms("2026-11-29 15:59")) == "yesterday 23:59"
    assert wording.moment(ms("2026-11-29 16:00")) == "today 00:00"
    assert [wording.day(f"2026-11-{day}") for day in (28, 29, 30)] == [
        "28 Nov", "yesterday", "today",
    ]  # fmt: skip
    assert wording.dated("CA1501 2026-11-30") == "CA1501 today"
    assert on_the_desk("2026-11-29 15:59", now) == "2026-11-29 23:59"
    assert on_the_desk("2026-11-29 16:00", now) == "00:00"


def test_the_day_turns_at_the_offices_midnight_in_new_york(
    office: Callable[[str, str], None],
) -> None:
    now = "2026-11-30 04:59"
    office(NEW_YORK, now)
    assert wording.moment(ms("2026-11-29 05:00")) == "today 00:00"
    assert wording.moment(ms("2026-11-29 04:59")) == "yesterday 23:59"
    assert on_the_desk("2026-11-29 05:00", now) == "00:00"
    assert on_the_desk("2026-11-29 04:59", now) == "2026-11-28 23:59"
    office(NEW_YORK, "2026-11-30 05:00")
    assert wording.day("2026-11-30") == "today"


def test_the_year_is_the_offices_too(office: Callable[[str, str], None]) -> None:
    office(SHANGHAI, "2026-12-31 16:00")
    assert wording.day("2027-01-01") == "today"
    assert wording.day("2026-12-31") == "yesterday"
    assert wording.day("2026-12-30") == "30 Dec 2026"
    office(NEW_YORK, "2027-01-01 04:59")
    assert wording.day("2026-12-30") == "yesterday"
    assert wording.day("2027-01-01") == "1 Jan 2027"


def test_a_day_of_25_hours_is_one_day(office: Callable[[str, str], None]) -> None:
    now = "2026-11-02 04:59"
    office(NEW_YORK, now)
    said = [wording.moment(ms(f"2026-11-01 {utc}")) for utc in ("03:59", "04:00", "05:30", "06:30")]
    assert said == ["yesterday 23:59", "today 00:00", "today 01:30", "today 01:30"]
    assert wording.moment(ms(now)) == "today 23:59"
    assert on_the_desk("2026-11-01 04:00", now) == "00:00"
    office(NEW_YORK, "2026-11-02 05:00")
    assert wording.moment(ms("2026-11-01 04:00")) == "yesterday 00:00", "25 hours before"


def test_a_day_of_23_hours_is_one_day(office: Callable[[str, str], None]) -> None:
    office(NEW_YORK, "2026-03-09 03:59")
    said = [wording.moment(ms(f"2026-03-08 {utc}")) for utc in ("04:59", "05:00", "06:59", "07:00")]
    assert said == ["yesterday 23:59", "today 00:00", "today 01:59", "today 03:00"]
    assert wording.moment(ms("2026-03-09 03:59")) == "today 23:59"
    office(NEW_YORK, "2026-03-09 04:30")  # 24 hours earlier was the day before the last
    assert wording.moment(ms("2026-03-08 04:30")) == "7 Mar 23:30"
    assert wording.moment(ms("2026-03-08 05:00")) == "yesterday 00:00"


def test_what_is_of_today_goes_without_its_day(office: Callable[[str, str], None]) -> None:
    office(SHANGHAI, "2026-11-29 16:30")
    today, before = ms("2026-11-29 16:05"), ms("2026-11-29 15:55")
    assert wording.stock(Stock(0, 5, 0, today)) == "5 left as of 00:05"
    assert wording.stock(Stock(0, 5, 0, before)) == "5 left as of yesterday 23:55"
    held = tuple(SetAside(n, "PEK", "A2", at) for n, at in ((1, today), (2, before)))
    said = wording.outcome(
        RedemptionResult(
            UUID(int=1), Promise.NOT_POSSIBLE, 800, "休息室", "set_aside", "", "", set_aside=held
        )
    )
    assert "since 00:05." in said
    assert "since yesterday 23:55." in said


def test_a_zone_that_this_pc_does_not_know_is_utc_as_on_paper(
    office: Callable[[str, str], None],
) -> None:
    office("Mars/Olympus", "2026-11-29 23:59")
    assert wording.moment(ms("2026-11-29 00:00")) == "today 00:00"


def test_before_there_is_an_office_the_clock_is_the_pcs(pc: str) -> None:
    clock = OfficeClock(lambda: ms("2026-11-29 12:00"))
    shown = {"UTC": "29 12:00", "Pacific/Kiritimati": "30 02:00", "Pacific/Pago_Pago": "29 01:00"}
    assert f"{clock.at(ms('2026-11-29 12:00')):%d %H:%M}" == shown[pc]
    assert clock.today().day == int(shown[pc][:2])


def test_no_screen_asks_the_pc_for_its_time_zone() -> None:
    pcs = {
        "localtime", "mktime", "ctime", "tzset", "fromtimestamp", "astimezone", "toLocalTime",
        "currentDate", "currentTime", "currentDateTime", "fromMSecsSinceEpoch",
        "fromSecsSinceEpoch",
    }  # fmt: skip
    asking = {
        str(file.relative_to(UI))
        for file in UI.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Attribute) and node.attr in pcs
    }
    assert asking == {"qt/office_clock.py"}
