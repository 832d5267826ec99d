"""The keys behind managers' codes, as the server gave them with the seat's other papers."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from uuid import UUID

NAME = "approval_keys"
"""Under which name the seat's document holds them: in base64, by desk."""


def approval_keys(
    document: Callable[[], dict[str, object] | None],
) -> Callable[[], Mapping[UUID, bytes]]:
    """Read them each time anew; none before the server has told any."""

    def keys() -> Mapping[UUID, bytes]:
        held = (document() or {}).get(NAME)
        if not isinstance(held, dict):
            return {}
        return {UUID(desk_id): b64decode(key) for desk_id, key in held.items()}

    return keys
