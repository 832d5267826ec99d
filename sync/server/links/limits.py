"""How often strangers may ask: counted in this process's memory, a minute at a time."""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter
from typing import Final

from sync.server.links.problems import LinkError

A_LINK: Final = 60
AN_ADDRESS: Final = 600
"""A carrier, or an office's own wireless network, puts many phones behind one address."""

_MINUTE_MS: Final = 60_000
_MOST_KEYS: Final = 50_000


class Rate:
    """Bounds requests a minute by their key, at most `most` each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: Counter[str | bytes] = Counter()

    def count(self, key: str | bytes, now_ms: int) -> None:
        """Count one; '' isn't counted. Raises LinkError('busy')."""
        if not key:
            return
        with self._lock:
            minute = now_ms // _MINUTE_MS
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            is_new = key not in self._counts
            if self._counts[key] >= self._most or (is_new and len(self._counts) >= _MOST_KEYS):
                raise LinkError("busy")
            self._counts[key] += 1


def network_of(address: str) -> str:
    """What stands for one caller: an IPv4 address, or the network that an IPv6 host chooses from.

    >>> network_of("203.0.113.7"), network_of("2001:db8:1:2:3:4:5:6"), network_of("testclient")
    ('203.0.113.7', '2001:db8:1:2::/64', 'testclient')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
