"""What every use case is given: the ports, and who this seat is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any
from uuid import UUID

from app.domain import trust
from app.domain.errors import Rejected
from app.domain.lean import dataclass
from app.domain.member import Member
from app.domain.office_time import local_day
from app.domain.receipt_words import Language
from app.domain.records import Staff
from app.domain.redemption import Standing
from app.domain.stock import Stock
from app.domain.trust import Trust, TrustRules, trust_of
from app.ports.clock import Clock
from app.ports.exports import Exports, NoExports
from app.ports.members import Members
from app.ports.online import OnlineDesk
from app.ports.pictures import NoPictures, ShownPictures
from app.ports.pins import PinCheck
from app.ports.transfers import LeaseNeighbours
from app.ports.vouchers import VoucherKeys
from app.ports.work import EncounterRow, OpenSession, Overlay, WorkReads, WorkStore
from app.services.heard import HeardCases
from app.services.views import Seat


@dataclass(frozen=True, slots=True)
class Context:
    """The ports a use case works with.

    Attributes:
        sign: the device's signature over a statement.
        seat: who this device is, None before enrolment.
        vouchers: signs this seat's and tells whether others' are genuine.
        approval_keys: by desk, as the server gave them (app.domain.approval).
        neighbours: hand on what they hold of a member who stands here.
        receipt_language: for customers whose own isn't known.
        exports: where files go that people take along.
        heard: cases that no pull has brought yet.
        pictures: what the server gave the panel to show.
    """

    store: WorkStore
    members: Members
    clock: Clock
    online: OnlineDesk
    check_pin: PinCheck
    sign: Callable[[bytes], bytes]
    seat: Callable[[], Seat | None]
    vouchers: VoucherKeys
    neighbours: LeaseNeighbours
    approval_keys: Callable[[], Mapping[UUID, bytes]] = dict
    receipt_language: Language = "zh_CN"
    exports: Exports = field(default_factory=NoExports)
    heard: HeardCases = field(default_factory=HeardCases)
    pictures: ShownPictures = field(default_factory=NoPictures)

    def setting(self, name: str) -> tuple[dict[str, Any] | None, int]:
        """The server's setting and its version; (None, 1) while there is none."""
        found = self.members.setting(name)
        return (None, 1) if found is None else (dict(found.value), found.version)


def enrolled(context: Context) -> Seat:
    """The seat. Raises Rejected('not_enrolled')."""
    seat = context.seat()
    if seat is None:
        raise Rejected("not_enrolled", "This PC is not enrolled yet")
    return seat


def signed_in(reads: WorkReads) -> OpenSession:
    """The open session. Raises Rejected('not_signed_in')."""
    session = reads.session()
    if session is None:
        raise Rejected("not_signed_in", "Nobody is signed in")
    return session


def clerk(context: Context, reads: WorkReads) -> Staff:
    """The signed-in person. Raises Rejected('not_signed_in' or 'unknown_staff')."""
    staff = context.members.staff(signed_in(reads).staff_id)
    if staff is None or not staff.active:
        raise Rejected("unknown_staff", "This person may no longer sign in")
    return staff


def current_encounter(work: WorkReads, encounter_id: UUID) -> EncounterRow:
    """The open encounter. Raises Rejected('no_encounter') when it isn't this one."""
    row = work.open_encounter()
    if row is None or row.encounter_id != encounter_id:
        raise Rejected("no_encounter", "This encounter is no longer open")
    return row


def served_member(work: WorkReads, encounter_id: UUID) -> tuple[EncounterRow, UUID]:
    """The open encounter and its member. Raises Rejected('no_encounter' or 'no_member')."""
    row = current_encounter(work, encounter_id)
    if row.member_id is None:
        raise Rejected("no_member", "Find the member first")
    return row, row.member_id


def server_member(context: Context, reads: WorkReads, member_id: UUID) -> Member | None:
    """A member as the server knows it, or one who joined here and isn't there yet."""
    found = context.members.by_id(member_id)
    if found is not None:
        while found.merged_into is not None:
            survivor = context.members.by_id(found.merged_into)
            if survivor is None:
                break
            found = survivor
        override = reads.contact_override(member_id)
        return _overridden(found, override) if override else found
    joined = reads.joined_member(member_id)
    if joined is None:
        return None
    return Member(
        member_id=member_id,
        rank=1,
        card_no=joined["card_no"],
        name=joined["name"],
        latin_name=joined["latin_name"],
        phone=joined["phone"],
        language=joined["language"],
    )


def _overridden(member: Member, change: dict[str, str]) -> Member:
    return replace(
        member,
        phone=change.get("phone", member.phone),
        card_no=change.get("card_no", member.card_no),
    )


def trust_in(context: Context, member: Member) -> Trust:
    """How far a member is trusted by what every replica holds of them.

    Visits at the office don't count: a replica knows of none but its own.
    """
    value, _ = context.setting("redemption")
    days = None
    if member.joined_on is not None:
        today = local_day(context.clock.now_ms(), enrolled(context).time_zone)
        days = (today - member.joined_on).days
    return trust_of(
        trust.Standing(
            is_active=member.status == "active",
            owed_points=max(0, -member.available_points),
            member_days=days,
            visits=0,
            tier=member.tier,
            is_denied=context.members.is_denied(member.member_id),
        ),
        TrustRules.from_setting(value or {}),
    )


def list_age_ms(context: Context, reads: WorkReads) -> int | None:
    """How old the deny list is; None before the first pull. No clock set back makes it younger."""
    pulled_ms = reads.link_state().last_pull_ms
    if pulled_ms is None:
        return None
    return max(0, context.clock.now_ms() - pulled_ms, reads.absent_ms())


def stock_of(context: Context, reads: WorkReads, reward_id: UUID) -> Stock:
    """What this seat knows of a reward's stock."""
    lease = reads.stock_lease(reward_id)
    here = 0 if lease is None else lease.remaining_units
    told = context.members.stock_of(reward_id)
    if told is None:
        return Stock(here)
    return Stock(here, told.free, told.held, reads.link_state().last_pull_ms)


def overlay_of(context: Context, reads: WorkReads, member_id: UUID) -> Overlay:
    """What this seat did for a member under any of their ids, and the server doesn't show yet."""
    return _overlay(reads, _ids_of(context, member_id, server_member(context, reads, member_id)))


def _overlay(reads: WorkReads, ids: tuple[UUID, ...]) -> Overlay:
    overlays = [reads.overlay(one) for one in ids]
    return Overlay(
        sum(overlay.earned_points for overlay in overlays),
        sum(overlay.spent_points for overlay in overlays),
    )


def standing_of(context: Context, reads: WorkReads, member_id: UUID) -> Standing:
    """What this seat knows of a member's points, of a merged one those of who stays."""
    member = server_member(context, reads, member_id)
    ids = _ids_of(context, member_id, member)
    held = [lease for one in ids for lease in reads.leases(one)]
    leases = sorted(held, key=lambda lease: -lease.remaining_points)
    spent_here = _overlay(reads, ids).spent_points
    # The server still counts as leased what was spent under our leases and isn't posted yet.
    spent_leased = sum(lease.spent_points for lease in leases)
    leased_here = sum(lease.points for lease in leases) - max(0, spent_leased - spent_here)
    return Standing(
        posted=0 if member is None else member.posted_points,
        leased_elsewhere=0 if member is None else max(0, member.leased_points - leased_here),
        spent_here=spent_here,
        lease=leases[0] if leases else None,
        pool=reads.pool(),
        drawn_by_member=sum(reads.at_risk_spent(one) for one in ids),
        trust=Trust.NEW if member is None else trust_in(context, member),
        unheard=reads.unheard(),
        list_age_ms=list_age_ms(context, reads),
    )


def _ids_of(context: Context, member_id: UUID, member: Member | None) -> tuple[UUID, ...]:
    """All ids under which this seat may have noted something about a member."""
    survivor = member_id if member is None else member.member_id
    return tuple(dict.fromkeys((survivor, member_id, *context.members.aliases(survivor))))
