"""The answers of 400 and above, as an exception that carries its status and its `Problem`."""

from __future__ import annotations

from typing import Final

from sync.protocol.messages import Problem

STATUS: Final = {
    "bad_request": 400,
    "bad_signature": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "revoked": 403,
    "code_unknown": 404,
    "unknown_device": 404,
    "not_found": 404,
    "no_snapshot": 404,
    "snapshot_gone": 410,
    "code_used": 409,
    "code_expired": 410,
    "token_used_up": 409,
    "token_elsewhere": 409,
    "token_expired": 410,
    "token_revoked": 410,
    "pc_shut_out": 403,
    "too_many_acts": 409,
    "chain_gap": 409,
    "chain_broken": 409,
    "fork": 409,
    "work_missing": 409,
    "cursor_unknown": 409,
    "epoch_changed": 409,
    "too_large": 413,
    "old_protocol": 426,
    "new_protocol": 426,
    "busy": 503,
    "internal": 500,
}
"""HTTP status of each problem code."""


class ProblemError(Exception):
    """The request is answered with a `Problem`; nothing of it was applied unless `keep` is set.

    Attributes:
        keep: what the transaction did so far is committed all the same (a fork's quarantine).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        keep: bool = False,
        status: int | None = None,
        **detail: str | int,
    ) -> None:
        """`status` is HTTP's, where it isn't the code's usual one."""
        super().__init__(message)
        self.problem = Problem(code=code, message=message, detail=detail)
        self.status = STATUS[code] if status is None else status
        self.keep = keep
