"""What a seat wrote about a member goes when their data is erased; the chain stays whole."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import msgspec

from app.domain.events import ContactUpdated, MatterOpened
from app.domain.records import Forgotten
from app.ports.work import Work
from app.store.seat import Seat
from sync.protocol.replica.encoding import Record
from tests.store.conftest import OpenSeat
from tests.store.seats import (
    MemoryVault,
    add_encounter,
    build_members,
    check_chain,
    enrol,
    raw_work,
)


def _written_about(seat: Seat, members: dict[str, UUID]) -> dict[str, str]:
    """Write a phone and a complaint of each; returns the commitments by text."""
    commitments: dict[str, str] = {}

    def unit(work: Work) -> None:
        for text, member_id in members.items():
            encounter_id = add_encounter(work, member_id)
            phone = work.make_blob(text.encode())
            entry = work.append(
                ContactUpdated(encounter_id, member_id, phone.commitment),
                blobs=[phone],
            )
            work.override_contact(member_id, {"phone": text}, entry)
            said = work.make_blob(f"{text} is cross".encode())
            work.append(
                MatterOpened(
                    uuid4(), encounter_id, member_id, "1", "refund", "", 1, said.commitment
                ),
                blobs=[said],
            )
            commitments[text] = phone.commitment
            commitments[f"{text} is cross"] = said.commitment

    seat.work.run(unit)
    return commitments


def test_texts_about_a_forgotten_member_go(
    reopen: OpenSeat, folder: Path, vault: MemoryVault
) -> None:
    seat = reopen()
    enrol(seat)
    gone, kept = uuid4(), uuid4()
    texts = _written_about(seat, {"13911112222": gone, "13800000000": kept})

    def left() -> set[str]:
        connection = raw_work(folder, vault)
        rows = connection.execute("SELECT content FROM blob").fetchall()
        changes = connection.execute("SELECT change FROM contact").fetchall()
        check_chain(connection)
        connection.close()
        return {bytes(row[0]).decode() for row in rows} | {str(row[0]) for row in changes}

    assert len(left()) == 6
    forgotten = Forgotten(gone, (texts["13911112222"], texts["13911112222 is cross"]))
    body = msgspec.json.encode(forgotten)
    build_members(seat, records=[Record(Forgotten.KIND, str(gone), body)])
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=1)
    assert left() == {"13800000000", "13800000000 is cross", '{"phone": "13800000000"}'}
    # Sent or not, the entries go up as they were; what they committed to is missing from them
    run = seat.sync.unsent(max_entries=10, max_bytes=10**6)
    assert run is not None
    assert len(run.bodies) == 4
    assert {blob.commitment for blob in run.blobs} == set(texts.values()) - {*forgotten.commitments}


def test_a_cut_after_the_pull_forgets_at_the_next(
    reopen: OpenSeat, folder: Path, vault: MemoryVault
) -> None:
    seat = reopen()
    enrol(seat)
    gone = uuid4()
    texts = _written_about(seat, {"13911112222": gone})
    body = msgspec.json.encode(Forgotten(gone, tuple(texts.values())))
    build_members(seat, records=[Record(Forgotten.KIND, str(gone), body)])
    seat.close()
    seat = reopen()
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=1)
    connection = raw_work(folder, vault)
    assert connection.execute("SELECT count(*) FROM blob").fetchone() == (0,)
    connection.close()
