"""The account of a policy's week, and whether it would notice that it is wrong."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from build_scripts.policy.accounts import Account, WrongAccount, check_books, interval, total
from build_scripts.policy.served import Served

OFFLINE = st.sampled_from([Served("lease"), Served("at_risk"), Served("refused", "over_limit")])
ONLINE = st.sampled_from(
    [
        Served("online", if_cut="lease"),
        Served("online", waited=True, if_cut="at_risk"),
        Served("lease", if_cut="lease"),
        Served("refused", "set_aside", if_cut="refuse"),
        Served("refused", "set_aside", waited=True, if_cut="at_risk"),
    ]
)
redemptions = st.lists(
    st.tuples(st.just(False), OFFLINE, st.booleans())
    | st.tuples(st.just(True), ONLINE, st.booleans())
)


def account_of(found: list[tuple[bool, Served, bool]]) -> tuple[Account, Counter[str]]:
    """(what is counted, what a server would have posted)."""
    account, posted = Account(), Counter[str]()
    for online, served, is_theirs in found:
        account.note(served, online=online, is_theirs=is_theirs)
        if served.outcome != "refused":
            posted[served.outcome] += 1
    return account, posted


def test_shares_are_of_what_they_say() -> None:
    account, _ = account_of(
        [
            *[(False, Served("lease"), True)] * 6,
            *[(False, Served("at_risk"), True)] * 2,
            *[(False, Served("refused", "over_single_limit"), True)] * 2,
            *[(False, Served("at_risk"), False)] * 90,
            *[(True, Served("online", if_cut="at_risk"), True)] * 20,
            *[(True, Served("online", if_cut="lease"), True)] * 75,
            *[(True, Served("lease", if_cut="lease"), True)] * 3,
            (True, Served("online", waited=True, if_cut="lease"), True),
            (True, Served("refused", "set_aside", waited=True, if_cut="refuse"), True),
            *[(True, Served("refused", "insufficient", if_cut="refuse"), False)] * 90,
        ]
    )
    told = account.figures()
    assert (account.promised, told["promised_of_asked"], told["refused"]) == (0.75, 0.6, 0.2)
    assert account.hindered == 0.02
    assert account.promised_if_cut == pytest.approx(79 / 99)
    assert told["why_not"] == {"over_single_limit": 2}
    assert account.beyond == {"at_risk": 90, "refused": 90}


@given(redemptions)
def test_an_honest_account_fits_the_books(found: list[tuple[bool, Served, bool]]) -> None:
    account, posted = account_of(found)
    check_books(account, posted)
    assert account.offline.total() + account.online.total() + account.beyond.total() == len(found)


@given(redemptions, st.data())
def test_a_redemption_counted_twice_or_not_at_all_is_noticed(
    found: list[tuple[bool, Served, bool]], data: st.DataObject
) -> None:
    made = [each for each in found if each[1].outcome != "refused"]
    assume(made)
    wrong = list(found)
    changed = data.draw(st.sampled_from(made))
    if data.draw(st.booleans()):
        wrong.append(changed)
    else:
        wrong.remove(changed)
    with pytest.raises(WrongAccount):
        check_books(account_of(wrong)[0], account_of(found)[1])


@given(redemptions)
def test_a_promise_that_was_none_is_noticed(found: list[tuple[bool, Served, bool]]) -> None:
    """At risk counted as a lease: what would flatter a policy most."""
    assume(any(each[1].outcome == "at_risk" for each in found))
    flattered = [
        (online, Served("lease") if served.outcome == "at_risk" else served, is_theirs)
        for online, served, is_theirs in found
    ]
    with pytest.raises(WrongAccount):
        check_books(account_of(flattered)[0], account_of(found)[1])


@given(redemptions, redemptions)
def test_weeks_add_up(
    one: list[tuple[bool, Served, bool]], other: list[tuple[bool, Served, bool]]
) -> None:
    both = total([account_of(one)[0], account_of(other)[0]])
    whole = account_of([*one, *other])[0]
    assert both == whole


def test_what_was_sampled_and_done_adds_up() -> None:
    one = Account(
        leased=[0.1], exposed=[5], done=Counter(granted=2), counter_days=4, looks=1, looking_s=1.0
    )
    other = Account(leased=[0.2, 0.3], exposed=[7], counter_days=4, looks=3, looking_s=3.0)
    told = total([one, other]).figures()
    assert told["leased_mean"] == pytest.approx(0.2)
    assert (told["leased_most"], told["exposed_mean"], told["exposed_most"]) == (0.3, 6, 7)
    assert told["per_counter_day"] == {"granted": 0.25}
    assert told["looking_ms"] == 1000


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share(count: int, besides: int) -> None:
    low, high = interval(count, count + besides)
    assert -1e-9 <= low <= high <= 1 + 1e-9
    if count + besides:
        assert low - 1e-9 <= count / (count + besides) <= high + 1e-9
