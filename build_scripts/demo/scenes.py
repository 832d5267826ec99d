"""What a clerk waits for on the screens: each says whether a scene, or its counter, shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from build_scripts.demo.seat import Scene


def has_line(counter: dict[str, Any], icon: str, words: str) -> bool:
    """Whether what was done shows a line with this icon and these words."""
    return any(line["icon"] == icon and words in line["detail"] for line in counter["lines"])


def earned(words: str) -> Callable[[Scene], bool]:
    """Points for what these words name are in the list."""
    return lambda scene: "counter" in scene and has_line(scene["counter"], "circle-plus", words)


def can_sign_in(scene: Scene) -> bool:
    """Somebody can sign in, or is."""
    return scene["screen"] in ("counter", "desk") or (
        scene["screen"] == "sign_in" and bool(scene["ready"])
    )


def signed_in_or_told(scene: Scene) -> bool:
    """Somebody is signed in, or told why not."""
    return scene["screen"] != "sign_in" or bool(scene["ready"] and scene["said"])


def nobody_at_the_panel(scene: Scene) -> bool:
    """The panel asks nothing."""
    return bool(scene.get("panel", {}).get("page") in ("idle", "serving"))


def asks_to_rate(scene: Scene) -> bool:
    """The panel asks for a rating."""
    return bool(scene.get("panel", {}).get("page") == "rating")


def shown_or_refused(counter: dict[str, Any]) -> bool:
    """What a scanned voucher is for, or why it is not taken."""
    return bool(counter["proposal"] or counter["said"])


def taken_or_refused(counter: dict[str, Any]) -> bool:
    """The voucher was taken, or it is said why not."""
    return has_line(counter, "ticket", "") or bool(counter["said"] and not counter["proposal"])


def asked_or_refused(scene: Scene) -> bool:
    """The customer is asked, or it is said why not."""
    counter = scene["counter"]
    return scene["panel"]["page"] == "confirm" or (
        counter["page"] == "rewards" and bool(counter["said"])
    )


def redeemed_or_refused(scene: Scene) -> bool:
    """The reward was given, or it is said why not."""
    counter = scene["counter"]
    if counter["page"]:
        return False
    return bool(counter["said"]) or any(line["icon"] == "gift" for line in counter["lines"])
