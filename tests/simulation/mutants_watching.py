"""Planted bugs about clerks' hours and patterns of spending; see mutants.py."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final
from uuid import uuid5

from sync.server import watching
from sync.server.giving import BEYOND, Given
from sync.server.handlers import points
from tests.simulation.planting import Mutant, on


def _hour_of_one_upload(stack: ExitStack) -> None:
    """The server adds up what came in one upload, and forgets what came before."""

    def forgetful(real: Any, given: Any, moments: Any) -> None:
        real(given, moments)
        given._clerks.clear()

    on(stack, Given, "load", forgetful)


def _beyond_and_untold(stack: ExitStack) -> None:
    """What a clerk gave beyond the hour counts, and no manager hears of it."""

    def silent(real: Any, batch: Any, received: Any, code: str, message: str) -> None:
        if code != BEYOND:
            real(batch, received, code, message)

    on(stack, points, "_remark", silent)


def _pattern_unseen(stack: ExitStack) -> None:
    """Of several patterns that show with one redemption the first alone is raised."""
    on(stack, watching, "signs", lambda real, *args: real(*args)[:1])


def _raised_each_time(stack: ExitStack) -> None:
    """The same pattern of the same person is raised with each redemption."""

    def anew(real: Any, work: Any, device: Any, item: Any) -> None:
        told = uuid5(item.exception_id, json.dumps(item.seen))
        real(work, device, replace(item, exception_id=told))

    on(stack, watching, "put_item", anew)


WATCHING_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "hour of one upload": ("clerks", _hour_of_one_upload),
    "beyond and untold": ("clerks", _beyond_and_untold),
    "pattern unseen": ("patterns", _pattern_unseen),
    "raised each time": ("patterns", _raised_each_time),
}
