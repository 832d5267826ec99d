"""`dataclass` as the standard library's, with what that writes anew for each class shared by all.

The library compiles `__eq__`, `__hash__`, `__repr__`, `__setattr__` and `__delattr__` for every
frozen class: nine of the sixteen kilobytes that a class takes, and two thirds of the time it takes
to be made. The client has more than four hundred, and makes them each time it starts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_Reader = Callable[[object], tuple[object, ...]]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, order=False, **options):
        """Make a dataclass; of what is shared where it is frozen and has no order."""

        def make(plain):
            if not frozen or order:
                return dataclasses.dataclass(plain, frozen=frozen, order=order, **options)
            return _lean(plain, options)

        return make if cls is None else make(cls)


def _lean(plain: type, options: dict[str, Any]) -> Any:
    own = vars(plain)
    has_equality, has_words = "__eq__" in own, "__repr__" in own
    has_hash = own.get("__hash__") is not None
    if plain.__doc__ is None:  # else the library works a signature out to stand there
        plain.__doc__ = plain.__name__
    made: Any = dataclasses.dataclass(plain, frozen=True, eq=False, repr=False, **options)
    fields = dataclasses.fields(made)
    compared = _reader([each.name for each in fields if each.compare])
    if not has_equality:
        made.__eq__ = _equality(compared)
    if not has_hash:
        asked = [(each.name, each.compare if each.hash is None else each.hash) for each in fields]
        made.__hash__ = _hashing(_reader([name for name, counts in asked if counts]))
    if not has_words:
        made.__repr__ = _in_words
    made.__setattr__, made.__delattr__ = _set, _delete
    return made


def _reader(names: list[str]) -> _Reader:
    """Return what reads these fields, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    read = attrgetter(names[0])
    return lambda value: (read(value),)


def _equality(read: _Reader) -> Callable[[object, object], Any]:
    def equal(self: object, other: object) -> Any:
        if other.__class__ is self.__class__:
            return read(self) == read(other)
        return NotImplemented

    return equal


def _hashing(read: _Reader) -> Callable[[object], int]:
    def hashed(self: object) -> int:
        return hash(read(self))

    return hashed


def _in_words(self: Any) -> str:
    shown = (each.name for each in dataclasses.fields(self) if each.repr)
    said = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({said})"


def _set(self: object, name: str, value: object) -> None:
    if _is_frozen(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _delete(self: object, name: str) -> None:
    if _is_frozen(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _is_frozen(value: Any, name: str) -> bool:
    # What an ordinary class below a frozen one has beyond it can be set
    return "__dataclass_fields__" in vars(type(value)) or name in value.__dataclass_fields__
