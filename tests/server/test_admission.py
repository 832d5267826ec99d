"""A house full of pulls has room for alarms and redemptions."""

from __future__ import annotations

import pytest

from sync.server.admission import Admission, Limits
from sync.server.api.app import make_app
from sync.server.problems import ProblemError
from tests.server.conftest import Programme
from tests.server.http import serving
from tests.server.seats import new_id


def test_a_house_full_of_others_has_room_for_alarms_of_known_devices() -> None:
    admission = Admission(Limits(requests=2, urgent_besides=1))
    for _ in range(2):
        admission.enter(new_id())
    with pytest.raises(ProblemError):
        admission.enter(new_id())
    with pytest.raises(ProblemError):
        admission.enter(None, urgent=True)
    alarming = new_id()
    admission.enter(alarming, urgent=True)
    with pytest.raises(ProblemError):
        admission.enter(new_id(), urgent=True)
    admission.leave(alarming)
    admission.enter(new_id(), urgent=True)


def test_an_alarm_gets_in_where_nothing_else_does(programme: Programme) -> None:
    token = programme.seat().token()
    headers = {"Guichet-Protocol": "1", "Authorization": f"Bearer {token}"}
    with serving(make_app(programme.server, limits=Limits(requests=0))) as client:
        assert client.post("/v1/push", headers, b"{}").status_code == 503
        assert client.post("/v1/urgent", headers, b"{}").status_code == 400
