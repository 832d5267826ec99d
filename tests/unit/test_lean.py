"""The house's `dataclass` does what the standard library's does, for less."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from functools import partial
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lean import dataclass

T = TypeVar("T")
FLAGS = st.fixed_dictionaries(
    {"compare": st.booleans(), "hash": st.sampled_from([None, True, False]), "repr": st.booleans()}
)
VALUES = st.sampled_from([0, 1, "", "a", None, float("nan"), (1, 2)])


def made(decorator: Any, flags: list[dict[str, Any]], **own: object) -> Any:
    """A class of as many fields, f0 and so on, with these flags; the last may be left out."""
    names = [f"f{number}" for number in range(len(flags))]
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(names, "object")}
    for name, each in zip(names, flags, strict=True):
        default: Any = {"default": "left out"} if name == names[-1] else {}
        body[name] = field(**each, **default)
    return decorator(frozen=True, slots=True)(type("Shape", (), {**body, **own}))


def result(do: Callable[[], object]) -> object:
    """What comes of it: a value, or an error's kind and words."""
    try:
        return do()
    except (TypeError, AttributeError) as error:
        return type(error), str(error)


@given(st.lists(st.tuples(FLAGS, VALUES, VALUES), max_size=4))
def test_it_compares_hashes_and_shows_as_the_librarys(
    fields: list[tuple[dict[str, Any], Any, Any]],
) -> None:
    flags = [each for each, _, _ in fields]
    one, other = [value for _, value, _ in fields], [value for _, _, value in fields]
    ours, theirs = (made(each, flags) for each in (dataclass, dataclasses.dataclass))
    assert (ours(*one) == ours(*other)) == (theirs(*one) == theirs(*other))
    assert (ours(*one) == ours(*one)) == (theirs(*one) == theirs(*one))
    assert ours(*one) != theirs(*one)
    assert hash(ours(*one)) == hash(theirs(*one))
    assert repr(ours(*one)).partition("(")[2] == repr(theirs(*one)).partition("(")[2]
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert dataclasses.asdict(ours(*one)).keys() == dataclasses.asdict(theirs(*one)).keys()
    if flags:
        changes: list[Callable[[Any], object]] = [
            lambda kind: setattr(kind(*one), "f0", 1),
            lambda kind: delattr(kind(*one), "f0"),
            lambda kind: kind(*one, 1),
            lambda kind: repr(dataclasses.replace(kind(*one), f0=7)).partition("(")[2],
            lambda kind: hash(kind([])),
        ]
        for do in changes:
            assert result(partial(do, ours)) == result(partial(do, theirs))


@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: int
    y: int = 0


@dataclass(frozen=True, slots=True)
class Spot(Point):
    name: str = field(default="", kw_only=True)


class Free(Point):
    """An ordinary class below a frozen one."""

    colour: str


@dataclass(frozen=True, slots=True)
class Odd:
    x: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Odd) and (self.x - other.x) % 2 == 0

    def __hash__(self) -> int:
        return self.x % 2

    def __repr__(self) -> str:
        return "odd" if self.x % 2 else "even"


@dataclass(frozen=True, slots=True)
class Box(Generic[T]):
    inside: T


@dataclass(slots=True)
class Tally:
    count: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    place: int


def test_what_is_below_another_has_all_of_its_fields_and_isnt_equal_to_it() -> None:
    assert Spot(1, 2, name="here") == Spot(1, 2, name="here") != Spot(1, 2)
    assert Spot(1, 2) != Point(1, 2)
    assert repr(Spot(1)) == "Spot(x=1, y=0, name='')"
    with pytest.raises(FrozenInstanceError):
        setattr(Spot(1), "x", 2)  # noqa: B010
    free = Free(1)
    free.colour = "red"
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        setattr(free, "x", 2)  # noqa: B010
    del free.colour
    with pytest.raises(FrozenInstanceError):
        del free.x


def test_what_a_class_says_itself_counts() -> None:
    assert Odd(1) == Odd(3) != Odd(2)
    assert {hash(Odd(1)), hash(Odd(3))} == {1}
    assert repr([Odd(1), Odd(2)]) == "[odd, even]"
    assert Point.__doc__ == "A place."
    match Point(3):
        case Point(x, y):
            assert (x, y) == (3, 0)


@pytest.mark.parametrize("value", [Point(1, 2), Spot(1, name="n"), Box((1, 2))])
def test_it_is_copied_and_pickled(value: object) -> None:
    assert copy.deepcopy(value) == copy.copy(value) == pickle.loads(pickle.dumps(value)) == value
    assert Box[int](1) == Box(1)


def test_what_can_be_changed_or_ordered_is_the_librarys() -> None:
    tally = Tally()
    tally.count += 1
    assert tally == Tally(1)
    assert Rank(1) < Rank(2)


def test_classes_share_what_they_do() -> None:
    """The reason why it is there."""
    shared = {"__setattr__", "__delattr__", "__repr__"}
    assert all(vars(Point)[name] is vars(Spot)[name] for name in shared)
    for name in ("__eq__", "__hash__"):
        assert vars(Point)[name].__code__ is vars(Spot)[name].__code__


def test_nothing_is_worked_out_for_words_that_nobody_reads() -> None:
    """Without docstrings the library asks `inspect` for each class's signature at every start."""
    told = (
        "import inspect\n"
        "inspect.signature = None\n"
        "from app.domain.lean import dataclass\n"
        "plain = type('A', (), {'__annotations__': {'x': 'int'}})\n"
        "print(dataclass(frozen=True, slots=True)(plain)(1))"
    )
    command = [sys.executable, "-OO", "-c", told]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "A(x=1)\n"
