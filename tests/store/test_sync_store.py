"""The journal as upload queue, and the members file's swap."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.entry import genesis, links
from app.domain.errors import Rejected, Unavailable
from app.domain.events import EncounterOpened, EncounterResumed
from app.ports.sync_store import Decided, Heads, UnsentRun
from app.ports.work import Overlay, Work
from app.store.seat import Seat
from tests.store.conftest import OpenSeat
from tests.store.seats import (
    START_MS,
    MemoryVault,
    SteppedClock,
    add_encounter,
    check_chain,
    earn,
    enrol,
    raw_work,
)


def _append(seat: Seat, count: int, *, urgent: bool = False, blob_bytes: int = 0) -> list[UUID]:
    def unit(work: Work) -> list[UUID]:
        return [
            work.append(
                EncounterResumed(uuid4()),
                urgent=urgent,
                blobs=[work.make_blob(b"x" * blob_bytes)] if blob_bytes else [],
            ).event_id
            for _ in range(count)
        ]

    return seat.work.run(unit)


def _unsent(seat: Seat, max_entries: int = 1_000, max_bytes: int = 10**9) -> UnsentRun:
    run = seat.sync.unsent(max_entries=max_entries, max_bytes=max_bytes)
    assert run is not None
    return run


# ------------------------------------------------------------------------------ identity


def test_nothing_before_enrolment(reopen: OpenSeat) -> None:
    seat = reopen()
    assert seat.sync.identity() is None
    assert seat.document() is None
    assert seat.sync.unsent(max_entries=10, max_bytes=10) is None
    assert seat.sync.members_file() is None
    with pytest.raises(Unavailable) as refused:
        _append(seat, 1)
    assert refused.value.code == "not_enrolled"


def test_enrolment_is_kept_and_happens_once(reopen: OpenSeat) -> None:
    document = enrol(reopen())
    seat = reopen()
    identity = seat.sync.identity()
    assert identity is not None
    assert identity.device_id == document["device_id"]
    assert (identity.incarnation, identity.server_url) == (1, "https://server.test")
    kept = seat.document()
    assert kept is not None
    assert kept["recovery_key"] == "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI="
    assert kept["server_url"] == "https://server.test"
    json.dumps(kept)

    seat.enrol("https://elsewhere.test", document)
    assert seat.sync.identity() == identity, "the same answer once more changes nothing"
    with pytest.raises(Rejected) as refused:
        enrol(seat)
    assert refused.value.code == "already_enrolled"
    assert seat.sync.sign(b"statement") == b"signed statement"


# ------------------------------------------------------------------------------ upload


def test_runs_are_cut_by_entries_and_by_bytes_and_chain_on(seat: Seat) -> None:
    _append(seat, 10)
    identity = seat.sync.identity()
    assert identity is not None
    start = genesis(identity.device_id, 1)
    whole = _unsent(seat)
    assert (whole.first_seq, whole.last_seq, len(whole.bodies)) == (1, 10, 10)
    assert whole.head_link == links(start, whole.bodies)[-1]
    three = _unsent(seat, max_entries=3)
    assert three.bodies == whole.bodies[:3]
    assert three.head_link == links(start, whole.bodies)[2]
    size = len(whole.bodies[0]) + len(whole.bodies[1])
    assert len(_unsent(seat, max_bytes=size).bodies) == 2
    assert len(_unsent(seat, max_bytes=size - 1).bodies) == 1
    assert len(_unsent(seat, max_bytes=1).bodies) == 1, "one always goes"
    seat.sync.confirm(3, [], mark=1)
    rest = _unsent(seat)
    assert (rest.first_seq, rest.bodies) == (4, whole.bodies[3:])
    seat.sync.confirm(10, [], mark=2)
    assert seat.sync.unsent(max_entries=10, max_bytes=10**6) is None


def test_blobs_count_towards_the_bytes(seat: Seat) -> None:
    _append(seat, 3, blob_bytes=1_000)
    assert len(_unsent(seat, max_bytes=2_000).bodies) == 1
    run = _unsent(seat, max_bytes=3_000)
    assert len(run.bodies) == 2
    assert len(run.blobs) == 2


def test_confirming_is_idempotent_and_never_goes_back(seat: Seat) -> None:
    _append(seat, 3)
    seat.sync.confirm(2, [Decided(2, "exception", "late", "m")], mark=5)
    seat.sync.confirm(2, [Decided(2, "duplicate", "", "")], mark=9)
    seat.sync.confirm(1, [Decided(1, "exception", "late", "m")], mark=9)
    assert [(w.seq, w.state) for w in seat.work.reads.waiting(9)] == [
        (2, "exception"),
        (3, "unsent"),
    ]
    with pytest.raises(ValueError, match="beyond the end"):
        seat.sync.confirm(4, [], mark=9)
    assert _unsent(seat).first_seq == 3


def test_exceptions_leave_the_list_after_a_week(seat: Seat, clock: object) -> None:
    _append(seat, 1)
    seat.sync.confirm(1, [Decided(1, "exception", "late", "m")], mark=5)
    assert len(seat.work.reads.waiting(9)) == 1
    clock.wall_ms += 7 * 24 * 3600 * 1000  # type: ignore[attr-defined]
    assert seat.work.reads.waiting(9) == []


def test_urgent_copies_until_delivered_or_confirmed(seat: Seat) -> None:
    _append(seat, 1)
    urgent = _append(seat, 3, urgent=True, blob_bytes=10)
    copies = seat.sync.urgent_unsent(limit=9)
    assert [copy.event_id for copy in copies] == urgent
    assert [len(copy.blobs) for copy in copies] == [1, 1, 1]
    assert copies[0].body == _unsent(seat).bodies[1]
    assert len(seat.sync.urgent_unsent(limit=2)) == 2
    seat.sync.urgent_delivered(urgent[1])
    assert [c.event_id for c in seat.sync.urgent_unsent(limit=9)] == [urgent[0], urgent[2]]
    assert _unsent(seat).last_seq == 4, "delivered ones still travel with their chain"
    seat.sync.confirm(2, [], mark=1)
    assert [c.event_id for c in seat.sync.urgent_unsent(limit=9)] == [urgent[2]]


def test_a_new_incarnation_offers_again_what_was_unconfirmed(
    seat: Seat, folder: Path, vault: MemoryVault
) -> None:
    member_id = uuid4()

    def unit(work: Work) -> list[UUID]:
        encounter_id = add_encounter(work)
        for points in (1, 2, 3):
            earn(work, encounter_id, member_id, points)
        work.append(EncounterOpened(encounter_id, "scan"), blobs=[work.make_blob(b"b")])
        return [encounter_id]

    (encounter_id,) = seat.work.run(unit)
    seat.sync.confirm(1, [], mark=5)
    before = _unsent(seat)
    seat.sync.new_incarnation(7)
    after = _unsent(seat)
    identity = seat.sync.identity()
    assert identity is not None
    assert identity.incarnation == 7
    assert (after.first_seq, after.last_seq) == (1, 3)
    assert after.blobs == before.blobs
    assert after.head_link == links(genesis(identity.device_id, 7), after.bodies)[-1]
    for seq, (old, new) in enumerate(zip(before.bodies, after.bodies, strict=True), start=1):
        expected = {**json.loads(old), "incarnation": 7, "seq": seq}
        assert json.loads(new) == expected
        assert (
            new
            == json.dumps(
                expected, sort_keys=True, separators=(",", ":"), ensure_ascii=False
            ).encode()
        )
    assert [line.seq for line in seat.work.reads.lines(encounter_id)] == [1, 1, 2]
    assert seat.work.reads.unsent_summary()[0] == 3

    raw = raw_work(folder, vault)
    assert check_chain(raw) == 3
    archived = raw.execute("SELECT incarnation, seq, body FROM journal_archive ORDER BY seq")
    assert archived.fetchall() == [
        (1, seq, body) for seq, body in enumerate(before.bodies, start=2)
    ]
    raw.close()

    seat.sync.new_incarnation(7)
    assert _unsent(seat) == after
    with pytest.raises(ValueError, match="older"):
        seat.sync.new_incarnation(6)
    seat.sync.confirm(3, [], mark=9)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=10, now_ms=1)
    assert seat.work.reads.overlay(member_id) == Overlay(0, 0)
    assert _append(seat, 1)
    assert _unsent(seat).first_seq == 4


def test_a_forgetful_server_is_offered_again_what_it_lost(seat: Seat) -> None:
    member_id = uuid4()

    def unit(work: Work) -> None:
        encounter_id = add_encounter(work)
        for points in (1, 2, 4):
            earn(work, encounter_id, member_id, points)

    seat.work.run(unit)
    seat.sync.confirm(3, [Decided(3, "exception", "late", "m")], mark=50)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=51, now_ms=1)
    assert seat.work.reads.overlay(member_id) == Overlay(0, 0)

    seat.sync.set_epoch(uuid4())
    seat.sync.offer_again(Heads({1: (1, b"")}))
    seat.sync.offer_again(Heads({1: (2, b"")}))  # nothing more: 2 is not confirmed
    assert _unsent(seat).first_seq == 2
    assert [w.state for w in seat.work.reads.waiting(9)] == ["unsent", "unsent"]
    assert seat.work.reads.overlay(member_id) == Overlay(2, 0), "the rebuilt file lacks it"
    seat.sync.confirm(3, [], mark=3)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=4, now_ms=1)
    assert seat.work.reads.overlay(member_id) == Overlay(0, 0)


def test_marks_of_a_past_epoch_do_not_outlive_it(seat: Seat) -> None:
    member_id, epoch = uuid4(), uuid4()
    seat.work.run(lambda work: earn(work, add_encounter(work), member_id, 5))
    seat.sync.confirm(1, [], mark=1_000_000)
    seat.sync.set_epoch(epoch)
    identity = seat.sync.identity()
    assert identity is not None
    assert identity.epoch == epoch
    assert seat.work.reads.overlay(member_id) == Overlay(5, 0)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=0, now_ms=1)
    assert seat.work.reads.overlay(member_id) == Overlay(0, 0)


def test_a_pull_is_awaited_for_what_the_overlay_has(seat: Seat) -> None:
    def visit(work: Work) -> UUID:
        return add_encounter(work)

    encounter_id = seat.work.run(visit)
    _append(seat, 1)
    seat.work.run(lambda work: earn(work, encounter_id, uuid4(), 5))
    last = _unsent(seat).last_seq
    assert not seat.sync.confirm(last - 1, [], mark=1)
    assert seat.sync.confirm(last, [], mark=2)
    assert not seat.sync.confirm(last, [], mark=2), "it was known"


def test_the_link_is_remembered(seat: Seat, reopen: OpenSeat) -> None:
    seat.sync.note_contact(offset_ms=-40, now_ms=7)
    seat.sync.set_link_state(online=True, problem="")
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=8)
    assert seat.work.reads.link_state().last_pull_ms is None, "only a complete pull counts"
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=1, now_ms=9)
    link = reopen().work.reads.link_state()
    assert (link.online, link.problem, link.last_contact_ms) == (True, "", 7)
    assert (link.last_pull_ms, link.offset_ms) == (9, -40)


def test_the_offset_is_stamped_on_entries(seat: Seat) -> None:
    _append(seat, 1)
    seat.sync.note_contact(offset_ms=-40, now_ms=START_MS)
    _append(seat, 1)
    first, second = (json.loads(body) for body in _unsent(seat).bodies)
    assert (first["offset_ms"], second["offset_ms"]) == (None, -40)
    assert second["boot_id"] == "boot-1"


def test_a_clock_that_is_set_between_two_contacts_is_seen_through(
    seat: Seat, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years back: by the server's clock the entry is from now all the same."""
    seat.sync.note_contact(offset_ms=-40, now_ms=clock.now_ms())
    true_ms = clock.wall_ms
    monkeypatch.setattr(clock, "boot", lambda: ("boot-1", true_ms - START_MS))
    clock.wall_ms -= 4_000 * 86_400_000
    _append(seat, 1)
    (entry,) = (json.loads(body) for body in _unsent(seat).bodies)
    assert abs(entry["wall_ms"] + entry["offset_ms"] - (true_ms - 40)) < 1_000


def test_listeners_hear_what_sync_announces(seat: Seat) -> None:
    heard: list[frozenset[str]] = []
    seat.listen(heard.append)
    seat.sync.announce("members", "cases")
    assert heard == [{"members", "cases"}]


# ------------------------------------------------------------------------------ lost entries


def _lose(folder: Path, vault: MemoryVault, seqs: range, *, hashes: bool = False) -> None:
    """What mending leaves of entries on damaged pages (see test_mending)."""
    raw = raw_work(folder, vault)
    for seq in seqs:
        link = ", link = X''" if hashes else ""
        raw.execute(f"UPDATE journal SET body = X''{link} WHERE seq = ?", (seq,))
    raw.close()


def test_lost_entries_go_up_as_places(seat: Seat, folder: Path, vault: MemoryVault) -> None:
    ids = _append(seat, 6)
    whole = _unsent(seat)
    _lose(folder, vault, range(2, 4))
    run = _unsent(seat)
    assert [(place.seq, place.event_id) for place in run.broken] == [(2, ids[1]), (3, ids[2])]
    assert run.bodies == (whole.bodies[0], b"", b"", *whole.bodies[3:])
    assert run.head_link == whole.head_link
    assert all(place.type == "EncounterResumed" and place.wall_ms for place in run.broken)


def test_no_upload_ends_where_the_hash_is_lost(
    seat: Seat, folder: Path, vault: MemoryVault
) -> None:
    _append(seat, 9)
    whole = _unsent(seat)
    _lose(folder, vault, range(2, 6), hashes=True)
    for run in (_unsent(seat, max_entries=2), _unsent(seat, max_bytes=1 + len(whole.bodies[0]))):
        assert (run.last_seq, run.broken) == (1, ()), "it ends before, no longer than asked for"
    seat.sync.confirm(1, [], mark=1)
    for run in (_unsent(seat, max_entries=2), _unsent(seat, max_bytes=1)):
        assert [place.seq for place in run.broken] == [2, 3, 4, 5, 6]
        assert run.last_seq >= 6, "or behind, where there is nothing before"
        assert run.head_link
        assert run.bodies[4] == whole.bodies[5], "it tells the hash behind those that are lost"


def test_the_whole_journal_begins_at_its_beginning_though_its_first_hashes_are_lost(
    seat: Seat, folder: Path, vault: MemoryVault
) -> None:
    _append(seat, 9)
    seat.sync.confirm(8, [], mark=1)
    _lose(folder, vault, range(1, 6), hashes=True)
    runs = seat.whole_journal(max_entries=2, max_bytes=10**9)
    assert [run.first_seq for run in runs][:2] == [1, runs[0].last_seq + 1]
    assert runs[-1].last_seq == 9


def test_lost_entries_keep_a_place_under_a_new_incarnation_and_no_copy_is_made_of_them(
    seat: Seat, folder: Path, vault: MemoryVault
) -> None:
    ids = _append(seat, 3, urgent=True)
    _lose(folder, vault, range(2, 3))
    assert [copy.event_id for copy in seat.sync.urgent_unsent(limit=9)] == [ids[0], ids[2]]
    seat.sync.new_incarnation(2)
    assert check_chain(raw_work(folder, vault)) == 3
    assert [place.event_id for place in _unsent(seat).broken] == [ids[1]]
