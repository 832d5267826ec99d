"""Modules that are loaded when something of theirs is used, and not when they are imported.

For what libraries import on behalf of others than us. The standard library's `LazyLoader` loads a
module as soon as a second one imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import Any, Final

# Where PySide looks whether a module is one of its users'
_LOOKED_AT: Final = frozenset({"__file__", "__wrapped__"})


class _Late(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name in _LOOKED_AT:
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def put_off(modules: Iterable[str]) -> None:
    """Have these loaded when something of theirs is used, if ever; those that are, stay so."""
    for name in modules:
        if name not in sys.modules:
            sys.modules[name] = _Late(name)
