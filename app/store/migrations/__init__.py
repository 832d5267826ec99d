"""Bringing work.db to the schema of this program: numbered steps, a backup first, never backwards.

Steps are frozen once released: they hold their own SQL and import nothing that may change.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from app.domain.errors import Unavailable
from app.settings.own_files import open_new
from app.store.copying import copy_readable
from app.store.migrations import (
    m0001_initial,
    m0002_absence,
    m0003_heard,
    m0004_looked_up,
    m0005_contact,
    m0006_places,
    m0007_pruning,
    m0008_open,
    m0009_redemptions,
    m0010_receipts,
    m0011_refunds,
    m0012_transfers,
    m0013_stock,
    m0014_at_risk,
    m0015_appeals,
    m0016_relay,
)

Step = Callable[[Any], None]

STEPS: Final[Sequence[Step]] = (
    m0001_initial.apply,
    m0002_absence.apply,
    m0003_heard.apply,
    m0004_looked_up.apply,
    m0005_contact.apply,
    m0006_places.apply,
    m0007_pruning.apply,
    m0008_open.apply,
    m0009_redemptions.apply,
    m0010_receipts.apply,
    m0011_refunds.apply,
    m0012_transfers.apply,
    m0013_stock.apply,
    m0014_at_risk.apply,
    m0015_appeals.apply,
    m0016_relay.apply,
)
"""The n-th brings a file from version n-1 to n, inside a transaction of the runner."""

_JOURNAL: Final = (
    "SELECT incarnation, seq, event_id, body, link FROM journal ORDER BY 1, 2",
    "SELECT incarnation, seq, event_id, body, link FROM journal_archive ORDER BY 1, 2",
    "SELECT incarnation, last_seq, last_link, confirmed_seq FROM chain ORDER BY 1",
    "SELECT commitment, event_id, salt, content FROM blob ORDER BY 1",
)
_BACKUP: Final = "*-v*.backup.db"
# The copy, the log of the migration itself, and something to go on working with
_ROOM_FOR: Final = 3
_SPARE_BYTES: Final = 16 * 1024 * 1024


def migrate(connection: Any, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """Apply the steps that the file lacks, all in one transaction.

    Args:
        connection: a DB-API connection of `app.store.cipher`, outside a transaction.
        path: the file, copied to `backup_path` before the first step touches it.
        steps: all steps there are.

    Raises:
        Unavailable: database_newer, the file was written by a newer program; disk_full, there is
            no room for the backup. Nothing was done.
        RuntimeError: a step changed the journal. Nothing was done.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(steps):
        raise Unavailable(
            "database_newer",
            "The seat's data was written by a newer version of the program; "
            "please install that version again.",
            found=version,
            known=len(steps),
        )
    if version == len(steps):
        return
    kept = _back_up(connection, path, version) if version > 0 else None
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = _journal(connection) if version > 0 else None
        for step in steps[version:]:
            step(connection)
        if before is not None and _journal(connection) != before:
            raise RuntimeError("a migration must not change the journal")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    for backup in path.parent.glob(_BACKUP):  # of the migrations before, which have proved good
        if backup != kept:
            backup.unlink(missing_ok=True)


def _journal(connection: Any) -> list[list[Any]]:
    return [connection.execute(statement).fetchall() for statement in _JOURNAL]


def backup_path(path: Path, version: int) -> Path:
    """Where the file is copied before it leaves `version`; encrypted with the same key."""
    return path.with_name(f"{path.stem}-v{version}.backup.db")


def _back_up(connection: Any, path: Path, version: int) -> Path:
    # The seat's lock is held and nobody reads yet, so after the checkpoint the file is whole.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    needed = path.stat().st_size * _ROOM_FOR + _SPARE_BYTES
    if shutil.disk_usage(path.parent).free < needed:
        raise Unavailable(
            "disk_full",
            "The disk has no room for a copy of the seat's data, without which a new version of "
            "the program does not touch it. Please free some space; nothing has been changed.",
            needed_mb=needed // 1024**2,
        )
    backup = backup_path(path, version)
    partial = backup.with_suffix(".partial")
    with open_new(partial) as file:
        copy_readable(path, file)  # a page that the disk has lost must not keep a program back
        file.flush()
        os.fsync(file.fileno())
    partial.replace(backup)
    return backup
