"""What a PC that can't connect any more gives away on a stick.

Either its journal, signed by the device and sealed to the server's recovery key, as one file:
MAGIC, then the sealed zstd frame of a `RescueFile`. Or, where its keys are gone, a zip of the
ciphertext as it lies in the data folder (`FOLDER_FILES`).
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sync.protocol.messages import Message, PushRequest

MAGIC: Final = b"guichet rescue 1\n"
MAX_RESCUE_BYTES: Final = 512 * 1024 * 1024
"""Of the file, before and after decompression: a million entries."""

WORK_NAME: Final = "work.db"
SEALED_NAME: Final = "sealed-work-key.json"
BLIND_NAME: Final = "blind.json"
FOLDER_FILES: Final = (WORK_NAME, f"{WORK_NAME}-wal", SEALED_NAME, BLIND_NAME)


class RescueFile(Message, frozen=True):
    """The whole journal, the oldest incarnation first, in runs each signed like an upload."""

    device_id: UUID
    made_ms: int
    requests: list[PushRequest]
