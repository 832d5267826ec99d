"""Two counters at the same moment, over HTTP: nothing is spent or earned twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import msgspec
import requests

from app.domain import events as e
from app.domain.entry import copy_statement
from sync.protocol.messages import UrgentAnswer, UrgentRequest
from sync.server.api.app import make_app
from sync.server.audit import audit
from sync.server.programme import put_setting
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.http import serving
from tests.server.seats import Seat, new_id, visit

ROUNDS = 6


def intent(programme: Programme, seat: Seat, member_id: UUID, points: int, rid: UUID) -> bytes:
    event = e.RedemptionRequested(
        rid, new_id(), member_id, programme.reward_id, points, e.Proof.CARD, e.CustomerYes.PANEL
    )
    (body,) = seat.record(event)
    return body


def posted(programme: Programme, member_id: UUID) -> int:
    answer = programme.server.bootstrap(programme.seat(counter=1).device_id)
    return next(r.posted_points for r in answer.members if r.member_id == member_id)


def test_the_last_points_are_spent_once(programme: Programme) -> None:
    """Each member can pay for one reward; three counters ask at the same moment, one twice."""
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 0})
    seats = [programme.seat(counter=n) for n in (0, 1, 0)]
    members = [programme.member(1_999) for _ in range(ROUNDS)]
    with serving(make_app(programme.server)) as client, ThreadPoolExecutor(4) as threads:
        askers = [(seat, seat.token(), requests.Session()) for seat in (*seats, seats[0])]
        for member_id in members:
            ids = [new_id() for _ in seats]
            bodies = [
                intent(programme, s, member_id, 1000, i) for s, i in zip(seats, ids, strict=True)
            ]
            together = Barrier(4)

            def ask(number: int) -> UrgentAnswer:
                seat, token, session = askers[number]
                body = bodies[number % 3]  # noqa: B023 # done before the next round
                copy = UrgentRequest(msgspec.Raw(body), [], seat.key.sign(copy_statement(body)))
                together.wait(20)  # noqa: B023
                answer = session.post(
                    client.url + "/v1/urgent",
                    data=msgspec.json.encode(copy),
                    headers={"Guichet-Protocol": "1", "Authorization": f"Bearer {token}"},
                    timeout=30,
                )
                assert answer.status_code == 200, answer.text
                return msgspec.json.decode(answer.content, type=UrgentAnswer)

            answers = list(threads.map(ask, range(4)))
            decisions = [answer.decision for answer in answers]
            assert decisions.count("accepted") == 1
            assert set(decisions) <= {"accepted", "refused", "duplicate"}
            assert {a.code for a in answers if a.decision == "refused"} == {"insufficient"}
            # a copy sent twice tells the same story twice
            same = {decisions[0], decisions[3]}
            assert same in ({"accepted", "duplicate"}, {"refused"})
            assert posted(programme, member_id) == 999
        for _, _, session in askers:
            session.close()
    for seat in seats:
        seat.push()
    assert all(posted(programme, member_id) == 999 for member_id in members)
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []


def test_a_coupon_shown_at_two_counters_earns_once(programme: Programme) -> None:
    seats = [programme.seat(counter=n) for n in (0, 1)]
    members = [programme.member() for _ in range(ROUNDS)]
    encounters = [visit(seat, score=None)[0] for seat in seats]
    for seat in seats:
        seat.push()
    with ThreadPoolExecutor(2) as threads:
        for flight, member_id in enumerate(members):
            together = Barrier(2)

            def earn(number: int) -> list[str]:
                event = e.AccrualRecorded(
                    new_id(), encounters[number], member_id, 500,  # noqa: B023
                    e.AccrualSource.FLIGHT, f"CA{flight}", None, None, 1, "",  # noqa: B023
                )  # fmt: skip
                together.wait(20)  # noqa: B023
                return [d.code for d in seats[number].push(event).decisions]

            assert sorted(threads.map(earn, range(2))) == [[], ["already_earned"]]
            assert posted(programme, member_id) == 500
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []


def test_a_refund_meets_its_redemption_whichever_comes_first(programme: Programme) -> None:
    """Neither writes over what the other has brought, and the refund waits for nobody."""
    away, here = programme.seat(), programme.seat(counter=1)
    away.pull()
    members = [programme.member(1000) for _ in range(ROUNDS)]
    visits = [[visit(seat, score=None)[0] for seat in (away, here)] for _ in members]
    for seat in (away, here):
        seat.push()
    with ThreadPoolExecutor(2) as threads:
        for member_id, (there, encounter_id) in zip(members, visits, strict=True):
            granted = e.RedemptionGranted(
                new_id(), there, member_id, programme.reward_id, 10, e.Cover.ONLINE, None, None
            )
            refund = e.RedemptionRefunded(
                new_id(), granted.redemption_id, encounter_id, 4, False, "returned"
            )
            together = Barrier(2)

            def push(seat: Seat, event: e.RedemptionGranted | e.RedemptionRefunded) -> list[str]:
                together.wait(20)  # noqa: B023
                return [d.code for d in seat.push(event).decisions]

            assert list(threads.map(push, (away, here), (granted, refund))) == [[], []]
            assert posted(programme, member_id) == 994
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []
