"""How long a seat waits after wrong PINs."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.sign_in import FREE_TRIES, LONGEST_WAIT_S, remaining_wait_s, wait_after


def test_the_first_tries_are_free_and_the_wait_doubles() -> None:
    assert [wait_after(FREE_TRIES + n) for n in range(5)] == [0, 30, 60, 120, 240]


@given(st.integers(0, 10**6))
def test_the_wait_never_shrinks_and_has_an_end(tries: int) -> None:
    assert wait_after(tries) <= wait_after(tries + 1) <= LONGEST_WAIT_S


@given(
    tries=st.integers(FREE_TRIES + 1, 100),
    last_ms=st.integers(0, 2**45),
    now_ms=st.integers(0, 2**45),
)
def test_a_clock_set_back_shortens_no_wait(tries: int, last_ms: int, now_ms: int) -> None:
    left_s = remaining_wait_s(tries, last_ms, now_ms)
    assert 0 <= left_s <= wait_after(tries)
    if now_ms <= last_ms:
        assert left_s == wait_after(tries)
