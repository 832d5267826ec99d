"""Bar coded boarding passes (IATA Resolution 792, format M)."""

from app.domain.boarding_pass.bad_scan import BadScan, BadScanReason
from app.domain.boarding_pass.encoding import encode
from app.domain.boarding_pass.parsing import parse
from app.domain.boarding_pass.records import BoardingPass, Leg, SecurityData, coupon_key

__all__ = [
    "BadScan",
    "BadScanReason",
    "BoardingPass",
    "Leg",
    "SecurityData",
    "coupon_key",
    "encode",
    "parse",
]
