"""What a member was credited for once: leaving and arriving with a flight, scanned or typed.

Of the accruals that are there already a typed claim's day can be found again: its coupon's name is
a hash of what the entry says and of one of the days before it. A scanned pass's holds the booking,
which nobody knows any more: such rows stay without.

The rules are as they were on that day: what the program makes of a flight since doesn't change
what this migration does.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OLDEST_DAYS = 182  # a claim's limit, and a day of time zones on either side
_COLUMNS = ("departure_key", "arrival_key")

_CITIES = {
    "BJS": "PEK PKX NAY",
    "SHA": "SHA PVG",
    "CTU": "CTU TFU",
    "TPE": "TPE TSA",
    "TYO": "HND NRT",
    "OSA": "KIX ITM UKB",
    "NGO": "NGO NKM",
    "SPK": "CTS OKD",
    "SEL": "ICN GMP",
    "BKK": "BKK DMK",
    "KUL": "KUL SZB",
    "JKT": "CGK HLP",
    "DXB": "DXB DWC",
    "IST": "IST SAW",
    "MOW": "SVO DME VKO ZIA",
    "LON": "LHR LGW STN LTN LCY SEN",
    "PAR": "CDG ORY BVA",
    "MIL": "MXP LIN BGY",
    "ROM": "FCO CIA",
    "STO": "ARN BMA",
    "NYC": "JFK EWR LGA",
    "WAS": "IAD DCA BWI",
    "CHI": "ORD MDW",
    "HOU": "IAH HOU",
    "YTO": "YYZ YTZ",
    "SAO": "GRU CGH VCP",
    "RIO": "GIG SDU",
    "BUE": "EZE AEP",
}
_CITY_OF = {airport: city for city, airports in _CITIES.items() for airport in airports.split()}

_accrual = sa.table(
    "accrual",
    *(sa.column(name, sa.Uuid()) for name in ("programme_id", "accrual_id", "member_id", "txn_id")),
    *(sa.column(name, sa.Text()) for name in ("coupon_key", "state", *_COLUMNS)),
    sa.column("at_ms", sa.BigInteger()),
)
_txn = sa.table(
    "ledger_txn", *(sa.column(name, sa.Uuid()) for name in ("programme_id", "txn_id", "event_id"))
)
_entry = sa.table(
    "entry",
    *(sa.column(name, sa.Uuid()) for name in ("programme_id", "event_id")),
    sa.column("raw", sa.LargeBinary()),
)


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("accrual", sa.Column(name, sa.Text(), nullable=True))
    _fill()
    for name in _COLUMNS:
        op.create_index(
            f"ix_accrual_programme_id_{name}", "accrual", ["programme_id", name], unique=True
        )


def _fill() -> None:
    """The earlier of two keeps its key where two had been credited."""
    connection = op.get_bind()
    taken: set[tuple[Any, str]] = set()
    for row in connection.execute(_claims()).all():
        keys = {
            name: key
            for name, key in zip(_COLUMNS, _keys(row), strict=False)
            if (row.programme_id, key) not in taken
        }
        taken |= {(row.programme_id, key) for key in keys.values()}
        if keys:
            connection.execute(
                _accrual.update()
                .where(
                    _accrual.c.programme_id == row.programme_id,
                    _accrual.c.accrual_id == row.accrual_id,
                )
                .values(keys)
            )


def _claims() -> sa.Select[Any]:
    return (
        sa.select(
            *(_accrual.c[name] for name in ("programme_id", "accrual_id", "member_id")),
            _accrual.c.coupon_key,
            _accrual.c.at_ms,
            _entry.c.raw,
        )
        .join(
            _txn,
            (_txn.c.programme_id == _accrual.c.programme_id) & (_txn.c.txn_id == _accrual.c.txn_id),
        )
        .join(
            _entry,
            (_entry.c.programme_id == _txn.c.programme_id) & (_entry.c.event_id == _txn.c.event_id),
        )
        .where(_accrual.c.state == "posted", _accrual.c.coupon_key.like("t1-%"))
        .order_by(_accrual.c.at_ms, _accrual.c.accrual_id)
    )


def _keys(row: Any) -> tuple[str, ...]:
    """Leaving and arriving with the flight that was claimed; none where it can't be found."""
    payload = json.loads(row.raw)["payload"]
    try:
        steps = json.loads(payload["explanation"])
        said = next(values for _, values in steps if "flight" in values and "route" in values)
        origin, destination = str(said["route"]).split("-")
    except (ValueError, TypeError, KeyError, StopIteration):
        return ()
    flight = str(said["flight"])
    for day in _days_before(row.at_ms):
        # the hash is of the member as claimed for, who may have been merged since
        claimant = UUID(payload["member_id"]).hex
        parts = (flight[:2], flight[2:], day.isoformat(), origin, claimant)
        if "t1-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32] == row.coupon_key:
            number = flight[:2] + flight[2:].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            start, end = _CITY_OF.get(origin, origin), _CITY_OF.get(destination, destination)
            once = f"{number} {day.isoformat()}"
            return f"{once} {start}- {row.member_id.hex}", f"{once} -{end} {row.member_id.hex}"
    return ()


def _days_before(at_ms: int) -> Iterator[date]:
    try:
        last = datetime.fromtimestamp(at_ms / 1000, UTC).date()
        yield from (last - timedelta(days=back) for back in range(-1, _OLDEST_DAYS))
    except (ValueError, OverflowError, OSError):
        return
