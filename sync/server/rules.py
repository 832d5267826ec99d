"""A programme's rules for points, each of their versions: what postings were decided by."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import (
    family,
    listening,
    matter,
    points_rules,
    rating_link,
    segments,
    tiers,
    watching,
)
from app.domain.accrual import AccrualRules
from app.domain.deciding_again import accrual_rules_of
from app.domain.default_settings import DEFAULT_ACCRUAL, DEFAULT_REDEMPTION
from app.domain.errors import Rejected
from app.domain.family import FamilyRules
from app.domain.listening import ListeningRules
from app.domain.matter import MatterRules
from app.domain.points_rules import PointsRules
from app.domain.rating_link import RatingLinkRules
from app.domain.risk import check_redemption
from app.domain.segments import Segments
from app.domain.tiers import TierRules
from app.domain.watching import WatchRules
from sync.server.settings_of import setting_object
from sync.server.store import tables as t
from sync.server.store.bulk import ask

ACCRUAL: Final = "accrual"
REDEMPTION: Final = "redemption"

_NEWEST: Final = (
    sa.select(t.setting_version.c.version, t.setting_version.c.value)
    .where(
        t.setting_version.c.programme_id == sa.bindparam("programme"),
        t.setting_version.c.name == sa.bindparam("setting_name"),
    )
    .order_by(t.setting_version.c.version.desc())
    .limit(1)
)
_ONE: Final = sa.select(t.setting_version.c.value).where(
    t.setting_version.c.programme_id == sa.bindparam("programme"),
    t.setting_version.c.name == sa.bindparam("setting_name"),
    t.setting_version.c.version == sa.bindparam("version"),
)


def complete(name: str, value: dict[str, Any], version: int) -> dict[str, Any]:
    """A setting's value with nothing left to what the program takes for granted today.

    So the version means the same to whatever program reads it years later.

    Raises:
        Rejected: bad_setting, for rules that nothing could be decided by.
    """
    try:
        if name == points_rules.SETTING:
            return PointsRules.from_setting(value, version).to_setting()
        if name == watching.SETTING:
            return WatchRules.from_setting(value).to_setting()
        if name == family.SETTING:
            return FamilyRules.from_setting(value).to_setting()
        if name == tiers.SETTING:
            TierRules.from_setting(value, version)
        if name == REDEMPTION:
            check_redemption(value, DEFAULT_REDEMPTION)
        if name == matter.SETTING:
            MatterRules.read(value)
        if name == listening.SETTING:
            listening.check_setting(value)
            return ListeningRules.from_setting(value).to_setting()
        if name == rating_link.SETTING:
            RatingLinkRules.read(value)
        if name == segments.SETTING:
            Segments.from_setting(value)
        if name == ACCRUAL:
            accrual_rules_of(value, version)
            return {**DEFAULT_ACCRUAL, **value, "version": version}
    except (ValueError, TypeError, AttributeError) as error:
        raise Rejected("bad_setting", str(error)) from error
    return value


class Rules:
    """The rules as one transaction reads them, each version once."""

    def __init__(self, connection: Connection, programme_id: UUID) -> None:
        self._connection = connection
        self._programme_id = programme_id
        self._accrual: dict[int, AccrualRules | None] = {}
        self._points: PointsRules | None = None
        self._tiers: list[TierRules | None] = []
        self._segments: Segments | None = None

    def accrual(self, version: int) -> AccrualRules | None:
        """A version of the rules for earning; None: there never was one."""
        if version not in self._accrual:
            self._accrual[version] = self._read_accrual(version)
        return self._accrual[version]

    @property
    def points(self) -> PointsRules:
        """The newest."""
        if self._points is None:
            version, value = self._newest(points_rules.SETTING)
            self._points = PointsRules.from_setting(value, version)
        return self._points

    def points_of(self, version: int) -> PointsRules | None:
        """A version; 0 is what holds where nothing was set; None: there never was one."""
        value = None if version == 0 else self._one(points_rules.SETTING, version)
        if value is None and version != 0:
            return None
        return PointsRules.from_setting(value, version)

    @property
    def tiers(self) -> TierRules | None:
        """The newest; None where the programme leaves tiers to others."""
        if not self._tiers:
            version, value = self._newest(tiers.SETTING)
            self._tiers = [None if value is None else TierRules.from_setting(value, version)]
        return self._tiers[0]

    @property
    def segments(self) -> Segments:
        """The newest."""
        if self._segments is None:
            self._segments = Segments.from_setting(self._newest(segments.SETTING)[1])
        return self._segments

    def _read_accrual(self, version: int) -> AccrualRules | None:
        value = self._one(ACCRUAL, version)
        if value is None and (version != 1 or self._newest(ACCRUAL)[0] != 0):
            return None  # 1 is what counters say while nothing was ever set
        try:
            return accrual_rules_of(value, version)
        except (ValueError, TypeError, AttributeError):
            return None  # from before `complete` looked at it

    def _newest(self, name: str) -> tuple[int, dict[str, Any] | None]:
        of = {"programme": self._programme_id, "setting_name": name}
        rows = ask(self._connection, _NEWEST, of)
        return (rows[0].version, setting_object(rows[0].value)) if rows else (0, None)

    def _one(self, name: str, version: int) -> dict[str, Any] | None:
        of = {"programme": self._programme_id, "setting_name": name, "version": version}
        rows = ask(self._connection, _ONE, of)
        return setting_object(rows[0].value) if rows else None
