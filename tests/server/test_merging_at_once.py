"""A merge meets what counters do to both members at that very moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from app.domain import events as e
from app.domain.entry import Event
from sync.protocol.messages import LeaseGrant
from sync.server.audit import audit
from sync.server.merging import merge
from sync.server.store.engine import reading
from tests.server.books import posted
from tests.server.conftest import KEYS, Programme
from tests.server.seats import new_id, visit

ROUNDS = 6


@pytest.mark.parametrize("turn", range(2))
def test_whatever_comes_meanwhile_is_posted_once_to_who_stays(
    programme: Programme, turn: int
) -> None:
    """Whichever commits first: a spend under a lease, points earned, a redemption online."""
    seats = [programme.seat(counter=n) for n in (0, 1)]
    pairs = []
    for _ in range(ROUNDS):
        pair = programme.member(8_000, home_office="PEK"), programme.member(8_000)
        pairs.append(pair if turn else pair[::-1])
    leases = {lease.member_id: lease for lease in seats[0].pull().leases}
    visits = [[visit(seat, score=None)[0] for seat in seats] for _ in pairs]
    for seat in seats:
        seat.push()
    with ThreadPoolExecutor(3) as threads:
        for (away, stay), (there, here) in zip(pairs, visits, strict=True):
            lease = leases[away if turn else stay]
            together = Barrier(3)

            def unite(away: UUID = away, stay: UUID = stay) -> None:
                together.wait(20)  # noqa: B023
                programme.server.transactions.step(
                    programme.programme_id,
                    lambda work: merge(work, KEYS, away, stay, reason="", recorded_by="op"),
                )

            def spend(there: UUID = there, lease: LeaseGrant = lease) -> list[str]:
                events: list[Event] = [
                    e.RedemptionGranted(
                        new_id(), there, lease.member_id, programme.reward_id, 300,
                        e.Cover.LEASE, lease.lease_id, None,
                    ),
                    _earned(there, lease.member_id, 70),
                ]  # fmt: skip
                together.wait(20)  # noqa: B023
                return [d.code for d in seats[0].push(*events).decisions]

            def ask(here: UUID = here, member_id: UUID = away) -> str:
                request = e.RedemptionRequested(
                    new_id(), here, member_id, programme.reward_id, 1_000,
                    e.Proof.CARD, e.CustomerYes.PANEL,
                )  # fmt: skip
                body = seats[1].body(request)
                together.wait(20)  # noqa: B023
                return seats[1].urgent(body).decision

            doing: list[Callable[[], object]] = [unite, spend, ask]
            came = [future.result(60) for future in [threads.submit(do) for do in doing]]
            assert came == [None, [], "accepted"]
            assert (posted(programme, away), posted(programme, stay)) == (0, 14_770)
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []


def _earned(encounter_id: UUID, member_id: UUID, points: int) -> e.AccrualRecorded:
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.AMOUNT, None, None, None, 1, ""
    )


def test_merges_that_meet_end_in_one_member(programme: Programme) -> None:
    """In a chain and in a circle, at once: one of two may find that it is too late."""
    for _ in range(ROUNDS):
        members = [programme.member(100) for _ in range(3)]
        pairs = [(members[n], members[(n + 1) % 3]) for n in range(3)]
        together = Barrier(3)

        def unite(pair: tuple[UUID, UUID]) -> str:
            together.wait(20)  # noqa: B023
            try:
                programme.server.transactions.step(
                    programme.programme_id,
                    lambda work: merge(work, KEYS, *pair, reason="", recorded_by="op"),
                )
            except Exception as error:
                if getattr(error, "code", "") != "member_closed":
                    raise
                return "late"
            return "done"

        with ThreadPoolExecutor(3) as threads:
            came = list(threads.map(unite, pairs))
        left = sorted(posted(programme, member_id) for member_id in members)
        assert came.count("done") in (1, 2)
        assert left == ([0, 0, 300] if came.count("done") == 2 else [0, 100, 200])
        with reading(programme.server.engine) as connection:
            assert list(audit(connection)) == []
