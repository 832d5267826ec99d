"""The journal as upload queue, and the members file's swap."""

from __future__ import annotations

import json
import threading
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.entry import genesis, links
from app.domain.errors import Rejected, Unavailable
from app.domain.events import EncounterOpened, EncounterResumed
from app.domain.member import Member
from app.ports.sync_store import Decided, UnsentRun
from app.ports.work import Overlay, Work
from app.store.seat import Seat
from sync.protocol.replica.encoding import Record
from tests.store.conftest import OpenSeat
from tests.store.seats import (
    MemoryVault,
    add_encounter,
    build_members,
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
    seat.sync.offer_again(1)
    seat.sync.offer_again(2)  # nothing more: 2 is not confirmed
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
    seat.sync.note_contact(offset_ms=-40, now_ms=7)
    _append(seat, 1)
    first, second = (json.loads(body) for body in _unsent(seat).bodies)
    assert (first["offset_ms"], second["offset_ms"]) == (None, -40)
    assert second["boot_id"] == "boot-1"


def test_listeners_hear_what_sync_announces(seat: Seat) -> None:
    heard: list[frozenset[str]] = []
    seat.listen(heard.append)
    seat.sync.announce("members", "cases")
    assert heard == [{"members", "cases"}]


# ------------------------------------------------------------------------------ members file


def _member(rank: int, name: str) -> Member:
    return Member(member_id=uuid4(), rank=rank, card_no=f"CA{rank:08}", name=name)


def _office(code: str, office_id: UUID) -> Record:
    body = {
        "office_id": str(office_id),
        "code": code,
        "name": code,
        "time_zone": "Asia/Shanghai",
        "duty_phone": "1",
    }
    return Record("office", str(office_id), json.dumps(body).encode())


def test_nothing_is_found_before_the_first_bootstrap(seat: Seat) -> None:
    assert list(seat.members.search("王", 20)) == []
    assert seat.members.by_id(uuid4()) is None
    assert seat.members.by_card("CA1") is None
    assert seat.members.rewards() == []
    assert seat.members.figures("PEK", "2026-11-22") is None


def test_a_new_file_is_read_at_once_and_after_a_restart(seat: Seat, reopen: OpenSeat) -> None:
    office_id = uuid4()
    member = _member(1, "欧阳娜")
    first = build_members(seat, [member], [_office("OLD", office_id)])
    office = seat.members.office(office_id)
    assert office is not None
    assert office.code == "OLD"
    second = build_members(seat, [member], [_office("NEW", office_id)])
    office = seat.members.office(office_id)
    assert office is not None
    assert office.code == "NEW"
    assert not first.exists()
    seat = reopen()
    assert seat.sync.members_file() == second
    assert [hit.member for hit in seat.members.search("欧阳", 20)] == [member]


def test_records_are_read_again_after_a_pull(seat: Seat) -> None:
    office_id = uuid4()
    path = build_members(seat, [], [_office("OLD", office_id)])
    before = seat.members.office(office_id)
    assert seat.members.office(office_id) is before, "kept"

    def pull() -> None:
        connection = seat.sync.connect_members(path)
        body = _office("NEW", office_id).body
        connection.execute("UPDATE record SET body = ?", (body,))
        connection.close()

    seat.sync.write(pull)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=1)
    after = seat.members.office(office_id)
    assert after is not None
    assert after.code == "NEW"


def test_a_record_nobody_can_read_hides_no_other(seat: Seat) -> None:
    office_id = uuid4()
    bad = [Record("office", name, body) for name, body in (("a", b"{"), ("b", b"[1]"), ("z", b""))]
    build_members(seat, [], [*bad, _office("PEK", office_id)])
    assert seat.members.office(office_id) is not None


def test_a_reader_in_the_middle_keeps_the_old_file(seat: Seat) -> None:
    member = _member(1, "王芳")
    first = build_members(seat, [member])
    reading, swapped = threading.Event(), threading.Event()
    found: list[object] = []

    def read() -> None:
        with seat._files.reading() as connection:
            reading.set()
            assert swapped.wait(10)
            found.append(connection.execute("SELECT name FROM member").fetchall())

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(10)
    build_members(seat, [_member(1, "李娜")])
    seat.sync.next_members_file()  # leftovers are removed, what is read is none
    assert first.exists()
    swapped.set()
    thread.join(10)
    assert found == [[("王芳",)]]
    assert not first.exists()
    assert [hit.member.name for hit in seat.members.search("李", 20)] == ["李娜"]


def test_readers_never_fail_while_files_are_swapped(seat: Seat) -> None:
    build_members(seat, [_member(1, "王芳")])
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        while not stop.is_set():
            try:
                assert len(seat.members.search("王", 20)) == 1
                assert seat.members.by_card("CA00000001") is not None
            except BaseException as error:  # noqa: BLE001  # reported by the test's own thread
                failures.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        build_members(seat, [_member(1, "王芳")])
    stop.set()
    for thread in threads:
        thread.join(10)
    assert failures == []
    assert len(list(seat.folder.glob("members-*.db"))) == 1


def test_leftovers_go_and_names_are_fresh(seat: Seat) -> None:
    first = build_members(seat)
    for suffix in ("", "-wal", "-shm"):
        (seat.folder / f"members-9.db{suffix}").write_bytes(b"unfinished")
    names = {seat.sync.next_members_file().name for _ in range(3)}
    assert len(names) == 3
    assert first.name not in names
    assert "members-9.db" not in names
    assert [path.name for path in seat.folder.glob("members-9*")] == []
    assert seat.sync.members_file() == first


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, bytes(8192)])
def test_what_is_no_members_file_is_not_adopted(seat: Seat, content: bytes) -> None:
    member = _member(1, "王芳")
    first = build_members(seat, [member])
    broken = seat.sync.next_members_file()
    broken.write_bytes(content)
    with pytest.raises(Unavailable) as refused:
        seat.sync.adopt_members_file(broken)
    assert refused.value.code == "members_damaged"
    assert seat.sync.members_file() == first
    assert len(seat.members.search("王", 20)) == 1


@pytest.mark.parametrize("damage", ["missing", "overwritten"])
def test_a_lost_members_file_is_rebuilt_not_mourned(
    seat: Seat, reopen: OpenSeat, damage: str
) -> None:
    path = build_members(seat, [_member(1, "王芳")])
    _append(seat, 2)
    seat.close()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"\0" * path.stat().st_size)
    seat = reopen()
    assert seat.sync.members_file() is None
    assert list(seat.members.search("王", 20)) == []
    assert seat.work.reads.unsent_summary()[0] == 2
    build_members(seat, [_member(1, "王芳")])
    assert len(seat.members.search("王", 20)) == 1


def test_users_go_before_sync_in_the_queue(seat: Seat) -> None:
    order: list[str] = []
    busy, go = threading.Event(), threading.Event()

    def hold() -> None:
        busy.set()
        assert go.wait(10)

    holder = threading.Thread(target=partial(seat.sync.write, hold))
    holder.start()
    assert busy.wait(10)
    threads = []
    writer = seat._writer
    for name in ("sync 1", "sync 2"):
        threads.append(
            threading.Thread(target=partial(seat.sync.write, partial(order.append, name)))
        )
    threads.append(
        threading.Thread(target=partial(seat.work.run, lambda work: order.append("user")))
    )
    for count, thread in enumerate(threads, start=1):
        thread.start()
        while len(writer._sync) + len(writer._user) < count:
            pass
    go.set()
    for thread in [holder, *threads]:
        thread.join(10)
    assert order == ["user", "sync 1", "sync 2"]


def test_closing_finishes_users_work_and_refuses_more(seat: Seat) -> None:
    busy, go = threading.Event(), threading.Event()
    outcomes: dict[str, object] = {}

    def hold(work: Work) -> None:
        busy.set()
        assert go.wait(10)
        work.append(EncounterResumed(uuid4()))

    def run(name: str, call: object) -> None:
        try:
            call()  # type: ignore[operator]
            outcomes[name] = "done"
        except Unavailable as error:
            outcomes[name] = error.code

    writer = seat._writer
    threads = [threading.Thread(target=run, args=("user 1", partial(seat.work.run, hold)))]
    threads[0].start()
    assert busy.wait(10)
    threads.append(threading.Thread(target=run, args=("user 2", partial(_append, seat, 1))))
    threads.append(
        threading.Thread(target=run, args=("sync", partial(seat.sync.write, lambda: None)))
    )
    for thread in threads[1:]:
        thread.start()
    while len(writer._user) + len(writer._sync) < 2:
        pass
    closing = threading.Thread(target=writer.close)
    closing.start()
    while not writer._stopping:
        pass
    go.set()
    for thread in [*threads, closing]:
        thread.join(10)
    assert outcomes == {"user 1": "done", "user 2": "done", "sync": "closed"}
    with pytest.raises(Unavailable):
        _append(seat, 1)
