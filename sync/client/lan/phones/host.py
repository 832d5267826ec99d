"""The page for managers' phones, while its desk has a part in the office's network."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from app.ports.phones import PageIdentity, PagePlace, PhoneDesk
from sync.client.lan.settings import Address, LanSettings

if TYPE_CHECKING:
    from sync.client.lan.phones.answers import Answers
    from sync.client.lan.phones.page_port import PagePort

_log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 60.0
"""Between looks at the PC's addresses, and after the port could not be had."""
_FAR: Final = ("192.0.2.1", 9)  # nothing is sent: it only says by which address one would go out


class PhoneHost:
    """Serves the page from `open` to `close`; one thread calls it."""

    def __init__(
        self,
        desk: PhoneDesk,
        identity: PageIdentity,
        settings: LanSettings,
        *,
        addresses: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        """Nothing is served yet.

        Args:
            desk: who may see what.
            identity: the desk's own certificate.
            settings: where, and with which certificate.
            addresses: the PC's, the likeliest first; asked of the system if not given.
        """
        self._desk = desk
        self._identity = identity
        self._settings = settings
        self._addresses = addresses or own_addresses
        self._port: PagePort | None = None
        self._names: tuple[str, ...] = ()
        self._look_s = 0.0

    def turn(self, now: float, now_ms: int) -> float:
        """Serve, anew where the PC has got other addresses; returns when to be called again.

        Raises:
            Unavailable: vault or disk.
        """
        place = self._settings.phones
        if place is None:
            return now + LOOK_AGAIN_S
        if now >= self._look_s:
            self._look_s = now + LOOK_AGAIN_S
            names = (place.host,) if place.host else tuple(self._addresses())
            if names and (self._port is None or names != self._names):
                self.close()
                self._open(place, names, now_ms)
        return self._look_s

    def _open(self, place: Address, names: tuple[str, ...], now_ms: int) -> None:
        from sync.client.lan.phones.answers import Answers

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        given = self._given(context)
        certificate = given or self._identity.present(context, names, now_ms=now_ms)
        try:
            self._port = _listening(place, context, Answers(self._desk))
        except OSError as error:
            _log.warning("managers' phones are not served: %s", error)
            return
        self._names = names
        shown = _dns_names(certificate) if given else names
        self._desk.note_place(
            PagePlace(
                tuple(f"https://{Address(name, self._port.port)}/m" for name in shown or names),
                sha256(certificate).digest(),
                given is None,
            )
        )

    def _given(self, context: ssl.SSLContext) -> bytes | None:
        """The certificate that lies in the data folder (DER), None for none that can be used."""
        certificate, key = self._settings.certificate, self._settings.key
        if certificate is None:
            return None
        try:
            context.load_cert_chain(certificate, key, password=lambda: b"")
            return ssl.PEM_cert_to_DER_cert(_first_certificate(certificate))
        except (OSError, ValueError) as error:  # TLS's errors are OSErrors
            _log.warning("%s can't be used, so the desk's own is: %s", certificate.name, error)
            return None

    def close(self) -> None:
        """Hang up on all phones."""
        if self._port is not None:
            self._port.close()
            self._port = None
            self._desk.note_place(None)


def _listening(place: Address, context: ssl.SSLContext, answers: Answers) -> PagePort:
    from sync.client.lan.phones.page_port import PagePort

    try:
        return PagePort((place.host, place.port), context, answers)
    except OSError:
        # Another seat of this PC has it; the desk shows where it is
        return PagePort((place.host, 0), context, answers)


def _first_certificate(path: Path) -> str:
    text = path.read_text(encoding="ascii")
    end = "-----END CERTIFICATE-----"
    return text[text.index("-----BEGIN CERTIFICATE-----") : text.index(end) + len(end)]


def _dns_names(certificate: bytes) -> tuple[str, ...]:
    read = x509.load_der_x509_certificate(certificate)
    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(n for n in names.get_values_for_type(x509.DNSName) if "*" not in n)


def own_addresses() -> list[str]:
    """The PC's IPv4 addresses that phones may reach, the one it goes out by first."""
    import psutil

    stats = psutil.net_if_stats()
    found = [
        each.address
        for name, addresses in psutil.net_if_addrs().items()
        if name in stats and stats[name].isup
        for each in addresses
        if each.family == socket.AF_INET and not each.address.startswith(("127.", "169.254."))
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_FAR)
            first = probe.getsockname()[0]
        except OSError:  # there is no way out, which offices may have
            first = ""
    return sorted(found, key=lambda address: address != first)
