"""A counter for tests of use cases: the real store, everything around it in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from app.credentials.approval_keys import approval_keys
from app.credentials.device_key import DeviceKey
from app.credentials.identity import VaultIdentity
from app.credentials.ids import new_id
from app.credentials.voucher_keys import SeatVoucherKeys
from app.domain.member import Member
from app.domain.records import Reward, Role, Staff
from app.domain.risk import RiskCaps
from app.ports.exports import Exports, NoExports
from app.ports.online import (
    ActVerdict,
    DaysVerdict,
    Enrolment,
    ExposureVerdict,
    FleetVerdict,
    LookUpVerdict,
    OnlineVerdict,
    OwnWeeksVerdict,
    SavedAs,
    StatementVerdict,
    VoucherVerdict,
)
from app.ports.printer import Printer
from app.ports.sync_store import GrantedLease, GrantedPool, StoredBlob
from app.services.announcer import Announcer
from app.services.context import Context
from app.services.counter_core import CounterCore
from app.services.printing import PrintQueue, PrintRunner
from app.services.views import ChangeKind, Seat
from app.store.seat import open_seat
from tests.fakes.members import MemoryMembers
from tests.fakes.programme import Programme

BADGE = "GB-1001-7f3a"


class MemoryVault:
    strength: Literal["system", "file"] = "system"

    def __init__(self) -> None:
        self._secrets: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self._secrets.get(name)

    def put(self, name: str, secret: bytes) -> None:
        self._secrets[name] = secret

    def delete(self, name: str) -> None:
        self._secrets.pop(name, None)


class SetClock:
    """Moves only when told."""

    def __init__(self, ms: int = 1_795_000_000_000) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        return self.ms

    def boot(self) -> tuple[str, int]:
        return "boot-1", self.ms % 10**9

    def monotonic_s(self) -> float:
        return self.ms / 1000


@dataclass
class ScriptedOnline:
    """Answers redemptions with `verdict`; `asked` holds the entries it was shown."""

    verdict: OnlineVerdict = field(default_factory=lambda: OnlineVerdict("posted", mark=7))
    asked: list[dict[str, Any]] = field(default_factory=list)
    during: Callable[[], None] | None = None
    whom: LookUpVerdict = field(default_factory=lambda: LookUpVerdict("none"))
    looked_up: list[tuple[str, UUID, UUID]] = field(default_factory=list)
    claim: VoucherVerdict = field(default_factory=lambda: VoucherVerdict("taken"))
    statement_verdict: StatementVerdict = field(
        default_factory=lambda: StatementVerdict("unreachable")
    )
    stated: list[tuple[UUID, str]] = field(default_factory=list)
    saved_as: list[str] = field(default_factory=list)
    devices: FleetVerdict = field(default_factory=lambda: FleetVerdict("unreachable"))
    acted: ActVerdict = field(default_factory=lambda: ActVerdict("unreachable"))
    acts: list[tuple[str, UUID, str]] = field(default_factory=list)
    exposed: ExposureVerdict = field(default_factory=lambda: ExposureVerdict("unreachable"))
    counted: DaysVerdict = field(default_factory=lambda: DaysVerdict("unreachable"))
    days_asked: list[tuple[str, str, str]] = field(default_factory=list)
    weeks: OwnWeeksVerdict = field(default_factory=lambda: OwnWeeksVerdict("unreachable"))
    weeks_asked: list[tuple[UUID, UUID]] = field(default_factory=list)
    claimed: list[tuple[str, UUID]] = field(default_factory=list)

    def redeem(
        self, body: bytes, signature: bytes, blobs: Sequence[StoredBlob], *, limit_s: float
    ) -> OnlineVerdict:
        self.asked.append(json.loads(body))
        if self.during is not None:
            self.during()
        return self.verdict

    def look_up(
        self, text: str, *, staff_id: UUID, session_id: UUID, limit_s: float
    ) -> LookUpVerdict:
        self.looked_up.append((text, staff_id, session_id))
        return self.whom

    def claim_voucher(self, text: str, use_id: UUID, *, limit_s: float) -> VoucherVerdict:
        self.claimed.append((text, use_id))
        return self.claim

    def statement(
        self,
        member_id: UUID,
        *,
        first_day: str,
        staff_id: UUID,
        session_id: UUID,
        limit_s: float,
        saved_as: SavedAs = "",
    ) -> StatementVerdict:
        self.stated.append((member_id, first_day))
        self.saved_as.append(saved_as)
        return self.statement_verdict

    def exposure(self, *, limit_s: float) -> ExposureVerdict:
        return self.exposed

    def fleet(self, *, staff_id: UUID, session_id: UUID, limit_s: float) -> FleetVerdict:
        return self.devices

    def act_on_device(
        self,
        act: Literal["revoke", "release"],
        device_id: UUID,
        reason: str,
        *,
        staff_id: UUID,
        session_id: UUID,
        limit_s: float,
    ) -> ActVerdict:
        self.acts.append((act, device_id, reason))
        return self.acted

    def days(
        self, office_code: str, *, first_day: str, last_day: str, limit_s: float
    ) -> DaysVerdict:
        self.days_asked.append((office_code, first_day, last_day))
        return self.counted

    def own_weeks(self, *, staff_id: UUID, session_id: UUID, limit_s: float) -> OwnWeeksVerdict:
        self.weeks_asked.append((staff_id, session_id))
        return self.weeks

    def enrol(
        self, server_url: str, code: str, public_key: bytes, *, office: str = ""
    ) -> Enrolment:
        raise AssertionError("not asked for in these tests")


@dataclass
class ScriptedNeighbours:
    """Answers with `label` after `during`; `asked` holds for whom and how many points."""

    label: str = ""
    asked: list[tuple[UUID, int]] = field(default_factory=list)
    during: Callable[[UUID, int], None] | None = None

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        self.asked.append((member_id, points))
        if self.during is not None:
            self.during(member_id, points)
        return self.label


def member(number: int = 1, **changes: Any) -> Member:
    return Member(
        **{
            "member_id": UUID(int=number),
            "rank": number,
            "card_no": f"CA{number:010d}",
            "name": "张伟明",
            "phone": "15412345678",
            "tier": "gold",
            "home_office": "PEK",
            "posted_points": 10_000,
            "language": "zh_CN",
            **changes,
        }
    )


def staff(number: str, *roles: Role, pin: str = "1234", **changes: Any) -> Staff:
    return Staff(
        **{
            "staff_id": UUID(int=9_000 + int(number)),
            "number": number,
            "name": f"Staff {number}",
            "roles": roles or ("clerk",),
            "office_id": UUID(int=500),
            "pin_verifier": pin,
            "badge_hash": "",
            "active": True,
            **changes,
        }
    )


def reward(number: int, points: int) -> Reward:
    return Reward(UUID(int=700 + number), number, f"奖品{number}", f"Reward {number}", points, True)


@dataclass
class Counter:
    """A seat with two clerks, a manager, some members and rewards; nobody signed in."""

    folder: Path
    kind: str = "counter"
    vault: MemoryVault = field(default_factory=MemoryVault)
    clock: SetClock = field(default_factory=SetClock)
    online: ScriptedOnline = field(default_factory=ScriptedOnline)
    members: MemoryMembers = field(default_factory=MemoryMembers)
    programme: Programme = field(default_factory=Programme)
    office_number: int = 500
    device_number: int = 42
    printer: Printer | None = None
    exports: Exports = field(default_factory=NoExports)

    def __post_init__(self) -> None:
        badge = hashlib.sha256(BADGE.encode()).hexdigest()
        self.members.people = [member(1), member(2, name="李娜", posted_points=800)]
        self.members.crew = [
            staff("1001", badge_hash=badge),
            staff("1002", member_id=UUID(int=2)),
            staff("2001", "duty_manager", "clerk"),
        ]
        self.members.catalogue = [reward(1, 500), reward(2, 3_000), reward(3, 50_000)]
        self.open()

    def open(self) -> None:
        """Start the program (again) on the same folder."""
        self.seat = open_seat(
            self.folder, self.vault, self.clock, new_id, sign=DeviceKey(self.vault).sign
        )
        identity = VaultIdentity(self.vault, document=self.seat.document, enrol=self.seat.enrol)
        if identity.document() is None:
            key = DeviceKey(self.vault).public_key()
            answer = _enrolled(self.kind)
            answer |= {
                "device_id": str(UUID(int=self.device_number)),
                "office_id": str(UUID(int=self.office_number)),
                **self.programme.papers(
                    UUID(int=self.office_number), UUID(int=self.device_number), key
                ),
            }
            identity.enrol("https://guichet.example", answer)
        self.changes: list[frozenset[str]] = []
        announcer = Announcer()
        announcer.subscribe(self.changes.append)
        self.neighbours = ScriptedNeighbours()
        self.context = Context(
            store=self.seat.work,
            members=self.members,
            clock=self.clock,
            online=self.online,
            check_pin=lambda verifier, pin: verifier == pin,
            sign=self.seat.sync.sign,
            seat=lambda: Seat(
                UUID(int=self.device_number),
                "desk" if self.kind == "desk" else "counter",
                "Guichet Club",
                "PEK",
                "Beijing",
                "3",
                "Asia/Shanghai",
                self.programme.programme_id,
                UUID(int=self.office_number),
            ),
            vouchers=SeatVoucherKeys(document=identity.document, sign=self.seat.sync.sign),
            approval_keys=approval_keys(self.seat.document),
            neighbours=self.neighbours,
            receipt_language="en",
            exports=self.exports,
        )
        self.core = CounterCore(
            self.context,
            identity,
            announcer,
            new_id,
            self.seat.close,
            printing=None
            if self.printer is None
            else PrintRunner(
                PrintQueue(
                    self.context,
                    self.printer,
                    "en",
                    lambda: announcer.announce(ChangeKind.RECEIPTS),
                )
            ),
        )
        self.core.start()

    def restart(self) -> None:
        self.core.close()
        self.open()

    def go_online(self, online: bool = True) -> None:
        self.seat.sync.set_link_state(online=online, problem="" if online else "unreachable")

    def grant(self, points: int, member_number: int = 1) -> UUID:
        """A lease from the server, and its pool."""
        lease_id = new_id()
        self.seat.sync.acknowledge_pull(
            leases=[
                GrantedLease(
                    lease_id, UUID(int=member_number), points, 0, 2**45, "open", b"signature"
                )
            ],
            pool=GrantedPool(UUID(int=77), 5_000, RiskCaps.unheeded(2_000, 2_500)),
            horizon=1,
            now_ms=self.clock.ms,
        )
        return lease_id

    def entries(self) -> list[dict[str, Any]]:
        """The unsent journal, decoded."""
        run = self.seat.sync.unsent(max_entries=1_000, max_bytes=10**7)
        return [] if run is None else [json.loads(body) for body in run.bodies]

    def types(self) -> list[str]:
        return [entry["type"] for entry in self.entries()]

    def last(self, kind: str) -> dict[str, Any]:
        payload: dict[str, Any] = next(
            entry["payload"] for entry in reversed(self.entries()) if entry["type"] == kind
        )
        return payload


def _enrolled(kind: str) -> dict[str, object]:
    return {
        "device_id": str(UUID(int=42)),
        "incarnation": 1,
        "kind": kind,
        "programme_id": str(UUID(int=5)),
        "programme_name": "Guichet Club",
        "office_id": str(UUID(int=500)),
        "office_code": "PEK",
        "office_name": "Beijing",
        "office_time_zone": "Asia/Shanghai",
        "counter_id": str(UUID(int=600)),
        "counter_label": "3",
        "certificate": "",
        "authority": "",
        "recovery_key": "",
        "epoch": str(UUID(int=8)),
        "server_ms": 0,
    }
