"""How a setting's value is read, from JSON or from text, and which values are refused."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from app.domain.lean import dataclass

_YES: Final = {"true": True, "yes": True, "on": True, "1": True}
_NO: Final = {"false": False, "no": False, "off": False, "0": False}
_FLAGS: Final = {**_YES, **_NO}
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_LONGEST_ADDRESS: Final = 300
_NO_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What ends a line, is a terminal's command, or can't be written down."""


class Kind(Protocol):
    """One type of values."""

    def read(self, raw: Any) -> Any:
        """Read a value as JSON has it. Raises ValueError that says what is wanted."""

    def of_text(self, text: str) -> Any:
        """Read a value that was written as text. Raises ValueError that says what is wanted."""

    def schema(self) -> Mapping[str, Any]:
        """What JSON Schema says of it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text."""

    most: int = 200
    pattern: str = ""

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise ValueError(f"{raw!r} is no text; write it in quotation marks")
        return self.of_text(raw)

    def of_text(self, text: str) -> str:
        text = text.strip()
        if len(text) > self.most:
            raise ValueError(f"it is longer than {self.most} letters")
        if _NO_LINE.search(text):
            raise ValueError("it is one line, and of letters alone")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ValueError(f"{text!r} isn't written as it has to be ({self.pattern})")
        return text

    def schema(self) -> Mapping[str, Any]:
        told: dict[str, Any] = {"type": "string", "maxLength": self.most}
        return {**told, "pattern": f"^{self.pattern}$"} if self.pattern else told


class Choice:
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise ValueError(f"{raw!r} is none of {self._told()}")
        return self.of_text(raw)

    def of_text(self, text: str) -> str:
        for word in self.words:
            if text.strip().lower() == word.lower():
                return word
        raise ValueError(f"{text!r} is none of {self._told()}")

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "enum": list(self.words)}

    def _told(self) -> str:
        return ", ".join(word or '""' for word in self.words)


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    def read(self, raw: Any) -> bool:
        if not isinstance(raw, bool):
            raise ValueError(f"{raw!r} is neither true nor false (without quotation marks)")
        return raw

    def of_text(self, text: str) -> bool:
        flag = _FLAGS.get(text.strip().lower())
        if flag is None:
            raise ValueError(f"{text!r} is neither yes nor no")
        return flag

    def schema(self) -> Mapping[str, Any]:
        return {"type": "boolean"}


class Number:
    """A whole number within bounds; with `only`, one of those."""

    def __init__(self, *only: int, least: int, most: int) -> None:
        self.only, self.least, self.most = only, least, most

    def read(self, raw: Any) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise ValueError(f"{raw!r} is no whole number")
        if self.only and raw not in self.only:
            raise ValueError(f"{raw} is none of {', '.join(map(str, self.only))}")
        if not self.least <= raw <= self.most:
            raise ValueError(f"{raw} isn't within {self.least} and {self.most}")
        return raw

    def of_text(self, text: str) -> int:
        if not re.fullmatch(r"\s*-?[0-9]{1,12}\s*", text):
            raise ValueError(f"{text!r} is no whole number")
        return self.read(int(text))

    def schema(self) -> Mapping[str, Any]:
        if self.only:
            return {"type": "integer", "enum": list(self.only)}
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class _Line:
    """A line of text that is checked by a rule of its own."""

    def read(self, raw: Any) -> Any:
        return self._checked(Text(_LONGEST_ADDRESS).read(raw))

    def of_text(self, text: str) -> Any:
        return self._checked(Text(_LONGEST_ADDRESS).of_text(text))

    def _checked(self, text: str) -> Any:
        """Of a text without blanks around it."""
        raise NotImplementedError

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "maxLength": _LONGEST_ADDRESS}


class Address(_Line):
    """A server's: https, or http to this very PC."""

    def _checked(self, text: str) -> str:
        if not text:
            return ""
        if "://" not in text:
            text = f"https://{text}"
        parts, host = _split(text)
        if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
            raise ValueError(
                f"{text!r} is no https:// address; write https://HOST or https://HOST:PORT"
            )
        return text.rstrip("/")

    def schema(self) -> Mapping[str, Any]:
        return {**super().schema(), "examples": ["https://guichet.example"]}


class Proxy(_Line):
    """http://HOST:PORT, with or without USER:PASSWORD@; 'none'; or ''."""

    def _checked(self, text: str) -> str:
        text = text.rstrip("/")
        if text in ("", "none"):
            return text
        scheme = text.partition("://")[0]
        if scheme not in ("http", "https"):
            raise ValueError("it is no proxy; write http://HOST:PORT, or none")
        _split(text)
        return text


class Neighbour(_Line):
    """HOST, HOST:PORT, [IPV6]:PORT, or where it is to listen :PORT."""

    def __init__(self, *, port_alone: bool = False, off: bool = False) -> None:
        self._port_alone, self._off = port_alone, off

    def _checked(self, text: str) -> str:
        if text and not (self._off and text == "off"):
            host, _ = host_and_port(text, 0)
            if not host and not self._port_alone:
                raise ValueError(f"{text!r} names no host")
        return text


def host_and_port(text: str, default_port: int) -> tuple[str, int]:
    """Read HOST, HOST:PORT, [IPV6]:PORT or :PORT. Raises ValueError."""
    text = text.strip()
    host, colon, port = text.rpartition(":")
    if text.startswith("["):
        bracketed, _, rest = text[1:].partition("]")
        host, colon, port = bracketed, rest[:1], rest[1:]
    elif not colon or ":" in host:
        host, port = text, ""
    try:
        number = int(port) if colon and port else default_port
    except ValueError:
        number = -1
    if not 0 <= number <= 65535 or any(letter.isspace() for letter in host):
        raise ValueError(f"{text!r} is no address")
    return host, number


class Folder(_Line):
    """A whole path; a relative one means another folder in each directory it is started in."""

    def _checked(self, text: str) -> Path:
        path = Path(text)
        if not path.is_absolute():
            raise ValueError(f"{text!r} is no whole path")
        return path


class Authority(_Line):
    """A file of certificates, which is there and can be read."""

    def _checked(self, text: str) -> Path | None:
        if not text:
            return None
        path: Path = Folder().of_text(text)
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except ssl.SSLError:
            raise ValueError(f"{path} holds no certificate in PEM") from None
        except OSError as error:
            raise ValueError(f"{path} can't be read ({error.strerror}); put it there") from None
        return path


class Listing:
    """Several of a kind: a list in JSON, in text with commas or blanks between."""

    def __init__(self, each: Kind, *, most: int) -> None:
        self._each, self._most = each, most

    def read(self, raw: Any) -> tuple[Any, ...]:
        if not isinstance(raw, list | tuple):
            raise ValueError(f"{raw!r} is no list")
        if len(raw) > self._most:
            raise ValueError(f"more than {self._most}")
        return tuple(map(self._each.read, raw))

    def of_text(self, text: str) -> tuple[Any, ...]:
        return self.read(text.replace(",", " ").split())

    def schema(self) -> Mapping[str, Any]:
        return {"type": "array", "items": self._each.schema(), "maxItems": self._most}


def as_json(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, PurePath):
        return str(value)
    return list(value) if isinstance(value, tuple) else "" if value is None else value


def _split(text: str) -> tuple[Any, str]:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # both may be refused only now
    except ValueError:
        raise ValueError(f"{text!r} is no address") from None
    if not host or any(letter.isspace() for letter in text):
        raise ValueError(f"{text!r} is no address")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            f"{text!r} goes on behind the host; write https://HOST or https://HOST:PORT"
        )
    return parts, host
