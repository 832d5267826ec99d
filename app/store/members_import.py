"""A members file that arrives ready made, encrypted page by page on its way to the disk."""

from __future__ import annotations

import json
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from app.settings.own_files import open_new, open_own
from app.store.failures import translated
from app.store.page_cipher import SALT_BYTES, PageCipher

PAGE_BYTES: Final = 4096

_FILE: Final = "members.part"
_STATE: Final = "members.part.json"
_STEP_BYTES: Final = 1024 * 1024
_NOTE_EVERY_BYTES: Final = 32 * 1024 * 1024


class MembersImport:
    """The file in the making: the adapter of `app.ports.sync_store.MembersImport`.

    Beside it stands how much of it is safely on the disk, and of what it is a copy; so it goes on
    there after a power cut. Pages are encrypted and written on a thread of its own while the next
    are on their way; what goes wrong there is raised by the next call, and `pages` says what is
    left. Another thread puts what is written on the disk all the while, as much at a time as has
    come since it last did: a tap's own commit waits for all that is on its way there.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._path = folder / _FILE
        self._state = folder / _STATE
        self._key = key
        self._cipher: PageCipher | None = None
        self._file: Any = None
        self._worker: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None
        self._syncer: ThreadPoolExecutor | None = None
        self._syncing: Future[None] | None = None
        self._source = ""
        self._unnoted = 0  # bytes that the note beside the file doesn't know of
        self._written = 0  # pages
        self.pages = 0

    def source(self) -> str | None:
        """What a file left unfinished is a copy of, None when there is none."""
        state = self._read_state()
        return None if state is None else state[0]

    def begin(self, source: str) -> None:
        """Open the file left unfinished if it is a copy of `source`, else an empty one.

        Raises:
            Unavailable: disk_full, disk_error.
        """
        self.close()
        with translated():
            state = self._read_state()
            if state is not None and state[0] == source and self._path.exists():
                self._file = open_own(self._path, "r+b")
                salt = self._file.read(SALT_BYTES)
                pages = min(state[1], self._path.stat().st_size // PAGE_BYTES)
            else:
                self._path.unlink(missing_ok=True)
                self._file = self._path.open("x+b")
                salt, pages = b"", 0
            if len(salt) != SALT_BYTES or pages == 0:
                salt, pages = os.urandom(SALT_BYTES), 0
            self._file.truncate(pages * PAGE_BYTES)
            self._file.seek(pages * PAGE_BYTES)
        self._cipher = PageCipher(self._key, salt, PAGE_BYTES)
        self._worker = ThreadPoolExecutor(1, "members-import")
        self._syncer = ThreadPoolExecutor(1, "members-sync")
        self._source, self._unnoted = source, 0
        self.pages = self._written = pages

    def append(self, pages: bytes) -> None:
        """Add whole pages, encrypted.

        Raises:
            Unavailable: disk_full, disk_error, of the pages before; what was added before them
                stays, and nothing else is added.
            ValueError: the last page is not whole.
        """
        assert self._worker is not None, "begin comes first"
        if len(pages) % PAGE_BYTES:
            raise ValueError("the last page is not whole")
        self._settle()
        self._writing = self._worker.submit(self._write, pages)
        self.pages += len(pages) // PAGE_BYTES

    def _write(self, pages: bytes) -> None:
        """Encrypt and write, on the worker."""
        assert self._cipher is not None
        sealed = self._cipher.seal(pages, self._written + 1)
        self._file.seek(self._written * PAGE_BYTES)
        for start in range(0, len(sealed), _STEP_BYTES):
            self._file.write(memoryview(sealed)[start : start + _STEP_BYTES])
            self._file.flush()
            self._sync_beside()
        self._written += len(sealed) // PAGE_BYTES
        self._unnoted += len(sealed)
        if self._unnoted >= _NOTE_EVERY_BYTES:
            self._sync()
            self._note()

    def _sync_beside(self) -> None:
        """Have what was written put on the disk, unless that is still being done for the rest."""
        assert self._syncer is not None
        if self._syncing is not None and not self._syncing.done():
            return
        syncing, self._syncing = self._syncing, None
        if syncing is not None:
            syncing.result()
        self._syncing = self._syncer.submit(os.fsync, self._file.fileno())

    def _sync(self) -> None:
        """Wait until all that was written is on the disk."""
        syncing, self._syncing = self._syncing, None
        if syncing is not None:
            syncing.result()
        os.fsync(self._file.fileno())

    def _settle(self) -> None:
        """Wait until the pages under way are written."""
        writing, self._writing = self._writing, None
        try:
            if writing is not None:
                with translated():
                    writing.result()
        finally:
            self.pages = self._written

    def cut(self, pages: int) -> None:
        """Keep the first pages alone.

        Raises:
            Unavailable: disk_error.
        """
        self._settle()
        with translated():
            self._file.truncate(pages * PAGE_BYTES)
        self.pages = self._written = pages

    def finish(self, path: Path) -> None:
        """Put the whole file on the disk under its own name.

        Raises:
            Unavailable: disk_full, disk_error.
        """
        self._settle()
        with translated():
            self._sync()
            self.close()
            self._path.replace(path)
            self._state.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what there is of the file."""
        self.close()
        self._path.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; it can be gone on with."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.shutdown()
        syncer, self._syncer = self._syncer, None
        if syncer is not None:
            syncer.shutdown()
        self._syncing = None
        self._writing = None  # what went wrong at last is found missing when it is gone on with
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _note(self) -> None:
        """Note beside the file how much of it is on the disk."""
        draft = self._state.with_suffix(".new")
        with open_new(draft) as state:
            state.write(json.dumps({"source": self._source, "pages": self._written}).encode())
            state.flush()
            os.fsync(state.fileno())
        draft.replace(self._state)
        self._unnoted = 0

    def _read_state(self) -> tuple[str, int] | None:
        try:
            state = json.loads(self._state.read_text())
            return str(state["source"]), int(state["pages"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
