"""The configuration a programme starts with; each can be replaced on the server."""

from __future__ import annotations

from app.domain.case_facts import DEFAULT_CASES
from app.domain.case_facts import SETTING as CASES
from app.domain.family import FamilyRules
from app.domain.figure_rules import SETTING as FIGURES
from app.domain.figure_rules import FigureRules
from app.domain.listening import SETTING as LISTENING
from app.domain.listening import ListeningRules
from app.domain.matter import DEFAULT_MATTER
from app.domain.matter import SETTING as MATTER
from app.domain.points_rules import PointsRules
from app.domain.rating import DEFAULT_RATING
from app.domain.rating_link import DEFAULT_RATING_LINK
from app.domain.rating_link import SETTING as RATING_LINK
from app.domain.risk import DEFAULT_RISK
from app.domain.shutting_out import DEFAULT_CONTACT
from app.domain.voucher import DEFAULT_VOUCHER
from app.domain.watching import WatchRules

DEFAULT_ACCRUAL: dict[str, object] = {
    "version": 1,
    "carriers": ["CA", "CZ", "FM", "HO", "HU", "KA", "MF", "MU", "NX", "SC", "ZH"],
    "classes": {
        **dict.fromkeys("FAPO", 150),
        **dict.fromkeys("JCDZR", 125),
        **dict.fromkeys("WGEYB", 100),
        **dict.fromkeys("MUHQV", 75),
        **dict.fromkeys("KLTS", 50),
        **dict.fromkeys("NIX", 0),
    },
    "minimum_points": 500,
    "tier_bonus": {"silver": 15, "gold": 30, "platinum": 50},
    "rates": {"CNY": [1, 100], "USD": [7, 100], "EUR": [8, 100], "HKD": [9, 1000]},
    "rounding": "half_up",
    "currency": "CNY",
    "distances_km": {},
}

DEFAULT_REDEMPTION: dict[str, object] = {
    "lease_points": 1_600,
    "lease_share_percent": 25,
    "lease_online_percent": 50,
    "lease_top_up_percent": 50,
    "leases_per_device": 2_000,
    "lease_days": 14,
    "lease_calm_minutes": 60,
    "lease_claims": ["expected", "visitor", "home"],
    "visitor_days": 90,
    "trust_known_days": 30,
    "trust_known_visits": 2,
    "trust_trusted_days": 365,
    "trust_trusted_visits": 6,
    "trust_trusted_tiers": ["gold", "platinum"],
    "trust_new_percent": 50,
    "trust_trusted_percent": 150,
    **DEFAULT_RISK,
    "clerk_points_per_hour": 100_000,
}

# What qualifies is counted from the start; without levels tiers come with imports alone.
DEFAULT_TIERS: dict[str, object] = {
    "levels": [],
    "base": "",
    "window": "calendar_year",
    "months": 12,
    "soft_landing": True,
    "sources": ["flight", "retro"],
    "percent": 100,
}

# Comments, complaints and notes go after so many days.
DEFAULT_RETENTION: dict[str, object] = {"texts_days": 730}

DEFAULT_SETTINGS: dict[str, dict[str, object]] = {
    "rating": DEFAULT_RATING,
    RATING_LINK: DEFAULT_RATING_LINK,
    "accrual": DEFAULT_ACCRUAL,
    "points": PointsRules().to_setting(),
    "tiers": DEFAULT_TIERS,
    "family": FamilyRules().to_setting(),
    MATTER: DEFAULT_MATTER,
    CASES: DEFAULT_CASES,
    LISTENING: ListeningRules().to_setting(),
    FIGURES: FigureRules().to_setting(),
    "redemption": DEFAULT_REDEMPTION,
    "contact": DEFAULT_CONTACT,
    "retention": DEFAULT_RETENTION,
    "voucher": DEFAULT_VOUCHER,
    "watch": WatchRules().to_setting(),
}
