"""The page itself: one document with its style and script inside, allowed by their hashes alone."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
COOKIE: Final = "__Host-guichet"
"""Over TLS: by its name browsers hold it to this host, to TLS and to the whole site."""
MOST_BODY_BYTES: Final = 4_096
LANGUAGES: Final = ("en", "zh-CN")


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def allowed(text: str) -> str:
    """As a Content-Security-Policy names what may run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_STYLE: Final = _text("page.css")
_SCRIPT: Final = _text("page.js")
_PAGE: Final = _text("page.html").replace("/*style*/", _STYLE).replace("/*script*/", _SCRIPT)

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"script-src {allowed(_SCRIPT)}",
            f"style-src {allowed(_STYLE)}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


def page(accepted: str) -> str:
    """The page in the language that the browser likes best; `accepted` is its Accept-Language."""
    return _PAGE.replace("{language}", language_of(accepted))


def language_of(accepted: str) -> str:
    """The first of our languages in an Accept-Language that names one, by its weights."""
    primaries = (name.partition("-")[0] for name in weighed(accepted))
    found = (each for name in primaries for each in LANGUAGES if each[:2] == name)
    return next(found, LANGUAGES[0])


def weighed(accepted: str) -> list[str]:
    """What an Accept-Language names, in small letters, what is liked best first."""
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:1_000].split(",")):
        name, _, weight = part.partition(";")
        if (worth := _weight(weight)) > 0:
            liked.append((-worth, place, name.strip().lower()))
    return [name for _, _, name in sorted(liked)]


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
