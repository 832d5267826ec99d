"""What a desk was heard to ring for."""

from __future__ import annotations

import json
from uuid import UUID

from app.domain.records import Case


class Bell:
    """Of one PC; nothing of it is the program's.

    Attributes:
        rang: cases that it has ever rung for.
        since_start: those since the PC was switched on.
        promised: cases that it told a neighbour to keep, whatever becomes of the PC.
    """

    def __init__(self) -> None:
        self.rang: set[UUID] = set()
        self.since_start: set[UUID] = set()
        self.promised: set[UUID] = set()

    def ring(self, case: Case) -> None:
        self.rang.add(case.case_id)
        self.since_start.add(case.case_id)

    def promise(self, entry: bytes) -> None:
        """The desk has answered that it keeps this entry of a neighbour's."""
        document = json.loads(entry)
        payload = document["payload"]
        if document["type"] == "RatingRecorded" and payload["score"] <= 2:
            self.promised.add(UUID(payload["rating_id"]))
