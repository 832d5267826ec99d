"""What members' accruals count for a tier, and the tiers that they reach by it at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from app.domain.tiers import Earned, TierHeld
from sync.server.member_state import MemberState
from sync.server.rules import Rules
from sync.server.store import tables as t
from sync.server.store.bulk import delete_rows
from sync.server.work import Work

_HELD: Final = ("tier", "since", "until", "before", "before_until")


class Qualifying:
    """Of the members that one transaction has loaded; `write` turns the changes into statements."""

    def __init__(self, work: Work, rules: Rules) -> None:
        self._work = work
        self._rules = rules
        self._units: dict[UUID, dict[UUID, Earned]] = {}  # by member, by accrual
        self._held: dict[UUID, TierHeld] = {}
        self._changed_units: dict[tuple[UUID, UUID], None] = {}
        self._changed_held: dict[UUID, None] = {}

    def load(self, member_ids: Iterable[UUID]) -> None:
        """Load members that aren't loaded yet; they are locked."""
        wanted = [i for i in member_ids if i not in self._units]
        if not wanted or self._rules.tiers is None:
            return
        self._units.update({i: {} for i in wanted})
        for row in self._work.find(t.qualifying, "member_id", wanted):
            self._units[row.member_id][row.accrual_id] = (row.day, row.units)
        for row in self._work.find(t.tier_held, "member_id", wanted):
            self._held[row.member_id] = held_of(row)

    def units_of(self, member_id: UUID, accrual_id: UUID) -> int:
        """What an accrual counts by now."""
        return self._units.get(member_id, {}).get(accrual_id, ("", 0))[1]

    def all_units_of(self, member_id: UUID) -> dict[UUID, int]:
        """What each of a member's accruals counts by now."""
        return {i: units for i, (_, units) in self._units.get(member_id, {}).items()}

    def unite(self, stay: MemberState, away: TierHeld, day: str) -> None:
        """The tier of two who are one person, with what both have flown.

        Args:
            stay: who stays, loaded since the other's accruals are theirs.
            away: the tier of who goes.
            day: on which a tier is reached that neither had.
        """
        rules = self._rules.tiers
        if rules is None:
            if not stay.profile["tier"] and away.tier:
                self._work.update_profile(stay, tier=away.tier)
            return
        earned = list(self._units[stay.member_id].values())
        both = rules.of_both(self.held(stay), away)
        self._hold(stay, rules.after_earning(both, earned, day))

    def add(self, state: MemberState, accrual_id: UUID, day: str, units: int) -> None:
        """An accrual counts from now on; the tier that it leads to is the member's at once."""
        rules = self._rules.tiers
        if not units or rules is None:
            return
        self._put(state, accrual_id, day, units)
        earned = list(self._units[state.member_id].values())
        self._hold(state, rules.after_earning(self.held(state), earned, day))

    def take_back(self, state: MemberState, accrual_id: UUID, units: int) -> None:
        """So much of what an accrual counted doesn't count any more; nor does what it led to."""
        rules = self._rules.tiers
        if not units or rules is None:
            return
        day, before = self._units[state.member_id][accrual_id]
        self._put(state, accrual_id, day, before - units)
        earned = list(self._units[state.member_id].values())
        self._hold(state, rules.after_losing(self.held(state), earned))

    def review(self, state: MemberState, today: str) -> bool:
        """Decide again about a tier whose last day is over; returns whether it was one."""
        rules = self._rules.tiers
        held = self.held(state)
        if rules is None or held.until is None or held.until >= today:
            return False
        self._hold(state, rules.review(held, list(self._units[state.member_id].values())))
        return True

    def forget_overruled(self, member_ids: Iterable[UUID]) -> None:
        """Let go of tiers that an import or a person has replaced since: these are without end."""
        gone = [
            (i,)
            for i in member_ids
            if i in self._held and self._held[i].tier != self._work.members[i].profile["tier"]
        ]
        delete_rows(
            self._work.connection,
            t.tier_held,
            ["member_id"],
            gone,
            programme_id=self._work.programme_id,
        )

    def held(self, state: MemberState) -> TierHeld:
        """The member's tier; what an import or a person said since is theirs, without end."""
        held = self._held.get(state.member_id)
        tier = state.profile["tier"]
        return TierHeld(tier) if held is None or held.tier != tier else held

    def _put(self, state: MemberState, accrual_id: UUID, day: str, units: int) -> None:
        self._units[state.member_id][accrual_id] = (day, units)
        self._changed_units[state.member_id, accrual_id] = None

    def _hold(self, state: MemberState, held: TierHeld) -> None:
        if held == self.held(state):
            return
        self._held[state.member_id] = held
        self._changed_held[state.member_id] = None
        if held.tier != state.profile["tier"]:
            self._work.update_profile(state, tier=held.tier)

    def write(self) -> None:
        """Write what changed since last time."""
        if not self._changed_units and not self._changed_held:
            return
        rules = self._rules.tiers
        assert rules is not None, "nothing changes without them"
        self._work.replace_rows(
            t.qualifying,
            [(m, a, *self._units[m][a]) for m, a in self._changed_units],
        )
        self._work.replace_rows(
            t.tier_held,
            [
                (i, *(getattr(self._held[i], name) for name in _HELD), rules.version)
                for i in self._changed_held
            ],
        )
        self._changed_units.clear()
        self._changed_held.clear()


def held_of(row: Any) -> TierHeld:
    """A row of `tier_held`."""
    return TierHeld(*(getattr(row, name) for name in _HELD))
