"""Where airports are, for accrual by distance.

Coordinates are published facts, to about a kilometre. Programmes name what is missing here as pairs
with a distance in their rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

EARTH_RADIUS_KM = 6371.0088  # IUGG mean radius

# IATA code: degrees north, degrees east
AIRPORTS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        # mainland China
        "PEK": (40.080, 116.585),
        "PKX": (39.509, 116.411),
        "TSN": (39.124, 117.346),
        "SJW": (38.281, 114.697),
        "TYN": (37.747, 112.628),
        "HET": (40.851, 111.824),
        "SHE": (41.640, 123.483),
        "DLC": (38.966, 121.539),
        "CGQ": (43.996, 125.685),
        "HRB": (45.623, 126.250),
        "SHA": (31.198, 121.336),
        "PVG": (31.143, 121.805),
        "NKG": (31.742, 118.862),
        "HGH": (30.229, 120.434),
        "NGB": (29.827, 121.462),
        "WNZ": (27.912, 120.852),
        "HFE": (31.988, 116.977),
        "FOC": (25.935, 119.663),
        "XMN": (24.544, 118.128),
        "KHN": (28.865, 115.900),
        "TNA": (36.857, 117.216),
        "TAO": (36.362, 120.088),
        "YNT": (37.657, 120.987),
        "CGO": (34.520, 113.841),
        "WUH": (30.784, 114.208),
        "CSX": (28.189, 113.220),
        "CAN": (23.392, 113.299),
        "SZX": (22.639, 113.811),
        "ZUH": (22.006, 113.376),
        "SWA": (23.552, 116.503),
        "NNG": (22.608, 108.172),
        "KWL": (25.218, 110.039),
        "HAK": (19.935, 110.459),
        "SYX": (18.303, 109.412),
        "CKG": (29.719, 106.642),
        "CTU": (30.579, 103.947),
        "TFU": (30.319, 104.441),
        "KWE": (26.539, 106.801),
        "KMG": (25.102, 102.929),
        "LJG": (26.680, 100.246),
        "LXA": (29.298, 90.912),
        "XIY": (34.447, 108.752),
        "LHW": (36.515, 103.620),
        "XNN": (36.528, 102.043),
        "INC": (38.323, 106.393),
        "URC": (43.907, 87.474),
        # near it
        "HKG": (22.309, 113.915),
        "MFM": (22.150, 113.592),
        "TPE": (25.078, 121.233),
        "ICN": (37.469, 126.451),
        "NRT": (35.765, 140.386),
        "HND": (35.552, 139.780),
        "KIX": (34.427, 135.244),
        "BKK": (13.681, 100.747),
        "SIN": (1.350, 103.994),
        "KUL": (2.746, 101.710),
        "CGK": (-6.126, 106.656),
        "MNL": (14.509, 121.020),
        "SGN": (10.819, 106.652),
        "HAN": (21.221, 105.807),
        # further
        "DEL": (28.567, 77.103),
        "DXB": (25.253, 55.364),
        "SVO": (55.973, 37.415),
        "IST": (41.275, 28.752),
        "FRA": (50.033, 8.571),
        "CDG": (49.013, 2.550),
        "AMS": (52.309, 4.764),
        "LHR": (51.471, -0.462),
        "SYD": (-33.946, 151.177),
        "MEL": (-37.673, 144.843),
        "LAX": (33.943, -118.408),
        "SFO": (37.619, -122.375),
        "JFK": (40.640, -73.779),
        "YVR": (49.194, -123.184),
        "YUL": (45.471, -73.741),
        "GVA": (46.238, 6.109),
    }
)


def great_circle_km(origin: str, destination: str) -> int | None:
    """Distance between two airports on the mean sphere (haversine), rounded to whole kilometres.

    Args:
        origin: IATA code.
        destination: IATA code; the order doesn't matter.

    Returns:
        Kilometres, or None where either airport is not in the table.

    >>> great_circle_km("PEK", "SHA")
    1076
    """
    # sorted, so that both directions round alike to the last bit
    here, there = (AIRPORTS.get(code) for code in sorted((origin, destination)))
    if here is None or there is None:
        return None
    return round(haversine_km(here, there))


def haversine_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle kilometres between two points of (degrees north, degrees east)."""
    north_a, east_a, north_b, east_b = map(radians, (*here, *there))
    chord = (
        sin((north_b - north_a) / 2) ** 2
        + cos(north_a) * cos(north_b) * sin((east_b - east_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))
