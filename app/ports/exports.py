"""Where files that people take along are written; the adapter is in ui.qt."""

from __future__ import annotations

from typing import Protocol

from app.domain.errors import Unavailable
from app.domain.statement import Sheet


class Exports(Protocol):
    """A folder of this PC that staff may open with other programs.

    Each file is written whole or not at all, and none is written over another. All methods return
    its whole path.

    Raises:
        Rejected: export_exists (detail: file).
        Unavailable: export_full, export_denied, export_failed (detail: folder).
    """

    def save_text(self, name: str, text: str) -> str: ...

    def save_sheet(self, name: str, sheet: Sheet) -> str: ...

    def save_document(self, name: str, content: bytes) -> str: ...


class NoExports:
    """Of a seat that has no such folder."""

    def save_text(self, name: str, text: str) -> str:
        raise Unavailable("export_failed", "This seat writes no files", folder="")

    def save_sheet(self, name: str, sheet: Sheet) -> str:
        raise Unavailable("export_failed", "This seat writes no files", folder="")

    def save_document(self, name: str, content: bytes) -> str:
        raise Unavailable("export_failed", "This seat writes no files", folder="")
