"""What the office's own network needs of the seat: the adapter of `NeighbourStore`."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from app.domain.errors import Rejected
from app.domain.records import Case, Revocation
from app.ports.clock import Clock
from app.ports.neighbours import HeardCopy
from app.store.database import WorkDatabase
from app.store.members import SqlMembers
from app.store.tables import absence, heard, seat, state

_PAPERS: Final = select(seat.c.document)
# Since the last contact the latest time seen is kept with the absence, so it is never set back
_TIMES: Final = select(state.c.offset_ms, state.c.last_contact_ms, absence.c.wall_ms).select_from(
    state.outerjoin(absence, absence.c.id == state.c.id)
)
_ONLINE: Final = select(state.c.online)
_COPY: Final = select(
    heard.c.event_id,
    heard.c.case_id,
    heard.c.device_id,
    heard.c.counter_label,
    heard.c.body,
    heard.c.comment,
)
_KEPT: Final = _COPY.order_by(heard.c.id)
_OF_CASE: Final = _KEPT.where(heard.c.case_id == bindparam("case"))
_SAME: Final = select(heard.c.device_id, heard.c.body).where(heard.c.event_id == bindparam("event"))
_COUNT: Final = select(func.count()).where(heard.c.device_id == bindparam("device"))
_HELD: Final = select(heard.c.case_id, func.min(heard.c.heard_ms)).group_by(heard.c.case_id)


class SqlNeighbours:
    """Reads of both files, and the neighbours' copies kept in work.db."""

    def __init__(
        self,
        database: WorkDatabase,
        members: SqlMembers,
        clock: Clock,
        *,
        present: Callable[[ssl.SSLContext, str], None],
    ) -> None:
        """`present` is `app.credentials.device_key.DeviceKey.present`."""
        self._database = database
        self._members = members
        self._clock = clock
        self._present = present

    def papers(self) -> tuple[str, str] | None:
        rows = self._database.fetch(_PAPERS, {})
        if not rows:
            return None
        document = rows[0][0]
        return str(document.get("certificate", "")), str(document["authority"])

    def present(self, context: ssl.SSLContext) -> None:
        papers = self.papers()
        assert papers is not None, "only an enrolled seat has anything to present"
        self._present(context, papers[0])

    def latest_ms(self) -> int:
        ((offset_ms, *earlier),) = self._database.fetch(_TIMES, {})
        known = [int(ms) for ms in earlier if ms is not None]
        return max([self._clock.now_ms(), *known]) + int(offset_ms or 0)

    def revocations(self) -> Sequence[Revocation]:
        return self._members.revocations()

    def hears_server(self) -> bool:
        return bool(self._database.fetch(_ONLINE, {})[0][0])

    def keep_heard(self, copy: HeardCopy, *, most: int) -> bool:
        def work(connection: Connection) -> bool:
            same = connection.execute(_SAME, {"event": copy.event_id}).one_or_none()
            if same is not None:
                if tuple(same) != (copy.device_id, copy.body):
                    raise Rejected("conflict", "Another entry of this id is kept")
                return True
            held = connection.execute(_COUNT, {"device": copy.device_id}).scalar_one()
            if held >= most:
                return False
            connection.execute(
                insert(heard),
                {
                    "event_id": copy.event_id,
                    "case_id": copy.case_id,
                    "device_id": copy.device_id,
                    "counter_label": copy.counter_label,
                    "body": copy.body,
                    "comment": copy.comment,
                    "signature": copy.signature or None,
                    "salt": copy.salt,
                    "heard_ms": self._clock.now_ms(),
                },
            )
            return True

        # A person waits for it as for a user's command
        return self._database.transact(work, user=True)

    def heard(self, case_id: UUID | None = None) -> Sequence[HeardCopy]:
        if case_id is None:
            rows = self._database.fetch(_KEPT, {})
        else:
            rows = self._database.fetch(_OF_CASE, {"case": case_id})
        return [HeardCopy(*row) for row in rows]

    def cases(self) -> Sequence[Case]:
        return self._members.cases()

    def forget_heard(self, *, before_ms: int) -> None:
        held = self._database.fetch(_HELD, {})
        if not held:
            return
        told = {case.case_id for case in self._members.cases()}
        gone = [case_id for case_id, heard_ms in held if case_id in told or heard_ms < before_ms]
        if gone:
            statement = delete(heard).where(heard.c.case_id.in_(gone))
            self._database.transact(lambda connection: connection.execute(statement), user=False)

    def staff_number(self, staff_id: UUID) -> str:
        staff = self._members.staff(staff_id)
        return "" if staff is None else staff.number
