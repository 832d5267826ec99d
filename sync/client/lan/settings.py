"""How a seat takes part in the office's network: its `lan.ini`, or the command line.

Its section `[lan]` has up to six keys: `mode` (auto finds neighbours, listed asks only those
named, off does neither), `listen` (the seat's own address and port, such as `:8461`; port 0 takes
any) and `peers` (`10.0.4.17, desk-2.example:8461`); of a desk besides `phones`, where it serves the
page for managers' phones (`:8462`; off for nowhere), and `certificate` and `key`, files in the data
folder that it serves it with in the place of its own.
"""

from __future__ import annotations

import configparser
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sync.protocol.lan import DEFAULT_PORT

_log = logging.getLogger(__name__)

FILE_NAME: Final = "lan.ini"
PHONES_PORT: Final = 8462
ENVIRONMENT: Final = "GUICHET_LAN"
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
    text = text.strip()
    host, colon, port = text.rpartition(":")
    if text.startswith("["):
        bracketed, _, rest = text[1:].partition("]")
        host, colon, port = bracketed, rest[:1], rest[1:]
    elif not colon or ":" in host:
        host, port = text, ""
    number = int(port) if colon and port else default_port
    if not 0 <= number <= 65535 or any(letter.isspace() for letter in host):
        raise ValueError(f"{text!r} is no address")
    return Address(host, number)


def read_settings(
    folder: Path, *, mode: str = "", listen: str = "", peers: Sequence[str] = ()
) -> LanSettings:
    """The settings of the seat in `folder`; the command line goes before its file.

    Between the two stands the mode in the environment's GUICHET_LAN. A file that can't be read is
    passed over as a whole, and logged: a typing mistake must keep no counter from opening.

    Raises:
        ValueError: the command line or the environment is wrong.
    """
    told = _read_file(folder / FILE_NAME)
    mode = mode or os.environ.get(ENVIRONMENT, "")
    return LanSettings(
        mode=_mode(mode) if mode else told.mode,
        listen=read_address(listen) if listen else told.listen,
        peers=(*told.peers, *(read_address(peer) for peer in peers)),
        phones=told.phones,
        certificate=told.certificate,
        key=told.key,
    )


def _mode(text: str) -> Mode:
    for mode in ("auto", "listed", "off"):
        if text == mode:
            return mode
    raise ValueError(f"{text!r} is none of auto, listed, off")


def _phones(text: str | None) -> Address | None:
    if text is None:
        return LanSettings().phones
    return None if text in ("", "off") else read_address(text, PHONES_PORT)


def _file(folder: Path, name: str) -> Path | None:
    return folder / name if name else None


def _read_file(path: Path) -> LanSettings:
    parser = configparser.ConfigParser(inline_comment_prefixes=(";", "#"))
    try:
        parser.read(path, encoding="utf-8")
        section = parser["lan"] if parser.has_section("lan") else {}
        plain = LanSettings()
        peers = [peer for peer in section.get("peers", "").replace(",", " ").split() if peer]
        return LanSettings(
            mode=_mode(section.get("mode", plain.mode)),
            listen=read_address(section.get("listen", str(plain.listen))),
            peers=tuple(map(read_address, peers)),
            phones=_phones(section.get("phones")),
            certificate=_file(path.parent, section.get("certificate", "")),
            key=_file(path.parent, section.get("key", "")),
        )
    except (OSError, ValueError, configparser.Error) as error:
        _log.warning("%s can't be read, so it is passed over: %s", path.name, error)
        return LanSettings()
