"""The page behind a link: forms alone, so that it works in whatever opens a QR, with no script.

What people and operators wrote is escaped; nothing is loaded from anywhere, and nothing is kept on
the phone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Final
from uuid import UUID

from app.domain.names import name_in
from app.domain.office_time import local_time
from app.domain.rating import GOOD_SCORES, MAX_COMMENT_CHARS, is_low
from sync.protocol.phones.page import allowed
from sync.server.links.problems import Code
from sync.server.links.service import Given, Visit
from sync.server.links.words import LANGUAGES, WORDS

LEVELS: Final = (5, 4, 3, 2, 1)
"""As the panel shows them."""

_STYLE: Final = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src {allowed(_STYLE)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

_EYES: Final = (
    '<ellipse cx="-17" cy="-12" rx="5" ry="6.5"/><ellipse cx="17" cy="-12" rx="5" ry="6.5"/>'
)
_FACES: Final = {
    5: '<path d="M-27-9Q-18-21-9-9M9-9Q18-21 27-9"/>'
    '<path class="full" d="M-25 10H25C24 38-24 38-25 10Z"/>',
    4: f'<path d="M-22 13Q0 33 22 13"/>{_EYES}',
    3: f'<path d="M-19 19H19"/>{_EYES}',
    2: f'<path d="M-20 27Q0 10 20 27"/>{_EYES}',
    1: f'<path d="M-27-31-11-24M27-31 11-24M-24 32C-20 4 20 4 24 32"/>{_EYES}',
}
"""As `ui.screens.look.faces` draws them; a face is 100 wide, (0, 0) its middle."""


class Page:
    """Writes pages in one language."""

    def __init__(self, language: str) -> None:
        """Speak `language`, one of `LANGUAGES`."""
        self._language = language
        self._words: Mapping[str, str] = WORDS[language]

    def say(self, key: str, **values: str) -> str:
        """What stands under `key`, ready for HTML."""
        return escape(self._words[key].format(**values))

    def _speak_of(self, visit: Visit) -> None:
        """In the programme's own words, where it has any."""
        own = visit.texts.get(self._language.replace("-", "_"), {})
        self._words = {**WORDS[self._language], **own}

    def ask(self, visit: Visit, rating_id: UUID) -> str:
        """The question, with an id for what will be answered."""
        self._speak_of(visit)
        if visit.is_full:
            return self.problem("full")
        note = f'<p class="note">{self.say("companion")}</p>' if visit.is_rated else ""
        faces = "".join(self._face(level, "face", self.say(f"level_{level}")) for level in LEVELS)
        return self._document(
            visit.programme,
            f"{self._where(visit)}<h1>{self.say('rate')}</h1>{note}"
            f'<form method="post" class="faces"><input type="hidden" name="id" value="{rating_id}">'
            f"{faces}</form>"
            f'<p class="muted">{self.say("voluntary")}</p>',
        )

    def show(self, given: Given) -> str:
        """What was chosen, and what may be added."""
        self._speak_of(given.visit)
        return self._document(given.visit.programme, "".join(self._given(given)))

    def problem(self, code: Code) -> str:
        """Why nothing was done."""
        back = f'<p><a href="">{self.say("back")}</a></p>' if code == "settled" else ""
        hint = self.say(f"{code}_hint")
        return self._document("Guichet", f"<h1>{self.say(code)}</h1><p>{hint}</p>{back}")

    def _given(self, given: Given) -> Iterator[str]:
        low = is_low(given.score)
        yield self._where(given.visit)
        yield f"<h1>{self.say('sorry_chosen' if low else 'thanks_chosen')}</h1>"
        label = self.say(f"level_{given.score}")
        yield f'<p class="chosen l{given.score}">{_svg(given.score)}{label}</p>'
        if given.is_called:
            yield f'<p class="done" role="status">{self.say("called")}</p>'
        if given.can_change and not (given.is_said or given.is_called):
            others = "".join(self._face(level, "", "") for level in LEVELS if level != given.score)
            yield f'<p class="muted">{self.say("change")}</p>'
            yield f'<form method="post" class="change">{others}</form>'
        if given.can_call or not given.is_said:
            yield f'<form method="post">{"".join(self._more(given, low=low))}</form>'
        if given.is_said:
            yield f"<p>{self.say('recorded')} {self.say('close')}</p>"
        if low and given.visit.duty_phone:
            yield self._phone(given.visit.duty_phone)

    def _more(self, given: Given, *, low: bool) -> Iterator[str]:
        # What Enter presses is the first button: it must call nobody
        yield '<button class="first" name="send" value="1" tabindex="-1" aria-hidden="true">'
        yield "</button>"
        if given.can_call:
            yield f'<button class="call" name="call" value="now">{self.say("call_now")}</button>'
            yield f'<p class="muted">{self.say("call_hint")}</p>'
        if given.is_said:
            return
        ask = "ask_low" if low else "ask_good" if given.score in GOOD_SCORES else "ask_fair"
        if given.reasons:
            ticks = "".join(map(self._reason, given.reasons))
            yield f"<fieldset><legend>{self.say(ask)}</legend>{ticks}</fieldset>"
        yield (
            f'<label class="words">{self.say("comment")}'
            f'<textarea name="comment" maxlength="{MAX_COMMENT_CHARS}" dir="auto"></textarea>'
            f'</label><button class="primary" name="send" value="1">{self.say("send")}</button>'
        )

    def _reason(self, code: str) -> str:
        key = f"reason_{code}"
        label = self.say(key) if key in self._words else escape(code)
        value = escape(code, quote=True)
        return (
            f'<label class="reason"><input type="checkbox" name="reason" value="{value}">'
            f"<span>{label}</span></label>"
        )

    def _face(self, level: int, kind: str, label: str) -> str:
        aria = "" if label else f' aria-label="{self.say(f"level_{level}")}"'
        classes = f"{kind} l{level}".strip()
        return (
            f'<button class="{classes}" name="score" value="{level}"{aria}>'
            f"{_svg(level)}{label}</button>"
        )

    def _phone(self, number: str) -> str:
        dialled = "".join(character for character in number if character in "+0123456789")
        text = f"<bdi>{escape(number)}</bdi>"
        linked = f'<a class="phone" href="tel:{dialled}">{text}</a>' if dialled else text
        return f"<p>{self.say('phone')} {linked}</p>"

    def _where(self, visit: Visit) -> str:
        names_language = self._language.replace("-", "_")
        office = name_in(visit.names, names_language, visit.office)
        counter = name_in(visit.names, names_language, visit.counter)
        at = local_time(visit.begun_ms, visit.time_zone)
        is_short = counter.isascii() and len(counter) <= 4  # else it names itself, as on the panel
        window = self.say("window", label=counter) if is_short else escape(counter)
        return (
            f'<p class="muted"><bdi>{escape(office)}</bdi> · <bdi>{window}</bdi> · '
            f"<bdi>{escape(at)}</bdi></p>"
        )

    def _document(self, title: str, body: str) -> str:
        others = "".join(
            f'<b lang="{code}">{name}</b>'
            if code == self._language
            else f'<a href="?l={code}" lang="{code}" hreflang="{code}">{name}</a>'
            for code, name in LANGUAGES.items()
        )
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1,'
            ' viewport-fit=cover"><meta name="color-scheme" content="light dark">'
            '<meta name="robots" content="noindex">'
            f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
            f"<style>{_STYLE}</style></head><body><main><nav>{others}</nav>{body}</main></body></html>"
        )


def _svg(level: int) -> str:
    return (
        '<svg viewBox="-50 -50 100 100" aria-hidden="true" focusable="false">'
        f'<circle class="head" r="49"/>{_FACES[level]}</svg>'
    )
