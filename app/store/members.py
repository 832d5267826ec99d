"""Server state as the seat holds it: the adapter of `app.ports.members.Members`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from app.domain.errors import Unavailable
from app.domain.listening_records import CorrectiveAction, Listening
from app.domain.member import Member
from app.domain.pictures import Picture
from app.domain.records import (
    RECORD_KINDS,
    Adjustment,
    Appeal,
    AppealAnswer,
    Case,
    Denial,
    ExceptionItem,
    Family,
    Figures,
    Forgotten,
    Office,
    Recovery,
    Revocation,
    Reward,
    RewardStock,
    Setting,
    Staff,
    UsedVouchers,
)
from app.domain.search_terms import MemberHit
from app.domain.voucher import shelf_of, tail_of
from app.ports.clock import Clock
from app.store.guests import Guests
from app.store.looked_up import LookedUp
from app.store.member_search import MemberSearch
from app.store.members_files import MembersFiles

_log: Final = logging.getLogger(__name__)

R = TypeVar("R")

_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    name: msgspec.json.Decoder(kind) for name, kind in RECORD_KINDS.items()
}
_OF_KIND: Final = "SELECT id, body FROM record WHERE kind = ? ORDER BY id"
_BY_ID: Final = "SELECT id, body FROM record WHERE kind = ? AND id = ?"
_BETWEEN: Final = "SELECT id, body FROM record WHERE kind = ? AND id BETWEEN ? AND ? ORDER BY id"


class SqlMembers:
    """Reads of the members file in use, and of whom the server found besides.

    Before the first bootstrap the file holds nobody.

    Records are few and read often, so a kind, once read, is kept until `changed`.

    Raises:
        Unavailable: from every look-up, when the disk or the file fails.
    """

    def __init__(
        self, files: MembersFiles, guests: Guests, looked_up: LookedUp, clock: Clock
    ) -> None:
        """`guests` tells whom the counter knows, who come before others."""
        self._files = files
        self._search = MemberSearch(files.current)
        self._guests = guests
        self._looked_up = looked_up
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Any, ...]] = {}
        self._version = 0

    def changed(self) -> None:
        """A pull has committed, or another file is in use."""
        with self._lock:
            self._kept = {}
            self._version += 1
        self._guests.leases_changed()
        self._looked_up.changed()

    def serve_office(self, code: str) -> None:
        """From now on members of this office come before others."""
        self._search = MemberSearch(self._files.current, home_office=code)

    # ---------------------------------------------------------------- members

    def search(self, text: str, limit: int) -> Sequence[MemberHit]:
        def look_up() -> Sequence[MemberHit]:
            familiar, now_ms = self._guests.familiar(), self._clock.now_ms()
            return self._search.search(text, limit=limit, familiar=familiar, now_ms=now_ms)

        nobody: Sequence[MemberHit] = []
        found = self._read(look_up, nobody)
        certain, others = self._looked_up.search(text)
        if not certain and not others:
            return found
        # By a card or phone that is news, whom the file has with the old one until the next pull
        shown = {hit.member.member_id for hit in found}
        news = [hit for hit in certain if hit.member.member_id not in shown]
        return [*news, *found, *self._not_in_file(others)][:limit]

    def ready(self) -> None:
        """Read ahead what the first search needs; a disk that fails says so when it is asked."""
        with suppress(Unavailable):
            familiar = self._guests.familiar()
            self._read(lambda: self._search.ready(familiar), None)

    def by_id(self, member_id: UUID) -> Member | None:
        return self._in_file(member_id) or self._looked_up.by_id(member_id)

    def aliases(self, member_id: UUID) -> Sequence[UUID]:
        nobody: Sequence[UUID] = []
        return self._read(lambda: self._search.aliases(member_id), nobody)

    def by_card(self, card_no: str) -> Member | None:
        found = self._read(lambda: self._search.by_card(card_no), None)
        return found or self._looked_up.by_card(card_no)

    def keep_looked_up(self, members: Sequence[Member]) -> None:
        self._looked_up.keep(members)

    def tidy(self) -> None:
        """Let go of looked-up members whom the file holds by now, and whose time is over."""

        def known(ids: Collection[UUID]) -> Collection[UUID]:
            forgotten = {forgotten.member_id for forgotten in self.forgotten()}
            return {i for i in ids if i in forgotten or self._in_file(i) is not None}

        self._looked_up.tidy(known)

    def in_file(self, ids: Iterable[UUID]) -> list[Member]:
        """Those of these members whom the file in use holds, but for the forgotten."""
        forgotten = {forgotten.member_id for forgotten in self.forgotten()}
        found = (self._in_file(member_id) for member_id in ids if member_id not in forgotten)
        return [member for member in found if member is not None]

    def _in_file(self, member_id: UUID) -> Member | None:
        return self._read(lambda: self._search.by_id(member_id), None)

    def _not_in_file(self, hits: Sequence[MemberHit]) -> list[MemberHit]:
        return [hit for hit in hits if self._in_file(hit.member.member_id) is None]

    def _read(self, look_up: Callable[[], R], nothing: R) -> R:
        if self._files.path is None:
            return nothing
        with self._files.reading():
            return look_up()

    # ---------------------------------------------------------------- records

    def staff_by_number(self, number: str) -> Staff | None:
        return next((s for s in self._all(Staff) if s.number == number), None)

    def staff_by_badge(self, badge_hash: str) -> Staff | None:
        if not badge_hash:
            return None
        return next((s for s in self._all(Staff) if s.badge_hash == badge_hash), None)

    def staff(self, staff_id: UUID) -> Staff | None:
        return next((s for s in self._all(Staff) if s.staff_id == staff_id), None)

    def all_staff(self) -> Sequence[Staff]:
        return self._all(Staff)

    def rewards(self) -> Sequence[Reward]:
        return sorted((r for r in self._all(Reward) if r.active), key=lambda r: r.number)

    def stock_of(self, reward_id: UUID) -> RewardStock | None:
        return next((s for s in self._all(RewardStock) if s.reward_id == reward_id), None)

    def office(self, office_id: UUID) -> Office | None:
        return next((o for o in self._all(Office) if o.office_id == office_id), None)

    def setting(self, name: str) -> Setting | None:
        return next((s for s in self._all(Setting) if s.name == name), None)

    def cases(self) -> Sequence[Case]:
        return self._all(Case)

    def exceptions(self) -> Sequence[ExceptionItem]:
        return self._all(ExceptionItem)

    def adjustments(self) -> Sequence[Adjustment]:
        return [each for each in self._all(Adjustment) if each.state == "waiting"]

    def appeals(self) -> Sequence[Appeal]:
        return [each for each in self._all(Appeal) if each.state == "waiting"]

    def appeal_answer(self, appeal_id: UUID) -> AppealAnswer | None:
        rows = self._records(_BY_ID, AppealAnswer.KIND, str(appeal_id))
        return next(iter(_decoded(AppealAnswer.KIND, rows)), None)

    def listenings(self) -> Sequence[Listening]:
        return self._all(Listening)

    def corrective_actions(self) -> Sequence[CorrectiveAction]:
        return self._all(CorrectiveAction)

    def figures(self, office_code: str, first_day: str, last_day: str) -> Sequence[Figures]:
        ends = (f"{office_code} {day}" for day in (first_day, last_day))
        return _decoded("figures", self._records(_BETWEEN, "figures", *ends))

    def recovery(self, office_code: str) -> Recovery | None:
        rows = self._records(_BY_ID, Recovery.KIND, office_code)
        return next(iter(_decoded(Recovery.KIND, rows)), None)

    def revocations(self) -> Sequence[Revocation]:
        return self._all(Revocation)

    def is_voucher_used(self, redemption_id: UUID) -> bool:
        rows = self._records(_BY_ID, UsedVouchers.KIND, shelf_of(redemption_id))
        shelves = _decoded(UsedVouchers.KIND, rows)
        return any(tail_of(redemption_id) in shelf.tails for shelf in shelves)

    def is_denied(self, member_id: UUID) -> bool:
        rows = self._records(_BY_ID, Denial.KIND, str(member_id))
        return any(denial.is_denied for denial in _decoded(Denial.KIND, rows))

    def family(self, member_id: UUID) -> Family | None:
        rows = self._records(_BY_ID, Family.KIND, str(member_id))
        return next(iter(_decoded(Family.KIND, rows)), None)

    def denials(self) -> Sequence[Denial]:
        return [each for each in self._all(Denial) if each.is_denied]

    def pictures(self) -> Sequence[Picture]:
        """What panels show, anywhere."""
        return [each for each in self._all(Picture) if each.digest]

    def forgotten(self) -> Sequence[Forgotten]:
        return self._all(Forgotten)

    def _all(self, kind: type[R]) -> tuple[R, ...]:
        name: str = kind.KIND  # type: ignore[attr-defined] # a kind of record
        with self._lock:
            kept = self._kept.get(name)
            version = self._version
        if kept is None:
            kept = tuple(_decoded(name, self._records(_OF_KIND, name)))
            with self._lock:
                if version == self._version:  # else a pull has committed meanwhile
                    self._kept[name] = kept
        return kept

    def _records(self, statement: str, *parameters: str) -> list[Any]:
        nothing: list[Any] = []
        return self._read(
            lambda: self._files.current().execute(statement, parameters).fetchall(), nothing
        )


def _decoded(kind: str, rows: Sequence[Any]) -> list[Any]:
    """Records as dataclasses; one that this program can't read doesn't hide the others."""
    decoder = _DECODERS[kind]
    records = []
    for record_id, body in rows:
        try:
            records.append(decoder.decode(body))
        except msgspec.DecodeError as error:
            _log.warning("the %s %s can't be read: %s", kind, record_id, type(error).__name__)
    return records
