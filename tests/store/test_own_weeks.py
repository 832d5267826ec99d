"""What a counter asks of its clerk's weeks, and says without the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import Rejected, Unavailable
from app.domain.own_figures import OwnWeek
from app.ports.online import OwnWeeksVerdict
from app.services import commands as c
from tests.fakes.counter import Counter
from tests.store.test_use_cases import refusal, sign_in

WEEK = OwnWeek("2026-11-16", 60, 40, 35, 85)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "counter")
    yield made
    made.core.close()


def test_the_signed_in_clerk_is_asked_for(counter: Counter) -> None:
    sign_in(counter, "1001")
    counter.online.weeks = OwnWeeksVerdict("told", "", (WEEK,), 30, 5)
    counter.go_online()
    view = counter.core.execute(c.AskOwnWeeks())
    assert (view.weeks, view.least_n) == ((WEEK,), 30)
    ((staff_id, _),) = counter.online.weeks_asked
    session = counter.core.queries.session()
    assert session is not None
    assert staff_id == session.staff_id


def test_without_the_server_it_says_so(counter: Counter) -> None:
    sign_in(counter, "1001")
    with pytest.raises(Unavailable) as caught:
        counter.core.execute(c.AskOwnWeeks())
    assert caught.value.code == "own_weeks_need_server"


def test_nobody_signed_in_is_told_of_nobody(counter: Counter) -> None:
    assert refusal(counter, c.AskOwnWeeks()).code == "not_signed_in"
    assert isinstance(refusal(counter, c.AskOwnWeeks()), Rejected)
    assert counter.online.weeks_asked == []
