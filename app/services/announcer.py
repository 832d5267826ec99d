"""Tells listeners what kind of thing changed, on the thread that changed it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.services.views import ChangeKind

Listener = Callable[[frozenset[ChangeKind]], None]


class Announcer:
    """Thread-safe; listeners are few and never removed before the program ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()

    def subscribe(self, listener: Listener) -> None:
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def announce(self, *kinds: ChangeKind | str) -> None:
        changed = frozenset(ChangeKind(kind) for kind in kinds)
        for listener in self._listeners:
            listener(changed)
