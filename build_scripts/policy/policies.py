"""The policies that are compared: what each changes of the setting 'redemption'."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.domain.default_settings import DEFAULT_REDEMPTION

DEFAULT: Final = "default"
BUILT_IN: Final[Mapping[str, Mapping[str, Any]]] = {
    DEFAULT: {},
    "recency only": {"lease_claims": ["visitor"]},
    "expected only": {"lease_claims": ["expected"]},
    "twice the slice": {"lease_points": 2 * int(str(DEFAULT_REDEMPTION["lease_points"]))},
    "no online share": {"lease_online_percent": 0, "lease_share_percent": 100},
}


class BadPolicy(Exception):
    """A policy's file can't be used; the message says why."""


def read_policy(path: Path) -> tuple[str, dict[str, Any]]:
    """Read a JSON file of names and values of the setting 'redemption'.

    What it doesn't name stays as it is by default, so `{}` is the default.

    Returns:
        (the file's name without its ending, the whole setting).

    Raises:
        BadPolicy: no such file, no JSON, or a name that the setting doesn't have.
    """
    try:
        changes = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadPolicy(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadPolicy(f"{path} is no JSON: {error}") from error
    if not isinstance(changes, dict):
        raise BadPolicy(f"{path}: an object of names and values is needed")
    if unknown := sorted(changes.keys() - DEFAULT_REDEMPTION.keys()):
        known = ", ".join(DEFAULT_REDEMPTION)
        raise BadPolicy(f"{path}: there is no {', '.join(unknown)}; there are {known}")
    return path.stem, setting(changes)


def setting(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The whole setting of a policy."""
    return {**DEFAULT_REDEMPTION, **changes}
