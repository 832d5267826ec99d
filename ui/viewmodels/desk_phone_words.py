"""What the desk says of the page that it serves to managers' own phones; see `desk_words`."""

from __future__ import annotations

from typing import Final

DESK_PHONE: Final = {
    "phones": "My phone",
    "phone_title": "Low ratings on your own phone",
    "phone_scan": "1. Photograph the code with your phone. It has to be in the office's network.",
    "phone_type": "Or type into its browser:",
    "phone_also": "Also {addresses}",
    "phone_compare": (
        "2. The browser warns, as it can't know this PC. Open the certificate that it shows there, "
        "and go on only if its SHA-256 fingerprint is this:"
    ),
    "phone_known": (
        "2. The browser must not warn. If it does, go on only if the certificate's SHA-256 "
        "fingerprint is this:"
    ),
    "phone_enter": (
        "3. Sign in with your number and PIN. The page rings while it is open, also while the "
        "central server can't be reached; what you touch there counts as done at this desk."
    ),
    "phone_none": "No page for phones is served here",
    "phone_none_hint": (
        "This PC has no network, or the page is switched off in lan.ini. It shows here as soon as "
        "it is served."
    ),
}
