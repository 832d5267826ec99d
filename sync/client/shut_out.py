"""The server's word that this device is revoked, wherever it is heard."""

from __future__ import annotations

import base64
import logging

from app.domain.errors import Unavailable
from app.ports.sync_store import SyncStore
from sync.client.outcome import Refusal, Why

_log = logging.getLogger(__name__)


def heed(store: SyncStore, refusal: Refusal) -> bool:
    """Go blind if the refusal says so and is the server's own; returns whether it was.

    A 'revoked' without the authority's signature, or an 'unknown_device', shuts nobody out: the
    server may have been restored, and anybody may say it.
    """
    revoked_ms = refusal.number("revoked_ms")
    signature = refusal.detail.get("signature")
    if refusal.why is not Why.REVOKED or revoked_ms is None or not isinstance(signature, str):
        return False
    try:
        return store.shut_out(revoked_ms, base64.b64decode(signature, validate=True))
    except ValueError:
        return False
    except Unavailable as error:  # it is said again at the next call
        _log.warning("shut out, and can't lock up: %s", error.message)
        return False
