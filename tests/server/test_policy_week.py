"""A small week of each policy at the real server; and that a wrong week is noticed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from app.domain import events as e
from build_scripts.policy import policies
from build_scripts.policy.accounts import Account, WrongAccount
from build_scripts.policy.counter import Counter, WrongPromise
from build_scripts.policy.people import invent_people
from build_scripts.policy.programme import Base, Programme, build, iso_day
from build_scripts.policy.served import Served
from build_scripts.policy.visits import Assumptions, Traffic, generate
from build_scripts.policy.week import play
from sync.server.store import tables as t

FROM_DAY = 20


@cache
def small(cut_share: float = 1.0) -> tuple[Base, Traffic]:
    """Sixty members who fly every third day and mostly redeem something."""
    people = [
        replace(
            each,
            home=each.home and "CAN",
            redemptions=each.flights,
            last_flight_days=1,
            gap_days=3.0,
        )
        for each in invent_people(60, seed=3)
    ]
    assumed = Assumptions(cut_share=cut_share, members_a_counter=25)
    traffic = generate(people, weeks=4, seed=3, assumed=assumed)
    return build(people, traffic, from_day=FROM_DAY, seed=3), traffic


def week(changes: dict[str, Any], *, cut_share: float = 1.0) -> Account:
    base, traffic = small(cut_share)
    settings = policies.setting(changes)
    return play(base, traffic, settings, counted_from=FROM_DAY + 1, until=FROM_DAY + 3, seed=1)


def but_for_time(account: Account) -> dict[str, Any]:
    return {**account.document(), "looking_s": 0}


def test_a_week_repeats() -> None:
    assert but_for_time(week({})) == but_for_time(week({}))


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_a_policy_keeps_to_its_own_share(name: str) -> None:
    changes = dict(policies.BUILT_IN[name])
    account = week(changes)
    assert account.offline.total() > 0
    assert account.online.total() > 0
    online_percent = policies.setting(changes)["lease_online_percent"]
    assert 0 < max(account.leased) <= 1 - online_percent / 100


def test_without_leases_nothing_is_promised_and_nobody_hindered() -> None:
    account = week({"leases_per_device": 0})
    assert (account.promised, account.hindered, max(account.leased)) == (0, 0, 0)
    assert account.done == {}
    assert account.offline["at_risk"] > 0


def test_without_cuts_everything_is_online() -> None:
    assert week({}, cut_share=0).offline.total() == 0


def test_who_is_not_waited_for_gets_no_lease() -> None:
    base, _ = small()
    programme = Programme(base, policies.setting({"lease_claims": ["expected"]}), seed=1)
    (office,) = base.offices
    programme.expect(office, [3, 4], FROM_DAY)
    programme.expect(office, [5], FROM_DAY + 1)
    device_id, _ = base.seats[office][0]
    programme.issue(device_id)
    leases, pool = programme.held(device_id)
    assert {lease.member_id for lease in leases} == {base.members[n].hex for n in (3, 4, 5)}
    assert pool is not None
    assert iso_day(0) == "2026-09-07"


def test_whoever_stands_elsewhere_waits_once_and_is_counted() -> None:
    base, _ = small()
    everything = {"lease_online_percent": 0, "lease_share_percent": 100, "lease_points": 10**9}
    programme = Programme(base, policies.setting(everything), seed=1)
    (office,) = base.offices
    holder, other = (Counter(programme, office, n) for n in (0, 1))
    holder.look()
    leases, _ = programme.held(base.seats[office][0][0])
    member_id = UUID(leases[0].member_id)
    assert programme.points(member_id)[member_id.hex].leased == base.points[member_id]
    served = other.serve(member_id, 2, ask_holders=holder.sync)
    assert served == Served("online", waited=True, if_cut="refuse")
    assert holder.account.done["handed back"] == 1
    again = other.serve(member_id, 2)
    assert again == Served("online", if_cut="refuse"), "it came back whole"


def test_a_holder_that_is_cut_off_hinders() -> None:
    base, _ = small()
    everything = {"lease_online_percent": 0, "lease_share_percent": 100, "lease_points": 10**9}
    programme = Programme(base, policies.setting(everything), seed=1)
    (office,) = base.offices
    holder, other = (Counter(programme, office, n) for n in (0, 1))
    holder.look()
    leases, _ = programme.held(base.seats[office][0][0])
    member_id = UUID(leases[0].member_id)
    holder.cut_off(programme.points())
    served = other.serve(member_id, 2)
    assert served == Served("refused", "set_aside", waited=True, if_cut="refuse")
    assert holder.serve(member_id, 2) == Served("lease")
    holder.link()
    holder.sync()
    assert programme.points(member_id)[member_id.hex] == (base.points[member_id] - 800, 0)


# --- planted mistakes ----------------------------------------------------------------------------


def test_an_account_that_counts_twice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    note = Account.note

    def twice(account: Account, served: Served, **how: bool) -> None:
        note(account, served, **how)
        note(account, served, **how)

    monkeypatch.setattr(Account, "note", twice)
    with pytest.raises(WrongAccount, match="the server posted"):
        week({})


def test_a_promise_that_was_never_recorded_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    without_server = Counter._without_server

    def unrecorded(counter: Counter, intent: e.RedemptionRequested) -> Served:
        bodies, chain = list(counter._seat.bodies), list(counter._seat.chain)
        served = without_server(counter, intent)
        counter._seat.bodies, counter._seat.chain = bodies, chain
        return served

    monkeypatch.setattr(Counter, "_without_server", unrecorded)
    with pytest.raises(WrongAccount):
        week({})


def test_a_lease_that_is_spent_again_and_again_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter that forgets what it spent gives away more than it holds."""

    def forgetful(thing: Any, **changes: Any) -> Any:
        changes.pop("spent_points", None)
        return replace(thing, **changes)

    monkeypatch.setattr("build_scripts.policy.counter.replace", forgetful)
    with pytest.raises(WrongPromise):
        week({"lease_points": 1_500, "trust_trusted_percent": 100, "lease_top_up_percent": 0})


def test_books_that_do_not_balance_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Counter.link

    def cooked(counter: Counter) -> None:
        link(counter)
        with counter._programme.work() as work:
            lease = t.lease
            work.connection.execute(lease.update().values(remaining=lease.c.remaining + 1))

    monkeypatch.setattr(Counter, "link", cooked)
    with pytest.raises((WrongAccount, WrongPromise)):
        week({})
