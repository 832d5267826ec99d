"""Sends one message out of the house, within seconds, and says what went wrong without secrets."""

from __future__ import annotations

import json
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from app.domain.errors import Rejected
from sync.server.escalating.messages import LowRating, body_of, refusal_in
from sync.server.escalating.routes import Route

LIMIT_S: Final = 5.0
_MOST_BYTES: Final = 64 * 1024


class NotSent(Exception):
    """The message didn't get through; its text names no secret."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who takes our mail along.

    Attributes:
        is_tls: TLS from the first byte; else STARTTLS, unless `is_plain`.
    """

    host: str
    port: int
    user: str
    password: str
    sender: str
    is_tls: bool
    is_plain: bool

    @classmethod
    def of(cls, url: str, sender: str) -> Mailbox | None:
        """Read `smtp://user:password@host:587`, or `smtps://…`; None for ''.

        `?plain=1` leaves TLS out, for a server on this machine.

        Raises:
            Rejected: bad_smtp.
        """
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or "@" not in sender:
            raise Rejected(
                "bad_smtp",
                "GUICHET_SMTP_URL is smtp://user:password@host:587 or smtps://…, and"
                " GUICHET_MAIL_FROM the address that mail comes from",
            )
        is_tls = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            parts.port or (465 if is_tls else 587),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            sender,
            is_tls,
            parse_qs(parts.query).get("plain") == ["1"],
        )


def send(route: Route, text: str, low: LowRating | None, mailbox: Mailbox | None) -> None:
    """Send `text` along a route; what comes twice has the same id, for whoever can tell.

    Raises:
        NotSent: it didn't get through, or nobody knows.
    """
    key = f"{'test' if low is None else low.case_id}-{route.route_id}"
    try:
        if route.kind == "mail":
            _mail(route, text, key, mailbox)
        else:
            _post(route, text, key, low)
    except (requests.RequestException, smtplib.SMTPException, OSError) as error:
        raise NotSent(_told(error)) from error


def _post(route: Route, text: str, key: str, low: LowRating | None) -> None:
    with requests.post(
        route.target,
        json=body_of(route.kind, text, low),
        headers={"Idempotency-Key": key},
        timeout=LIMIT_S,
        allow_redirects=False,  # the address is what was agreed to, nowhere else
        stream=True,
    ) as answer:
        if not answer.ok or answer.is_redirect:
            raise NotSent(f"answered {answer.status_code}")
        said = answer.raw.read(_MOST_BYTES, decode_content=True)
    try:
        refusal = refusal_in(route.kind, json.loads(said) if said else None)
    except ValueError:
        refusal = refusal_in(route.kind, None)
    if refusal:
        raise NotSent(refusal)


def _mail(route: Route, text: str, key: str, mailbox: Mailbox | None) -> None:
    if mailbox is None:
        raise NotSent("no GUICHET_SMTP_URL says who takes mail along")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mailbox.sender, route.target, text
    message["Message-ID"] = f"<{key}@guichet>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    context = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(mailbox.host, mailbox.port, timeout=LIMIT_S, context=context)
        if mailbox.is_tls
        else smtplib.SMTP(mailbox.host, mailbox.port, timeout=LIMIT_S)
    )
    with server:
        if not (mailbox.is_tls or mailbox.is_plain):
            server.starttls(context=context)
        if mailbox.user:
            server.login(mailbox.user, mailbox.password)
        server.send_message(message)


def _told(error: Exception) -> str:
    """An error's own text may hold the address."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__
