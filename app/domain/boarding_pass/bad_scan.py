"""Why a scan can't be used, in words for a clerk."""

from __future__ import annotations

from enum import StrEnum

from app.domain.errors import Rejected


class BadScanReason(StrEnum):
    """Stable codes; the screens translate them."""

    EMPTY = "scan_empty"
    NOT_A_PASS = "scan_not_a_pass"  # noqa: S105
    UNSUPPORTED_FORMAT = "scan_unsupported_format"
    TRUNCATED = "scan_truncated"
    TOO_LONG = "scan_too_long"
    WRONG_FIELD = "scan_wrong_field"
    WRONG_DATE = "scan_wrong_date"
    CONTROL_CHARACTERS = "scan_control_characters"
    CASE_INVERTED = "scan_case_inverted"
    KEYBOARD_LAYOUT = "scan_keyboard_layout"
    INPUT_METHOD = "scan_input_method"


class BadScan(Rejected):
    """A scan that is not a readable boarding pass.

    Attributes:
        reason_code: which kind of trouble.
        position: where in the scan as it came, 0-based, in characters.
        message: what happened and what to do, in plain words; no personal data.
    """

    def __init__(
        self, reason_code: BadScanReason, position: int, message: str, **detail: str | int
    ) -> None:
        super().__init__(reason_code, message, position=position, **detail)
        self.reason_code = reason_code
        self.position = position
