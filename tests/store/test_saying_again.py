"""A restored server has forgotten what it had posted online: the journal says it again."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID, uuid4

from app.domain.entry import Actor
from app.domain.events import Cover, CustomerYes, Proof, RedemptionRequested
from app.ports.sync_store import Decided, Heads
from app.ports.work import Overlay, RedemptionRow, Work
from app.store.seat import Seat
from tests.store.seats import MemoryVault, add_encounter, check_chain, raw_work

STAFF, SESSION, SHIFT = uuid4(), uuid4(), uuid4()


def redeem(seat: Seat, member_id: UUID, *, state: str = "posted") -> UUID:
    """Redeem 300 points online as the service does: intent, outcome, line."""

    def unit(work: Work) -> UUID:
        encounter_id = add_encounter(work)
        redemption_id = work.new_id()
        reward_id = uuid4()
        intent = RedemptionRequested(
            redemption_id, encounter_id, member_id, reward_id, 300, Proof.CARD, CustomerYes.PANEL
        )
        entry = work.append(intent, actor=Actor(STAFF, SESSION, SHIFT))
        row = RedemptionRow(
            redemption_id, encounter_id, member_id, reward_id, "", 300, "intent", None, None
        )
        work.add_redemption(row)
        done = replace(row, state="posted", cover=Cover.ONLINE)
        work.save_redemption(done, entry=entry, mark=40)
        work.add_line(redemption_id, encounter_id, "redemption", "", -300, entry)
        if state == "voided":
            work.save_redemption(replace(done, state="voided"), entry=entry, mark=None)
        return redemption_id

    return seat.work.run(unit)


def said(seat: Seat) -> list[dict[str, object]]:
    run = seat.sync.unsent(max_entries=100, max_bytes=10**6)
    return [] if run is None else [json.loads(body) for body in run.bodies]


def test_what_was_posted_online_is_said_again_and_counts_as_spent_meanwhile(
    seat: Seat,
) -> None:
    member_id = uuid4()
    before, forgotten = redeem(seat, member_id), redeem(seat, member_id)
    undone = redeem(seat, member_id, state="voided")
    seat.sync.confirm(3, [], mark=50)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=51, now_ms=1)
    assert seat.work.reads.overlay(member_id) == Overlay(0, 0)

    seat.sync.set_epoch(epoch := uuid4())
    seat.sync.offer_again(Heads({1: (1, b"")}))
    entries = said(seat)
    kinds = [str(entry["type"]) for entry in entries]
    assert kinds == ["RedemptionRequested"] * 2 + ["RedemptionGranted"] * 2
    told = []
    for entry in entries[2:]:
        payload = entry["payload"]
        assert isinstance(payload, dict)
        told.append(UUID(payload["redemption_id"]))
        assert (payload["cover"], payload["lease_id"], payload["pool_id"]) == ("online", None, None)
        assert payload["points"] == 300
        who = [entry[name] for name in ("staff_id", "session_id", "shift_id")]
        assert who == [str(STAFF), str(SESSION), str(SHIFT)], "as it was redeemed"
    assert told == [before, forgotten]
    assert undone not in told
    assert seat.work.reads.overlay(member_id) == Overlay(0, 600), "until the server has it again"

    seat.sync.set_epoch(epoch)
    assert len(said(seat)) == 4, "once an epoch"
    seat.sync.confirm(5, [], mark=3)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=4, now_ms=1)
    assert seat.work.reads.overlay(member_id) == Overlay(0, 0)


def test_what_the_server_can_no_longer_charge_stops_counting(
    seat: Seat, vault: MemoryVault
) -> None:
    member_id = uuid4()
    redeem(seat, member_id)
    seat.sync.confirm(1, [], mark=50)
    seat.sync.set_epoch(uuid4())
    seat.sync.offer_again(Heads({1: (0, b"")}))
    assert len(said(seat)) == 2
    seat.sync.confirm(2, [Decided(2, "exception", "insufficient", "")], mark=3)
    assert seat.work.reads.overlay(member_id) == Overlay(0, 0)
    connection = raw_work(seat.folder, vault)
    try:
        assert check_chain(connection) == 2
    finally:
        connection.close()
