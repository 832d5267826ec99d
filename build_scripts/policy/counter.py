"""A counter with the program's own decisions and the server's own answers, without disk and wire.

Left out are HTTP, the pages of a pull and the encrypted files: a connected counter knows what the
server does of members' points, one that was cut off what it knew then. Entries are chained and
signed, and taken in by the server, as always.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import UUID

from app.domain import events as e
from app.domain.lease import Lease, Pool
from app.domain.redemption import Standing, foresee, without_server
from build_scripts.policy.accounts import Account
from build_scripts.policy.programme import Held, Points, Programme
from build_scripts.policy.served import Served


class WrongPromise(Exception):
    """A counter gave something away that the server doesn't post."""


class Counter:
    """One device.

    Attributes:
        account: what was done to its leases so far.
        is_due: the server should look after them.
    """

    def __init__(self, programme: Programme, office: str, index: int) -> None:
        self.office = office
        self.account = Account()
        self.is_due = True
        self._programme = programme
        self._seat = programme.seat(office, index)
        self._known: Mapping[str, Points] | None = None
        self._spent_here: defaultdict[UUID, int] = defaultdict(int)
        self._leases: dict[str, Lease] = {}
        self._lease_of: dict[str, str] = {}  # open leases by member
        self._asked_back: set[str] = set()
        self._pool: Pool | None = None
        self._drawn: defaultdict[UUID, int] = defaultdict(int)

    @property
    def online(self) -> bool:
        return self._known is None

    def cut_off(self, known: Mapping[str, Points]) -> None:
        """The server is out of reach; `known` is what `Programme.points` said by then."""
        self._known = known

    def link(self) -> None:
        """The server is there again."""
        self._known = None

    # --- with the server

    def sync(self) -> None:
        """Push, hear of leases, and hand back what is asked for."""
        self._push()
        self._grant()
        if self._hand_back():
            self._push()

    def look(self) -> None:
        """The same, and the server looks what the counter should hold."""
        self._push()
        began_s = time.process_time()
        self._programme.issue(self._seat.device_id)
        self.account.looking_s += time.process_time() - began_s
        self.account.looks += 1
        self.is_due = False
        self.sync()

    def _push(self) -> None:
        seat = self._seat
        if seat.sent < len(seat.bodies):
            answer = seat.server.push(seat.device_id, seat.request())
            seat.sent = answer.head_seq
            refused = [each.code for each in answer.decisions if each.decision == "exception"]
            if refused:
                raise WrongPromise(f"the server refused what a counter promised: {refused}")
        self._spent_here.clear()  # the server's figures have it

    def _grant(self) -> None:
        held, allowance = self._programme.held(self._seat.device_id)
        leases = {told.lease_id: self._granted(told) for told in held}
        self._leases = leases
        self._lease_of = {
            lease.member_id.hex: lease_id
            for lease_id, lease in leases.items()
            if lease.state == "open"
        }
        if allowance is not None:
            pool_id = UUID(allowance.pool_id)
            if self._pool is None or self._pool.pool_id != pool_id:
                _, points, per_redemption, per_member = allowance
                self._pool = Pool(pool_id, points, 0, per_redemption, per_member)
                self._drawn.clear()

    def _granted(self, told: Held) -> Lease:
        lease = self._leases.get(told.lease_id)
        if lease is None:
            self.account.done["granted"] += 1
            lease_id, member_id = UUID(told.lease_id), UUID(told.member_id)
            return Lease(lease_id, member_id, told.points, 0, told.expires_ms, "open")
        if told.state == "recall" and lease.state == "open":
            self._asked_back.add(told.lease_id)
        if told.points == lease.points and told.expires_ms == lease.expires_ms:
            return lease
        self.account.done["filled up" if told.points > lease.points else "prolonged"] += 1
        return replace(lease, points=told.points, expires_ms=told.expires_ms)

    def _hand_back(self) -> bool:
        """Give back what is asked for, at the end of the journal; returns whether there was any."""
        asked_back, self._asked_back = self._asked_back, set()
        for held in sorted(asked_back):
            lease = self._leases[held]
            self._seat.record(e.LeaseReturned(lease.lease_id, lease.remaining_points))
            self._leases[held] = replace(lease, state="returned")
            self._lease_of.pop(lease.member_id.hex, None)
            self.account.done["handed back"] += 1
        return bool(asked_back)

    # --- with a customer

    def standing(self, member_id: UUID) -> Standing:
        """What the counter knows of a member's points, as `standing_of` puts it together."""
        held = self._lease_of.get(member_id.hex)
        lease = None if held is None else self._leases[held]
        spent_here = self._spent_here[member_id]
        leased_here = 0 if lease is None else lease.points - max(0, lease.spent_points - spent_here)
        known = self._programme.points(member_id) if self._known is None else self._known
        points = known[member_id.hex]
        return Standing(
            posted=points.posted,
            leased_elsewhere=max(0, points.leased - leased_here),
            spent_here=spent_here,
            lease=lease,
            pool=self._pool,
            drawn_by_member=self._drawn[member_id],
        )

    def serve(
        self,
        member_id: UUID,
        reward_number: int = 0,
        *,
        ask_holders: Callable[[], None] = lambda: None,
    ) -> Served | None:
        """One visit; `ask_holders` lets other counters hear the feed and hand back.

        Returns:
            What became of the redemption; None where nothing was wanted.
        """
        encounter_id = self._programme.new_id()
        self._seat.record(
            e.EncounterOpened(encounter_id, "card"),
            e.MemberIdentified(encounter_id, member_id, e.Proof.CARD),
        )
        served = None
        if reward_number:
            served = self._redeem(encounter_id, member_id, reward_number, ask_holders)
        self._seat.record(e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED))
        return served

    def _redeem(
        self,
        encounter_id: UUID,
        member_id: UUID,
        reward_number: int,
        ask_holders: Callable[[], None],
    ) -> Served:
        reward_id, points = self._programme.base.rewards[reward_number]
        standing = self.standing(member_id)
        foreseen = foresee(standing, points, online=self.online)
        if foreseen.step == "refuse":
            return Served("refused", foreseen.reason, if_cut="refuse" if self.online else "")
        intent = e.RedemptionRequested(
            self._programme.new_id(),
            encounter_id,
            member_id,
            reward_id,
            points,
            e.Proof.CARD,
            e.CustomerYes.PANEL,
        )
        (body,) = self._seat.record(intent)
        if not self.online:
            return self._without_server(intent)
        if_cut = without_server(standing, points).step
        answer = self._seat.urgent(body)
        waited = bool(answer.set_aside)
        if waited:
            ask_holders()
            answer = self._seat.urgent(body)
        if answer.decision in ("accepted", "duplicate"):
            self._spent_here[member_id] += points
            return Served("online", waited=waited, if_cut=if_cut)
        if answer.code == "insufficient" and standing.lease_remaining >= points:
            return replace(self._without_server(intent), if_cut=if_cut)
        self._seat.record(e.RedemptionVoided(intent.redemption_id, encounter_id, "refused"))
        reason = "set_aside" if answer.set_aside else answer.code
        return Served("refused", reason, waited, if_cut)

    def _without_server(self, intent: e.RedemptionRequested) -> Served:
        standing = self.standing(intent.member_id)
        verdict = without_server(standing, intent.points)
        if verdict.step == "refuse":
            self._seat.record(
                e.RedemptionVoided(intent.redemption_id, intent.encounter_id, "refused")
            )
            return Served("refused", verdict.reason)
        lease, pool = standing.lease, standing.pool
        if verdict.step == "lease":
            assert lease is not None
            pool = None
            self._leases[lease.lease_id.hex] = replace(
                lease, spent_points=lease.spent_points + intent.points
            )
        else:
            assert pool is not None
            lease = None
            self._pool = replace(pool, spent_points=pool.spent_points + intent.points)
            self._drawn[intent.member_id] += intent.points
        self._spent_here[intent.member_id] += intent.points
        self._seat.record(
            e.RedemptionGranted(
                intent.redemption_id,
                intent.encounter_id,
                intent.member_id,
                intent.reward_id,
                intent.points,
                e.Cover.LEASE if lease is not None else e.Cover.AT_RISK,
                None if lease is None else lease.lease_id,
                None if pool is None else pool.pool_id,
            )
        )
        return Served("lease" if lease is not None else "at_risk")
