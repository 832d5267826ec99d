"""How a bug is planted: something of the real code is replaced for the length of a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from sync.server import deciding

Mutant = Callable[[ExitStack], None]


def on(stack: ExitStack, place: Any, name: str, instead: Callable[..., Any]) -> Any:
    """Put `instead`, which is given the real one first, in its place."""
    real = getattr(place, name)

    def planted(*args: Any, **options: Any) -> Any:
        return instead(real, *args, **options)

    stack.enter_context(patch.object(place, name, planted))
    return real


def handler(stack: ExitStack, event: type, instead: Callable[..., Any]) -> None:
    """Put `instead`, which is given the real one first, where the server applies an event."""
    real = deciding.HANDLERS[event]
    planted = {event: lambda *args: instead(real, *args)}
    stack.enter_context(patch.dict(deciding.HANDLERS, planted))
