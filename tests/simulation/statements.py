"""Compiled SQL that outlives the engine it was compiled for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


class Statements(dict[Any, Any]):
    """Compiled statements of many engines of one kind, opened one after the other.

    Each engine has a dialect of its own, all alike, and SQLAlchemy compiles for each anew: with an
    engine a start of a counter that took a tenth of the time. Nothing else is shared.
    """

    def share(self, *engines: sa.Engine) -> None:
        """Let engines use it, all of them made in the same way."""
        for engine in engines:
            engine._compiled_cache = self  # all that is asked of a cache

    # A key begins with the dialect it was compiled for

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)
