"""Making this PC a device of the programme by a one-use code, or a token for many PCs."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from app.domain.errors import Rejected
from app.ports.online import OnlineDesk
from app.ports.seat import SeatIdentityStore
from app.services.commands import Enrol

_CODE = re.compile(r"[A-Z0-9]{6,32}")


def enrol(identity: SeatIdentityStore, online: OnlineDesk, command: Enrol) -> None:
    """Spend the code and keep the certificate."""
    if identity.document() is not None:
        raise Rejected("already_enrolled", "This PC is enrolled already")
    url = command.server_url.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Rejected("bad_address", "The server's address begins with https://")
    code = re.sub(r"[\s-]", "", command.code).upper()
    if not _CODE.fullmatch(code):
        raise Rejected("code_unknown", "This code is not one of ours; ask for a new one")
    answer = online.enrol(url, code, identity.public_key(), office=command.office)
    identity.enrol(url, answer.document)
