"""A counter's PC with a real disk, enrolled at a real server, and what becomes of its journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.sealed import seal
from app.credentials.shutter import FolderShutter
from app.domain import events as e
from app.domain.entry import Entry, copy_statement
from app.domain.shutting_out import revocation_statement
from app.ports.work import OpenSession, RedemptionRow
from app.store.seat import Seat, open_seat
from sync.client.signing import signed_upload
from sync.protocol.messages import EnrolRequest, PushRequest, SealedKeyRequest, UrgentRequest
from sync.server.enrolment import make_code
from sync.server.programme import revoke_device
from sync.server.rescue import Rescued, RescueServer, rescue
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.books import rows
from tests.server.conftest import KEYS, RECOVERY, Programme
from tests.store.seats import MemoryVault, add_encounter


class ServersClock:
    """The PC's clock is the server's, and goes on by a millisecond whenever it is asked."""

    def __init__(self, programme: Programme) -> None:
        self._clock = programme.clock

    def now_ms(self) -> int:
        self._clock.ms += 1
        return self._clock.ms

    def boot(self) -> tuple[str, int]:
        return "boot", self._clock.ms

    def monotonic_s(self) -> float:
        return self._clock.ms / 1000


@dataclass
class Counter:
    """A counter's PC with a real disk, enrolled at a real server."""

    programme: Programme
    folder: Path
    vault: MemoryVault = field(default_factory=MemoryVault)
    deposits: bool = True
    server_url: str = "https://server.test"

    def __post_init__(self) -> None:
        self.clock = ServersClock(self.programme)
        self.shutter = FolderShutter(self.folder, self.vault)
        self.open()
        server = self.programme.server
        with writing(server.engine) as connection:
            code = make_code(
                connection,
                self.programme.programme_id,
                counter_id=self.programme.counter_ids[0],
                kind="counter",
                now_ms=self.programme.clock(),
            )
        public = DeviceKey(self.vault).public_key()
        answer = server.enrol(EnrolRequest(code, public, "pc", "1"))
        self.device_id = answer.device_id
        document = msgspec.to_builtins(answer)
        self.seat.enrol(self.server_url, document)
        self.shutter.keep_sealed_key(document)
        if self.deposits:
            sealed = seal(answer.recovery_key, self.vault.secrets["work_key"])
            server.deposit_sealed_key(self.device_id, SealedKeyRequest(sealed))
        self.seat.work.run(self._sign_in)

    def _sign_in(self, work: Any) -> None:
        shift_id, session_id = work.new_id(), work.new_id()
        work.start_session(
            OpenSession(session_id, self.programme.clerk_id, shift_id, work.now_ms())
        )
        work.append(e.ShiftOpened(shift_id))

    def open(self) -> Seat:
        sign = DeviceKey(self.vault).sign
        self.seat = open_seat(
            self.folder, self.vault, self.clock, new_id, sign=sign, shutter=self.shutter
        )
        return self.seat

    def serve(self, member_id: UUID, points: int = 500) -> UUID:
        """One visit: found, points earned, four stars; returns the accrual."""
        accrual_id = new_id()

        def unit(work: Any) -> None:
            encounter_id = work.new_id()
            work.append(e.EncounterOpened(encounter_id, "search"))
            work.append(e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
            work.append(
                e.AccrualRecorded(
                    accrual_id, encounter_id, member_id, points, e.AccrualSource.AMOUNT,
                    None, 100, "CNY", 1, "",
                )
            )  # fmt: skip
            work.append(e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED))
            work.append(e.RatingRecorded(work.new_id(), encounter_id, 1, 4))

        self.seat.work.run(unit)
        return accrual_id

    def ask_and_fall_silent(self, member_id: UUID) -> UUID:
        """The server has posted a redemption and no answer came; all is sent, and closed."""
        reward_id, redemption_id = self.programme.reward_id, new_id()

        def ask(work: Any) -> Entry:
            encounter_id = add_encounter(work, member_id)
            work.append(e.EncounterOpened(encounter_id, "search"))
            work.append(e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
            work.add_redemption(
                RedemptionRow(
                    redemption_id, encounter_id, member_id, reward_id, "cup", 1_000, "intent",
                    None, None,
                )
            )  # fmt: skip
            asked: Entry = work.append(
                e.RedemptionRequested(
                    redemption_id, encounter_id, member_id, reward_id, 1_000, e.Proof.CARD,
                    e.CustomerYes.PANEL,
                )
            )  # fmt: skip
            return asked

        entry = self.seat.work.run(ask)
        signature = self.seat.sync.sign(copy_statement(entry.body))
        copy = UrgentRequest(msgspec.Raw(entry.body), [], signature)
        self.programme.server.urgent(self.device_id, copy)
        self.upload()
        self.close()
        return redemption_id

    def requests(self) -> list[PushRequest]:
        run = self.seat.sync.unsent(max_entries=2000, max_bytes=10**9)
        identity = self.seat.sync.identity()
        assert run is not None
        assert identity is not None
        return [signed_upload(identity, run, self.seat.sync.sign)]

    def upload(self) -> None:
        for request in self.requests():
            answer = self.programme.server.push(self.device_id, request)
            self.seat.sync.confirm(answer.head_seq, [], mark=answer.mark)

    def go_blind(self) -> None:
        with self.programme.work() as work:
            revoke_device(work, KEYS, self.device_id)
        with reading(self.programme.server.engine) as connection:
            at_ms = connection.execute(
                sa.select(t.device.c.revoked_ms).where(t.device.c.device_id == self.device_id)
            ).scalar_one()
        statement = revocation_statement(self.device_id, at_ms)
        assert self.seat.sync.shut_out(at_ms, KEYS.authority_key.sign(statement))
        self.seat.close()

    def close(self) -> None:
        self.seat.close()


def bring(programme: Programme, path: Path, recovery: bytes = RECOVERY) -> Rescued:
    server = programme.server
    return rescue(RescueServer(server.engine, KEYS, server.clock, new_id=new_id), path, recovery)


def honour_all(programme: Programme) -> int:
    """What a manager does at the desk; returns how many."""
    desk = programme.seat(counter=2, kind="desk")
    waiting = [r for r in rows(programme, t.exception_item) if r.state == "open"]
    waiting.sort(key=lambda row: row.exception_id.bytes)
    for row in waiting:
        desk.record(e.ExceptionSettled(row.exception_id, "honour", None))
    answer = desk.push()
    assert [d for d in answer.decisions if d.decision != "accepted"] == []
    return len(waiting)
