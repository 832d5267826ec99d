"""From the text in an address to a link that a counter of ours made, of a visit of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Connection

from app.domain.rating_link import SETTING, RatingLink, RatingLinkRules, SignedLink, read_token
from sync.server.devices import Device, find_device
from sync.server.links.problems import LinkError
from sync.server.settings_of import setting_value

_MOST_AHEAD_MS: Final = 86_400_000
"""A counter's clock may be wrong before it has spoken to the server."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link whose signature is good, and whose time isn't over."""

    link: RatingLink
    device: Device
    rules: RatingLinkRules


def read(token: str) -> SignedLink:
    """Read a token, which anybody may have made up. Raises LinkError('unreadable')."""
    try:
        return read_token(token)
    except ValueError as error:
        raise LinkError("unreadable") from error


def opened(connection: Connection, signed: SignedLink, now_ms: int) -> Opened:
    """Verify a link by its counter's key, as the database has both now.

    Raises:
        LinkError: unreadable, which a link of a PC that was shut out is, too: whoever has its key
            could make any; ended.
    """
    link = signed.link
    device = find_device(connection, link.device_id)
    if device is None or device.revoked:
        raise LinkError("unreadable")
    try:
        Ed25519PublicKey.from_public_bytes(device.public_key).verify(
            signed.signature, link.statement()
        )
    except InvalidSignature as error:
        raise LinkError("unreadable") from error
    if link.begun_ms > now_ms + _MOST_AHEAD_MS:
        raise LinkError("unreadable")
    rules = RatingLinkRules.from_setting(setting_value(connection, device.programme_id, SETTING))
    if link.ends_ms <= now_ms or not rules.address:
        raise LinkError("ended")
    return Opened(link, device, rules)
