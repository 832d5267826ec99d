"""What the page behind a link can ask of the server, without HTTP.

Every call takes the token that stands in the address, and raises `LinkError` where it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.engine import Connection

from app.domain import names
from app.domain.rating import SCORES, RatingRules
from app.domain.rating_link import SignedLink
from app.domain.texts import Texts, texts_of
from sync.server import auth
from sync.server.links import limits, taking
from sync.server.links.opening import Opened, opened, read
from sync.server.links.problems import LinkError
from sync.server.links.taking import Said
from sync.server.service import CentralServer
from sync.server.settings_of import setting_object, setting_value
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows
from sync.server.store.engine import reading
from sync.server.work import Work

_log = structlog.get_logger("guichet.links")


@dataclass(frozen=True, slots=True)
class Visit:
    """What the page says of the visit that is rated.

    Attributes:
        begun_ms: ms since 1970 UTC, on the office's clock in `time_zone`.
        is_rated: somebody's rating of it is here.
        is_full: the link takes no more.
        duty_phone: the office's duty manager, '' for none.
        names: what office and counter are called in other languages (app.domain.names).
    """

    programme: str
    office: str
    counter: str
    time_zone: str
    begun_ms: int
    is_rated: bool
    is_full: bool
    duty_phone: str
    names: Mapping[str, object]
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """One rating as its own page shows it.

    Attributes:
        can_change: another face may be chosen.
        reasons: codes that fit the face; () once something was said.
        is_said: whatever was to be said is here.
        is_called: the manager was told that somebody shall come.
        can_call: that still makes sense.
    """

    visit: Visit
    score: int
    can_change: bool
    reasons: tuple[str, ...]
    is_said: bool
    is_called: bool
    can_call: bool


class RatingLinks:
    """All that the page can ask for.

    Args:
        server: whose database, keys and clock these are.
    """

    def __init__(self, server: CentralServer) -> None:
        self._engine = server.engine
        self._clock = server.clock
        self._transactions = server.transactions
        self._key = server.keys.token_key
        self.new_id = server.new_id
        self._by_address = limits.Rate(limits.AN_ADDRESS)
        self._by_link = limits.Rate(limits.A_LINK)

    def visit(self, token: str, *, address: str = "") -> Visit:
        """What is to be rated."""
        signed = self._read(token, address)
        with reading(self._engine) as connection:
            return self._visit(connection, opened(connection, signed, self._clock()))

    def given(self, token: str, rating_id: UUID, *, address: str = "") -> Given:
        """A rating that was given by the link."""
        signed, now_ms = self._read(token, address), self._clock()
        with reading(self._engine) as connection:
            found = opened(connection, signed, now_ms)
            programme_id = found.device.programme_id
            rows = find_rows(
                connection, t.link_rating, "rating_id", [rating_id], programme_id=programme_id
            )
            if not rows or rows[0].encounter_id != found.link.encounter_id:
                raise LinkError("unknown_rating")
            (row,), rules = rows, _rules(connection, programme_id)
            visit = self._visit(connection, found)
        return Given(
            visit,
            row.score,
            taking.can_change(row, rules, now_ms),
            () if row.said_ms is not None else rules.reasons_by_score.get(row.score, ()),
            row.said_ms is not None,
            row.called_ms is not None,
            row.called_ms is None and taking.can_call(found, row.score, now_ms),
        )

    def rate(self, token: str, rating_id: UUID, score: int, *, address: str = "") -> None:
        """Take a touch of a face."""
        if score not in SCORES:
            raise LinkError("unknown_rating")
        signed = self._read(token, address)

        def do(work: Work, found: Opened) -> None:
            rules = _rules(work.connection, work.programme_id)
            taking.rate(work, found, rating_id, score, rules)

        self._write(signed, do)

    def change(self, token: str, rating_id: UUID, score: int, *, address: str = "") -> None:
        """Take another face, of a rating that is here."""
        self.given(token, rating_id, address=address)
        self.rate(token, rating_id, score, address=address)

    def add(self, token: str, rating_id: UUID, said: Said, *, address: str = "") -> None:
        """Take what was added to it."""
        signed = self._read(token, address)

        def do(work: Work, found: Opened) -> None:
            rules = _rules(work.connection, work.programme_id)
            taking.add(work, found, rating_id, said, rules)

        self._write(signed, do)

    def _write(self, signed: SignedLink, do: Callable[[Work, Opened], None]) -> None:
        with reading(self._engine) as connection:
            programme_id = opened(connection, signed, self._clock()).device.programme_id

        def in_transaction(work: Work) -> None:
            # Again: the PC may have been shut out, or the link ended, meanwhile
            do(work, opened(work.connection, signed, work.now_ms))

        self._transactions.step(programme_id, in_transaction)

    def _read(self, token: str, address: str) -> SignedLink:
        """Read a token, of callers who don't ask too often."""
        now_ms = self._clock()
        caller = auth.caller_key(self._key, limits.network_of(address) if address else "")
        self._by_address.count(caller, now_ms)
        signed = read(token)
        self._by_link.count(signed.link.encounter_id.bytes, now_ms)
        return signed

    def _visit(self, connection: Connection, found: Opened) -> Visit:
        link, device = found.link, found.device
        programme_id = device.programme_id

        def rows(table: Any, column: str, of: object) -> list[Any]:
            return find_rows(connection, table, column, [of], programme_id=programme_id)

        (office,) = rows(t.office, "office_id", device.office_id)
        given = rows(t.link_rating, "encounter_id", link.encounter_id)
        visits = rows(t.encounter, "encounter_id", link.encounter_id)
        (name,) = connection.execute(
            t.programme.select().where(t.programme.c.programme_id == programme_id)
        ).all()
        return Visit(
            name.name,
            office.name,
            device.counter_label,
            device.office_time_zone,
            link.begun_ms,
            is_rated=bool(given) or any(visit.score is not None for visit in visits),
            is_full=len(given) > found.rules.companions,
            duty_phone=office.duty_phone,
            names=setting_value(connection, programme_id, names.SETTING),
            texts=texts_of(setting_value(connection, programme_id, "rating")),
        )


def _rules(connection: Connection, programme_id: UUID) -> RatingRules:
    row = connection.execute(
        t.setting.select().where(
            t.setting.c.programme_id == programme_id, t.setting.c.name == "rating"
        )
    ).one_or_none()
    if row is None:
        return RatingRules.from_setting(None)
    return RatingRules.from_setting(setting_object(row.value), row.version)
