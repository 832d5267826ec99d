"""Finds neighbours by multicast (zeroconf), and announces this seat.

What is announced names nobody: a random name a run, a port, whether managers sit there, and a hash
that tells devices of one office from others. Whoever is found is believed nothing; TLS tells who it
is.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from sync.client.lan.settings import Address
from sync.protocol.lan import KIND_PROPERTY, OFFICE_PROPERTY, SERVICE_TYPE

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, Zeroconf

_log = logging.getLogger(__name__)

Kind = Literal["counter", "desk"]

MOST_FOUND: Final = 32
"""Desks, however many the air is full of."""
MOST_COUNTERS_FOUND: Final = 256
"""Counters besides: a stranger's, too, are tried one after the other."""
MOST_COUNTERS: Final = 4
"""Counters that one counter asks; who was shut out gets round by fewer."""
MOST_HOLDERS: Final = 16
"""Counters that one asks at once for points of a member."""
_ADDRESSES_EACH: Final = 4
_BEGIN_AFTER_S: Final = 2.0  # the program opens first
_LOOK_AGAIN_S: Final = 30.0
_ASK_MS: Final = 1_500
TURN_S: Final = 5.0
"""Between two counters that are asked in the place of some that failed."""
_ENDING_S: Final = 3.0


class Discovery:
    """One run of looking and announcing, on a thread of its own, from `start` to `close`."""

    def __init__(
        self,
        office_tag: str,
        on_found: Callable[[], None],
        *,
        kind: Kind,
        begin_after_s: float = _BEGIN_AFTER_S,
        interfaces: list[str] | None = None,
    ) -> None:
        """Prepare, without touching the network.

        Args:
            office_tag: `sync.protocol.lan.office_tag`.
            on_found: called on any thread when `found` has changed.
            kind: what this seat is; a desk only announces itself, and is found.
            begin_after_s: how long the program may open undisturbed.
            interfaces: addresses to use; all of the PC's if not given.
        """
        self._office_tag = office_tag
        self._on_found = on_found
        self._kind = kind
        self._port: int | None = None
        self._name = f"{secrets.token_hex(8)}.{SERVICE_TYPE}"
        self._begin_after_s = begin_after_s
        self._interfaces = interfaces
        self._lock = threading.Lock()
        self._found: dict[Kind, dict[str, tuple[Address, ...]]] = {"desk": {}, "counter": {}}
        self._failing: set[Address] = set()
        self._last_turn = 0
        self._turns: dict[str, int] = {}  # of counters that failed, the latest has the greatest
        self._turned_s = -TURN_S
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lan-find", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def announce(self, port: int) -> None:
        """Say from the next look on that this seat listens there; until then it only looks."""
        self._port = port

    def found(self) -> list[Address]:
        """Where desks of this office say that they listen, and then a few of its counters."""
        with self._lock:
            places = list(self._found["desk"].values())
            # The same few for everybody, so that what one counter knows is known to all
            counters = sorted(self._found["counter"], key=self._turn_of)[:MOST_COUNTERS]
            places += [self._found["counter"][name] for name in counters]
        return list(dict.fromkeys(each for place in places for each in place))

    def counters(self) -> list[Address]:
        """Where counters of this office say that they listen, at most so many."""
        with self._lock:
            names = sorted(self._found["counter"], key=self._turn_of)[:MOST_HOLDERS]
            return list(dict.fromkeys(a for name in names for a in self._found["counter"][name]))

    def _turn_of(self, name: str) -> tuple[int, str]:
        return self._turns.get(name, 0), name

    def answered(self, address: Address) -> None:
        """Somebody whom TLS knows has answered there."""
        with self._lock:
            self._failing.discard(address)

    def failed(self, address: Address, now: float) -> None:
        """Nobody was there whom TLS knows; a counter that isn't anywhere lets another be asked.

        Else whoever announces a few of the lowest names would keep counters from each other.
        """
        with self._lock:
            self._failing.add(address)
            for name, place in self._found["counter"].items():
                is_gone = address in place and self._failing.issuperset(place)
                if is_gone and now >= self._turned_s + TURN_S:
                    self._turned_s = now
                    self._last_turn += 1
                    self._turns[name] = self._last_turn

    def close(self) -> None:
        """Say goodbye and stop."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_ENDING_S)

    def _run(self) -> None:
        wait_s = self._begin_after_s
        while not self._stopping.wait(wait_s):
            wait_s = _LOOK_AGAIN_S
            try:
                self._look_and_tell()
            except OSError as error:  # no network to speak of
                _log.info("neighbours can't be looked for: %s", error)

    def _look_and_tell(self) -> None:
        """Look until stopped, or until this PC's addresses or the port are others.

        Raises:
            OSError: the network is not fit for multicast.
        """
        from zeroconf import InterfaceChoice, IPVersion, ServiceBrowser, Zeroconf

        port, places = self._port, self._own_addresses()
        interfaces: Any = self._interfaces or InterfaceChoice.All
        network = Zeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
        browser = None
        try:
            if port is not None:
                network.register_service(self._announcement(port, places))
            if self._kind == "counter":
                browser = ServiceBrowser(network, SERVICE_TYPE, handlers=[self._on_change])
            while not self._stopping.wait(_LOOK_AGAIN_S):
                if (self._port, self._own_addresses()) != (port, places):
                    return
        finally:
            if browser is not None:
                browser.cancel()
            network.close()
            with self._lock:
                for places_found in self._found.values():
                    places_found.clear()
                self._failing.clear()
                self._turns.clear()

    def _own_addresses(self) -> list[str]:
        if self._interfaces is not None:
            return self._interfaces
        import ifaddr

        every = [str(ip.ip) for each in ifaddr.get_adapters() for ip in each.ips if ip.is_IPv4]
        return sorted(address for address in every if not address.startswith("127."))

    def _announcement(self, port: int, places: list[str]) -> ServiceInfo:
        from zeroconf import ServiceInfo

        return ServiceInfo(
            SERVICE_TYPE,
            self._name,
            port=port,
            properties={OFFICE_PROPERTY: self._office_tag, KIND_PROPERTY: self._kind},
            # not the PC's own name, which may be a person's
            server=self._name.removesuffix(SERVICE_TYPE) + "local.",
            parsed_addresses=places,
        )

    def _on_change(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: Any
    ) -> None:
        """Called on zeroconf's browsing thread."""
        from zeroconf import ServiceStateChange

        if name == self._name:
            return
        place: tuple[Address, ...] = ()
        kind: Kind = "counter"
        if state_change is not ServiceStateChange.Removed:
            info = zeroconf.get_service_info(service_type, name, _ASK_MS)
            said = {} if info is None else info.decoded_properties
            kind = "desk" if said.get(KIND_PROPERTY) == "desk" else "counter"
            if info is not None and info.port and said.get(OFFICE_PROPERTY) == self._office_tag:
                hosts = info.parsed_scoped_addresses()[:_ADDRESSES_EACH]
                place = tuple(Address(host, info.port) for host in hosts)
        with self._lock:
            self._forget(name)
            counters = self._found["counter"]
            if kind == "counter" and len(counters) >= MOST_COUNTERS_FOUND and self._turns:
                self._forget(max(counters, key=self._turn_of))
            most = MOST_FOUND if kind == "desk" else MOST_COUNTERS_FOUND
            if place and len(self._found[kind]) < most:
                self._found[kind][name] = place
        self._on_found()

    def _forget(self, name: str) -> None:
        for found in self._found.values():
            self._failing.difference_update(found.pop(name, ()))
        self._turns.pop(name, None)
