"""Two counters and the real server, told what to do and what goes wrong, step by step.

What a run does by chance, a story does on purpose: the services, disks, engines and the server are
those of the simulation, and a fault happens where the story says so.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.events import CustomerYes, Proof
from app.services import accruals, encounters, refunds, sessions
from app.services.commands import (
    ConfirmRedemption,
    FinishEncounter,
    IdentifyMember,
    RecordAccrual,
    RefundReward,
    RequestRedemption,
    SignIn,
    SkipRating,
    UndoLast,
)
from app.services.views import EarnProposal, RedemptionResult
from sync.client.exchange import Request, Response
from sync.server.audit import audit
from sync.server.programme import put_setting
from sync.server.settings_of import setting_value
from sync.server.store import tables as t
from sync.server.transactions import programme_work
from sync.server.work import Work
from tests.simulation.clock import Ids, World
from tests.simulation.counter import CounterPc
from tests.simulation.morning import folder_in_memory, morning, places
from tests.simulation.office import Office
from tests.simulation.programme import DENIED, PIN, POOL, STAFF, Programme, programme_of

_LONG_S: Final = 3600.0


class Teller:
    """A counter with somebody signed in, who serves as told."""

    def __init__(self, pc: CounterPc, number: str) -> None:
        self.pc = pc
        sessions.sign_in(pc.context, SignIn(number, PIN))

    def serve(self, member_id: UUID) -> UUID:
        return encounters.identify_member(self.pc.context, IdentifyMember(member_id, Proof.CARD))

    def earn(self, encounter_id: UUID, points: int) -> UUID:
        """Book an amount of money; returns the accrual."""
        proposal = EarnProposal(
            "amount", points, "simulated", (), None, 1,
            amount_minor=points * 100, currency="CNY", tier="",
        )  # fmt: skip
        accruals.record_accrual(self.pc.context, RecordAccrual(encounter_id, proposal))
        return self.pc.seat.work.reads.lines(encounter_id)[-1].ref_id

    def redeem(self, encounter_id: UUID, reward: int) -> RedemptionResult:
        asked = self.pc.redemptions.request(RequestRedemption(encounter_id, reward, Proof.CARD))
        return self.pc.redemptions.confirm(
            ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL)
        )

    def undo(self, encounter_id: UUID) -> None:
        accruals.undo_last(self.pc.context, UndoLast(encounter_id))

    def refund(self, encounter_id: UUID, redemption_id: UUID, points: int) -> None:
        command = RefundReward(encounter_id, redemption_id, points, True, "cancelled")
        refunds.refund_reward(self.pc.context, command)

    def part(self, encounter_id: UUID) -> None:
        """The customer leaves, without being asked."""
        encounters.finish_encounter(self.pc.context, FinishEncounter(encounter_id))
        encounters.skip_rating(self.pc.context, SkipRating(encounter_id, "queue"))


class Hall:
    """Where a story happens."""

    def __init__(self, folder: Path) -> None:
        begun = morning(0, 2)
        source = random.Random(1)
        self.world = World(begun.world_s)
        new_id = Ids(self.world, random.Random(2))
        self.programme: Programme = programme_of(
            begun.server, begun.programme_id, begun.start, self.world, new_id
        )
        self.office = Office(self.programme, source, folder)
        for (name, kind), disk in zip(places(2), begun.disks, strict=True):
            self.office.add(name, kind, disk).danger.armed = False
        self._plan: list[tuple[str, str]] = []
        self._under = self.office.network._under
        self.office.network._under = self._as_planned  # type: ignore[method-assign]
        # In the stories nobody is at a desk, who would have to agree
        self.set("redemption", risk_approval_points=POOL["pool_per_redemption"])
        self.a, self.b = (Teller(self.office.clerks[turn].pc, STAFF[turn]) for turn in (0, 1))

    def _as_planned(self, fault: str, who: str, request: Request) -> Response | None:
        for planned in self._plan:
            if request.path.startswith(planned[0]):
                self._plan.remove(planned)
                fault = planned[1]
                break
        return self._under(fault, who, request)

    def befalls(self, path: str, *faults: str) -> None:
        """What happens to the next calls of `path`, in order (see tests/simulation/network.py)."""
        self._plan.extend((path, fault) for fault in faults)

    @property
    def to_befall(self) -> int:
        """How much of what was planned hasn't happened."""
        return len(self._plan)

    def cut_off(self, *tellers: Teller) -> None:
        for teller in tellers or (self.a, self.b):
            self.office.network.offline.add(teller.pc.name)
            self.office.network.wires.cut_off(teller.pc.name)

    def connect(self) -> None:
        """The network is back, and everything is sent and seen."""
        self.office.network.offline.clear()
        self.office.settle(_LONG_S)
        assert not self.office.behind()

    def power_cut(self, teller: Teller) -> None:
        """The PC goes down as it is, and is switched on again."""
        self.office.restart([clerk.pc for clerk in self.office.clerks].index(teller.pc))

    def set(self, name: str, **values: object) -> None:
        """Change some of a setting, and let everybody hear of it."""
        with self._work() as work:
            now = setting_value(work.connection, work.programme_id, name)
            put_setting(work, name, {**now, **values})
        self.connect()

    def member(self, points: int, *, leased: int = 0) -> UUID:
        """Somebody who began with so many points, `leased` of them set aside for the first counter.

        0: nobody holds any. In no family, so that what they earn is all theirs.
        """
        held = self.rows(
            sa.select(t.lease.c.member_id, t.lease.c.device_id, t.lease.c.remaining).where(
                t.lease.c.remaining > 0
            )
        )
        here = {
            row["member_id"]
            for row in held
            if row["device_id"] == self.a.pc.device_id and row["remaining"] >= leased
        }
        anywhere = {row["member_id"] for row in held}
        families = {row["member_id"] for row in self.rows(sa.select(t.family_share.c.member_id))}
        return next(
            member_id
            for member_id, began_with in list(self.programme.start.items())[DENIED:]
            if began_with == points
            and member_id not in families
            and (member_id in here if leased else member_id not in anywhere)
        )

    def posted(self, member_id: UUID) -> int:
        """The member's points in the server's books."""
        (row,) = self.rows(sa.select(t.balance.c.posted).where(t.balance.c.member_id == member_id))
        return int(row["posted"])

    def shown(self, teller: Teller, member_id: UUID) -> int:
        """The member's points in a counter's own members file."""
        with teller.pc.seat._files.reading():
            row = (
                teller.pc.seat._files.current()
                .execute("SELECT posted_points FROM member WHERE member_id = ?", (member_id.bytes,))
                .fetchone()
            )
        return int(row[0])

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """What the server's database says."""
        with self.programme.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def findings(self) -> list[str]:
        """What the audit finds wrong."""
        with self.programme.engine.connect() as connection:
            return list(audit(connection, now_ms=self.world.now_ms()))

    @contextmanager
    def _work(self) -> Iterator[Work]:
        with programme_work(
            self.programme.engine,
            self.programme.programme_id,
            now_ms=self.world.now_ms(),
            new_id=self.programme.new_id,
        ) as work:
            yield work


@contextmanager
def hall() -> Iterator[Hall]:
    """A hall of its own, closed in the end."""
    with folder_in_memory() as folder:
        made = Hall(folder)
        try:
            yield made
        finally:
            made.office.close()
