"""How a seat takes part in the office's network, by what is set for it (`lan_…`)."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

from app.domain.lean import dataclass
from app.settings.kinds import host_and_port
from app.settings.schema import SeatSettings
from sync.protocol.lan import DEFAULT_PORT

PHONES_PORT: Final = 8462
Mode = Literal["auto", "listed", "off"]


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a neighbour may be listening; `host` is a name or an address."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LanSettings:
    """How the seat takes part.

    Attributes:
        mode: 'auto' finds neighbours by multicast besides those in `peers`.
        listen: where the seat listens; host '' for all addresses of the PC.
        peers: neighbours listed by hand, where multicast is blocked.
        phones: where a desk serves the page for managers' phones, None: nowhere.
        certificate: the page's, with what stands between it and its authority, PEM; None: its own.
        key: the certificate's, PEM.
    """

    mode: Mode = "auto"
    listen: Address = Address("", DEFAULT_PORT)  # immutable
    peers: tuple[Address, ...] = ()
    phones: Address | None = Address("", PHONES_PORT)
    certificate: Path | None = None
    key: Path | None = None


def read_address(text: str, default_port: int = DEFAULT_PORT) -> Address:
    """Read HOST, HOST:PORT, [IPV6]:PORT or :PORT. Raises ValueError."""
    return Address(*host_and_port(text, default_port))


def lan_settings(told: SeatSettings) -> LanSettings:
    """What is set for the seat."""
    return LanSettings(
        mode=next(mode for mode in get_args(Mode) if mode == told.lan_mode),
        listen=read_address(told.lan_listen),
        peers=tuple(map(read_address, told.lan_peers)),
        phones=None
        if told.lan_phones in ("", "off")
        else read_address(told.lan_phones, PHONES_PORT),
        certificate=_file(told, told.lan_certificate),
        key=_file(told, told.lan_key),
    )


def _file(told: SeatSettings, name: str) -> Path | None:
    return told.data_folder / name if name else None
