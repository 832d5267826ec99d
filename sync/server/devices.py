"""The device at the other end, as far as a request needs to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.scope import OWN
from sync.server.store import tables as t
from sync.server.store.bulk import ask


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device and where it stands.

    Attributes:
        scope_id: of the members that its replica holds, None: everybody.
        scope_number: of that scope among its office's, which cursors carry; 0 for everybody.
    """

    programme_id: UUID
    device_id: UUID
    kind: str
    office_id: UUID
    office_code: str
    office_time_zone: str
    counter_id: UUID
    counter_label: str
    public_key: bytes
    incarnation: int
    revoked_ms: int | None
    scope_id: UUID | None
    scope_number: int

    @property
    def revoked(self) -> bool:
        return self.revoked_ms is not None

    @property
    def is_desk(self) -> bool:
        return self.kind == "desk"


_HOLDS_OWN: Final = t.office.c.members == sa.literal_column(f"'{OWN}'")
# Asked by each request, so composed once
_FIND: Final[sa.Select[Any]] = (
    sa.select(
        t.device.c.programme_id,
        t.device.c.device_id,
        t.device.c.kind,
        t.device.c.office_id,
        t.office.c.code,
        t.office.c.time_zone,
        t.device.c.counter_id,
        t.counter.c.label,
        t.device.c.public_key,
        t.device.c.incarnation,
        t.device.c.revoked_ms,
        sa.case((_HOLDS_OWN, t.office.c.scope_id)).label("scope_id"),
        sa.case((_HOLDS_OWN, t.office.c.scope_number), else_=sa.literal_column("0")).label(
            "scope_number"
        ),
    )
    .join(
        t.office,
        (t.office.c.programme_id == t.device.c.programme_id)
        & (t.office.c.office_id == t.device.c.office_id),
    )
    .join(
        t.counter,
        (t.counter.c.programme_id == t.device.c.programme_id)
        & (t.counter.c.counter_id == t.device.c.counter_id),
    )
    .where(t.device.c.device_id == sa.bindparam("of_device"))
)
_FIND_LOCKED: Final = _FIND.with_for_update(of=t.device)


def find_device(connection: Connection, device_id: UUID, *, lock: bool = False) -> Device | None:
    """Look a device up by its id, which no two programmes share.

    Args:
        connection: in any transaction.
        device_id: from its token or its challenge.
        lock: hold its row until the transaction ends, so that its uploads come one by one.
    """
    statement = _FIND_LOCKED if lock else _FIND
    rows = ask(connection, statement, {"of_device": device_id})
    return Device(*rows[0]) if rows else None
