"""Pulls, bootstraps, leases: every replica ends with the server's state and its sum."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import events as e
from app.domain.lease import lease_statement
from app.domain.member import Member
from sync.protocol.messages import NOTHING, BootstrapAnswer, Cursor, PullAnswer
from sync.protocol.replica import encoding
from sync.server.problems import ProblemError
from sync.server.programme import put_setting
from sync.server.store.engine import make_engine
from tests.server.conftest import KEYS, Programme, add_member
from tests.server.seats import Seat, new_id, visit


class Replica:
    """What a client would hold."""

    def __init__(self) -> None:
        self.members: dict[UUID, Member] = {}
        self.records: dict[tuple[str, str], bytes] = {}

    def apply(self, answer: PullAnswer | BootstrapAnswer) -> None:
        for row in answer.members:
            values = [getattr(row, name) for name in row.__struct_fields__]
            flat = [v.bytes if isinstance(v, UUID) else v for v in values]
            self.members[row.member_id] = Member.from_flat(flat)
        for record in answer.records:
            if bytes(record.body) == bytes(NOTHING):
                self.records.pop((record.kind, record.id), None)
            else:
                self.records[record.kind, record.id] = bytes(record.body)

    def stored(self) -> list[encoding.Record]:
        return [encoding.Record(*key, body) for key, body in self.records.items()]

    def sum(self) -> tuple[int, bytes]:
        total = encoding.RowSum()
        for member in self.members.values():
            total.add(encoding.row_hash(member))
        for record in self.stored():
            total.add(encoding.record_hash(record))
        return total.count, total.total.to_bytes(16, "big")


def follow(seat: Seat, replica: Replica, *, limit: int = 500) -> PullAnswer:
    while True:
        answer = seat.pull(limit)
        replica.apply(answer)
        if not answer.more:
            return answer


@pytest.mark.parametrize("kind", ["counter", "desk"])
def test_a_replica_ends_with_the_servers_sum(programme: Programme, kind: str) -> None:
    seat, other, replica = programme.seat(kind=kind), programme.seat(counter=1), Replica()
    with programme.work() as work:
        ids = [add_member(work, 100 * n, name=f"王{n}") for n in range(12)]
    page = programme.server.bootstrap(seat.device_id, limit=5)
    seat.cursor = page.cursor
    pages = 0
    while True:
        replica.apply(page)
        pages += 1
        if page.next_rank is None:
            break
        encounter_id, _ = visit(other, score=pages, member_id=ids[pages])
        other.push(
            e.AccrualRecorded(
                new_id(), encounter_id, ids[pages], 50, e.AccrualSource.AMOUNT,
                None, None, None, 1, "",
            )
        )  # fmt: skip
        page = programme.server.bootstrap(seat.device_id, after_rank=page.next_rank, limit=5)
    assert pages == 3
    sum(programme.upkeep.publishing_office_days())
    answer = follow(seat, replica, limit=2)
    assert (answer.row_count, answer.row_sum) == replica.sum()
    kinds = {key[0] for key in replica.records}
    assert ({"figures", "case"} <= kinds) == (kind == "desk")
    assert kinds >= {"staff", "reward", "office", "counter"}
    again = follow(seat, replica)
    assert (again.members, again.records) == ([], [])
    assert (again.row_count, again.row_sum) == replica.sum()


def test_pushed_means_covered_by_a_later_horizon(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    mark = seat.push().mark
    assert follow(seat, Replica()).horizon > mark


def test_a_cursor_of_another_database_is_refused(programme: Programme) -> None:
    seat = programme.seat()
    seat.cursor = Cursor(2**40, 0)
    with pytest.raises(ProblemError) as error:
        seat.pull()
    assert error.value.problem.code == "cursor_unknown"


# SQLite has one writer: nothing can commit late
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_late_commit_is_not_skipped(programme: Programme) -> None:
    """Two connections: one begins first and commits last."""
    seat, replica = programme.seat(kind="desk", counter=2), Replica()
    slow = programme.work()
    work = slow.__enter__()
    late_id = add_member(work, 10, name="迟到")
    with programme.work() as quick:
        put_setting(quick, "rating", {"x": 1})
    held = follow(seat, replica)
    assert ("setting", "rating") in replica.records  # seen, though the cursor can't pass
    assert held.horizon <= work.xid
    assert (held.row_count, held.row_sum) == replica.sum()
    slow.__exit__(None, None, None)
    answer = follow(seat, replica)
    assert late_id in replica.members
    assert (answer.row_count, answer.row_sum) == replica.sum()


def test_leases_are_signed_bounded_and_spent_once(programme: Programme) -> None:
    member_id = programme.member(8000, home_office="PEK")
    for _ in range(5):
        programme.member(4000, home_office="PEK")
    programme.member(900, home_office="PEK")  # a quarter of it buys nothing
    programme.member(9000, home_office="SHA")
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 4})
    seat = programme.seat()
    answer = seat.pull()
    assert len(answer.leases) == 4
    lease = next(grant for grant in answer.leases if grant.member_id == member_id)
    assert lease.points == 2000
    key = x509.load_pem_x509_certificate(KEYS.authority_pem.encode()).public_key()
    assert isinstance(key, Ed25519PublicKey)
    statement = lease_statement(
        lease.lease_id, seat.device_id, member_id, lease.points, lease.expires_ms
    )
    key.verify(lease.signature, statement)
    assert seat.pull().leases == answer.leases
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    redemption_id = new_id()

    def granted(rid: UUID, points: int) -> e.RedemptionGranted:
        return e.RedemptionGranted(
            rid, encounter_id, member_id, programme.reward_id, points, e.Cover.LEASE,
            lease.lease_id, None,
        )  # fmt: skip

    assert seat.push(granted(redemption_id, 1500)).decisions == []
    over = seat.push(granted(new_id(), 600)).decisions
    assert [d.code for d in over] == ["lease_exceeded"]
    assert seat.push(e.RedemptionVoided(redemption_id, encounter_id, "undone")).decisions == []
    grant = next(g for g in seat.pull().leases if g.lease_id == lease.lease_id)
    assert grant.restored_points == 1500
    assert seat.push(granted(new_id(), 2000)).decisions == []
    assert seat.push(e.LeaseReturned(lease.lease_id, 0)).decisions == []
    (row,) = [m for m in programme.seat(counter=1).pull().members if m.member_id == member_id]
    assert row.posted_points == 6000


def test_an_online_redemption_granted_again_gives_its_slice_back(programme: Programme) -> None:
    member_id = programme.member(8000, home_office="PEK")
    seat = programme.seat()
    (lease,) = seat.pull().leases
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    redemption_id = new_id()
    body = seat.record(
        e.RedemptionRequested(
            redemption_id, encounter_id, member_id, programme.reward_id, 1000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        )
    )[0]  # fmt: skip
    assert seat.urgent(body).decision == "accepted"
    seat.push(
        e.RedemptionGranted(
            redemption_id, encounter_id, member_id, programme.reward_id, 1000,
            e.Cover.LEASE, lease.lease_id, None,
        )
    )  # fmt: skip
    answer = seat.pull()
    assert [grant.restored_points for grant in answer.leases] == [1000]
    assert [row.posted_points for row in answer.members] == [7000]


def test_what_was_voided_is_refused_later(programme: Programme) -> None:
    member_id = programme.member(3000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    redemption_id = new_id()
    intent = e.RedemptionRequested(
        redemption_id, encounter_id, member_id, programme.reward_id, 1000,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip
    body = seat.record(intent)[0]
    seat.push(e.RedemptionVoided(redemption_id, encounter_id, "interrupted"))
    answer = seat.urgent(body)
    assert (answer.decision, answer.code) == ("refused", "voided")
    assert answer.available_points == 3000


def test_redemptions_at_risk_stay_within_the_pool(programme: Programme) -> None:
    member_id = programme.member(100)
    with programme.work() as work:
        value: dict[str, object] = {
            "pool_points": 3000, "pool_per_redemption": 1000, "pool_per_member": 2000,
        }  # fmt: skip
        put_setting(work, "redemption", value)
    seat = programme.seat()
    pool = seat.pull().pool
    assert pool is not None
    assert (pool.points, pool.per_redemption, pool.per_member) == (3000, 1000, 2000)
    encounter_id, _ = visit(seat, score=None, member_id=member_id)

    def risky(points: int) -> e.RedemptionGranted:
        return e.RedemptionGranted(
            new_id(), encounter_id, member_id, programme.reward_id, points, e.Cover.AT_RISK, None,
            pool.pool_id,
        )  # fmt: skip

    answer = seat.push(risky(1000), risky(1001), risky(1000), risky(1000))
    assert [d.code for d in answer.decisions] == ["over_limit", "over_limit"]
    (row,) = seat.pull().members
    assert row.posted_points == -1900
    desk = programme.seat(counter=2, kind="desk")
    exception_id = next(r.id for r in desk.pull().records if r.kind == "exception")
    assert desk.push(e.ExceptionSettled(UUID(exception_id), "claim_back", None)).decisions == []
    assert seat.pull().members[0].posted_points in (-2900, -2901)


def test_sums_agree_with_a_recount(programme: Programme) -> None:
    """Nothing but the additive lanes is read; here they meet the stored hashes."""
    for points in (0, 10, 20):
        programme.member(points)
    engine = make_engine(programme.server.engine.url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        hashes = connection.execute(
            sa.text("SELECT row_hash FROM member UNION ALL SELECT row_hash FROM record"
                    " WHERE office_id IS NULL")
        ).scalars()  # fmt: skip
        total = sum(int.from_bytes(bytes(value), "big") for value in hashes) % 2**128
    engine.dispose()
    assert programme.seat().pull().row_sum == total.to_bytes(16, "big")


def test_leases_and_pool_are_told_again_only_when_they_changed(programme: Programme) -> None:
    programme.member(8000, home_office="PEK")
    seat = programme.seat()
    told = seat.pull()
    assert told.leases
    assert told.pool is not None

    def pull(standing: str) -> PullAnswer:
        return programme.server.pull(seat.device_id, told.cursor, standing=standing)

    same = pull(told.standing)
    assert (same.stands, same.leases, same.pool) == (True, [], None)
    assert same.standing == told.standing
    assert (same.row_count, same.row_sum) == (told.row_count, told.row_sum)
    assert pull("of another server").leases == told.leases
    lease = told.leases[0]
    seat.push(e.LeaseReturned(lease.lease_id, 0))
    after = pull(told.standing)
    assert lease not in after.leases
    assert after.pool == told.pool
    assert not after.stands
    assert pull(after.standing).stands


def test_a_visitor_is_leased_for_within_a_minute(programme: Programme) -> None:
    """Looking costs more than a pull of nothing new, which is what most pulls are."""
    member_id = programme.member(8000, home_office="SHA")
    seat = programme.seat()
    told = seat.pull()
    assert told.leases == []
    visit(seat, member_id=member_id)
    seat.push()

    def pull() -> PullAnswer:
        return programme.server.pull(seat.device_id, told.cursor, standing=told.standing)

    programme.clock.ms += 59_999
    assert pull().stands
    programme.clock.ms += 1
    assert [lease.member_id for lease in pull().leases] == [member_id]
