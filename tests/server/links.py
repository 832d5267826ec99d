"""Customers with phones: links as counters make them, and what their pages do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.domain.rating_link import SETTING, RatingLink, SignedLink
from app.domain.records import Case, Cell, Figures
from sync.server.links.problems import LinkError
from sync.server.links.service import Given, RatingLinks
from sync.server.links.taking import Said
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import rows, sound
from tests.server.conftest import Programme, new_id
from tests.server.seats import Seat

ADDRESS = "https://rate.example.com"


def turn_on(programme: Programme, **also: Any) -> None:
    with programme.work() as work:
        put_setting(work, SETTING, {"address": ADDRESS, **also})


def token_of(
    seat: Seat, encounter_id: UUID, *, hours: int = 72, begun_ms: int | None = None
) -> str:
    """As the seat prints it."""
    begun = seat.clock() if begun_ms is None else begun_ms
    link = RatingLink.of(seat.device_id, encounter_id, begun, hours)
    return SignedLink(link, seat.key.sign(link.statement())).token()


@dataclass
class Visitor:
    """Somebody who has scanned the code."""

    links: RatingLinks
    token: str
    rating_id: UUID

    def rate(self, score: int) -> None:
        self.links.rate(self.token, self.rating_id, score)

    def say(self, *reasons: str, comment: str = "", call: bool = False) -> None:
        self.links.add(self.token, self.rating_id, Said(reasons, comment, call))

    def look(self) -> Given:
        return self.links.given(self.token, self.rating_id)


def visitor(links: RatingLinks, token: str) -> Visitor:
    links.visit(token)
    return Visitor(links, token, new_id())


# --- what became of it


def settled(programme: Programme) -> None:
    """The jobs of a second have run, and everything proves."""
    list(programme.upkeep.joining())
    list(programme.upkeep.publishing_office_days())
    sound(programme)


def cell_of(programme: Programme) -> Cell:
    found = rows(programme, t.record, kind="figures")
    cells = [cell for row in found for cell in msgspec.json.decode(row.body, type=Figures).cells]
    (cell,) = cells
    return cell


def case_of(programme: Programme, case_id: UUID) -> Case:
    (row,) = rows(programme, t.record, kind="case", id=str(case_id))
    return msgspec.json.decode(row.body, type=Case)


def refused(do: Callable[[], Any]) -> str:
    with pytest.raises(LinkError) as caught:
        do()
    return caught.value.code
