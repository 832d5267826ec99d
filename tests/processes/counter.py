"""One counter or desk as a process: python -m tests.processes.counter FOLDER WITNESS.

All of the program but its screens: the real core, store, vault, engine and transport. A line of
JSON on its input is an order, a line on its output an answer; it ends with its input, so it never
outlives whoever started it. What a screen would have confirmed goes to the witness's file, written
through to the disk, a line each, before anything else happens.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from app.bootstrap import OpenedSeat, build_core
from app.credentials.file_vault import FileVault
from app.domain.errors import Rejected, Unavailable
from app.domain.events import CustomerYes, Proof
from app.domain.records import Case
from app.services.commands import (
    Command,
    ConfirmRedemption,
    Enrol,
    FinishEncounter,
    IdentifyMember,
    OpenEncounter,
    RecordAccrual,
    RecordRating,
    RequestRedemption,
    SignIn,
)
from app.services.views import ChangeKind, EncounterView, Promise
from app.settings.in_force import read_settings
from sync.client.lan.node import InReach, LanNode
from sync.client.lan.settings import lan_settings
from sync.client.loop import SyncRunner
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from tests.processes.programme import CARDS, STAFF

_PACE_S = 0.012
_REST_S = 0.1
_FEW_POINTS_MINOR = 90_000


class Witness:
    """What screens confirmed; each line is on the disk when `saw` returns."""

    def __init__(self, path: Path) -> None:
        how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_DSYNC
        self._file = os.open(path, how, 0o600)

    def saw(self, what: str, ref: UUID, number: int) -> None:
        line = json.dumps({"what": what, "ref": str(ref), "number": number}) + "\n"
        os.write(self._file, line.encode())


class Clerk:
    """Serves one customer after another, as fast as the program lets them.

    Attributes:
        done: what was confirmed so far, by kind.
        refused: codes of what was answered instead.
        longest_s: that any command but a redemption took.
    """

    def __init__(self, seat: OpenedSeat, witness: Witness, source: random.Random) -> None:
        self.done = Counter[str]()
        self.refused = Counter[str]()
        self.longest_s = 0.0
        self.members: list[UUID] = []
        self._pause = threading.Event()  # libfaketime breaks time.sleep
        self._core = seat.core
        self._witness = witness
        self._source = source

    def act(self) -> None:
        """Do the next thing that the screen asks for."""
        queries = self._core.queries
        try:
            encounter = queries.encounter()
            if queries.session() is None:
                self._do(SignIn(*STAFF))
            elif (invitation := queries.invitation()) is not None:
                self.rate(invitation.encounter_id, self._source.choice((1, 2, 3, 4, 5, 5, 5, 5)))
            elif encounter is None:
                self._do(IdentifyMember(self._member(), Proof.CARD))
                self.done["encounter"] += 1
            else:
                self._serve(encounter)
        except (Rejected, Unavailable) as error:
            self.refused[error.code] += 1
            self._pause.wait(_REST_S)

    def rate(self, encounter_id: UUID, score: int) -> None:
        self._do(RecordRating(encounter_id, score))
        self._witness.saw("rated", encounter_id, score)
        self.done["rated"] += 1

    def _serve(self, encounter: EncounterView) -> None:
        throw = self._source.random()
        if encounter.member is None or throw > 0.5:
            self._do(FinishEncounter(encounter.encounter_id))
        elif throw < 0.42:
            self._earn(encounter, encounter.member.member_id)
        else:
            self._redeem(encounter)

    def _earn(self, encounter: EncounterView, member_id: UUID) -> None:
        amount = self._source.randrange(10_000, _FEW_POINTS_MINOR)
        proposal = self._core.queries.propose_amount(member_id, amount)
        view = self._do(RecordAccrual(encounter.encounter_id, proposal))
        line = view.lines[-1]
        self._witness.saw("earned", line.ref_id, line.points)
        self.done["earned"] += 1

    def _redeem(self, encounter: EncounterView) -> None:
        asked = self._do(RequestRedemption(encounter.encounter_id, 1, Proof.CARD))
        # It may wait for the server, by design
        result = self._core.execute(ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL))
        if result.promise is Promise.NOT_POSSIBLE:
            self._witness.saw("redemption refused", result.redemption_id, 0)
            self.done["redemption refused"] += 1
        else:
            self._witness.saw("redeemed", result.redemption_id, result.points)
            self.done["redeemed"] += 1

    def _do(self, command: Command) -> Any:
        began_s = time.monotonic()
        result = self._core.execute(command)
        if not isinstance(command, SignIn):  # whose PIN is hard to check on purpose
            self.longest_s = max(self.longest_s, time.monotonic() - began_s)
        return result

    def _member(self) -> UUID:
        if not self.members:
            found = (self._core.queries.search(card) for card in CARDS)
            self.members = [members[0].member_id for members in found if members]
        return self._source.choice(self.members)


class Program:
    """The seat at work, and what it is told to do."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._lock = threading.Lock()
        self._at_work = threading.Lock()
        self._working = threading.Event()
        self._leaving = threading.Event()
        tokens = TokenCache()

        def make_online(store: Any, clock: Any) -> HttpOnlineDesk:
            self.online = HttpOnlineDesk(store, HttpTransport, clock, tokens=tokens, version="1")
            return self.online

        neighbours = InReach()
        vault = FileVault(options.folder / "vault.bin")
        options.folder.mkdir(mode=0o700, exist_ok=True)
        self.seat = seat = build_core(
            options.folder, make_online, vault=vault, neighbours=neighbours
        )
        self.clerk = Clerk(seat, Witness(options.witness), random.Random(options.seed))
        self._lan = LanNode(
            seat.neighbours,
            seat.sync,
            seat.clock,
            on_alarm=self._ring,
            on_reach=seat.core.note_desk_in_reach,
            settings=lan_settings(
                read_settings({"data_folder": options.folder, "lan_mode": options.lan}).values
            ),
            transfers=seat.transfers,
        )
        neighbours.node = self._lan
        self.runner = SyncRunner(
            seat.sync,
            HttpTransport,
            seat.clock,
            self._ring,
            tokens=tokens,
            lan=self._lan,
            condition=lambda: seat.condition("test"),
        )
        kinds = {ChangeKind.PENDING, ChangeKind.SESSION}
        seat.core.subscribe(lambda changed: self.runner.wake() if changed & kinds else None)
        self.runner.start()
        self._worker = threading.Thread(target=self._work, name="clerk")
        self._worker.start()

    def say(self, **what: object) -> None:
        with self._lock:
            print(json.dumps(what), flush=True)

    def _ring(self, case: Case) -> None:
        self.say(rang=str(case.encounter_id), at_s=time.monotonic(), label=case.counter_label)

    def _work(self) -> None:
        while not self._leaving.is_set():
            if not self._working.wait(0.1):
                continue
            with self._at_work:
                self.clerk.act()
            self._leaving.wait(_PACE_S)

    def obey(self, order: dict[str, Any]) -> None:
        match order["do"]:
            case "enrol":
                self.seat.core.execute(Enrol(order["url"], order["code"]))
                self.runner.wake()
                self.say(answer="enrolled")
            case "work":
                self._working.set()
                self.say(answer="working")
            case "rest":
                self._working.clear()
                with self._at_work:
                    self.say(answer="resting")
            case "tell":
                self.say(answer="told", **self._told())
            case "sign in":
                self.seat.core.execute(SignIn(order["number"], order["pin"]))
                self.say(answer="signed in")
            case "rate low":
                self._rate_low()

    def _told(self) -> dict[str, object]:
        queries, clerk = self.seat.core.queries, self.clerk
        readiness, pending = queries.readiness(), queries.pending_summary()
        longest_s, clerk.longest_s = clerk.longest_s, 0.0
        return {
            "pending": pending.count,
            "online": readiness.online,
            "reasons": readiness.reasons,
            "has_data": readiness.data_age_s is not None,
            "members": len(queries.search(CARDS[0])),
            "alarm_path": readiness.alarm_path,
            "desk_in_reach": queries.desk_in_reach,
            "cases": self._cases(),
            "done": clerk.done,
            "refused": clerk.refused,
            "longest_s": longest_s,
        }

    def _cases(self) -> list[str]:
        """What a duty manager's desk shows as waiting."""
        try:
            cases = self.seat.core.queries.desk().cases
        except Rejected:
            return []
        return [str(case.encounter_id) for case in cases]

    def _rate_low(self) -> None:
        """One visit that ends badly; says when the panel thanked."""
        core = self.seat.core
        if core.queries.session() is None:
            core.execute(SignIn(*STAFF))
        encounter = core.execute(OpenEncounter())
        core.execute(FinishEncounter(encounter.encounter_id))
        self.clerk.rate(encounter.encounter_id, 1)
        self.say(answer="rated", encounter=str(encounter.encounter_id), at_s=time.monotonic())

    def close(self) -> None:
        self._leaving.set()
        self._worker.join()
        assert self.runner.stop()
        self.online.close()
        self.seat.core.close()


def main() -> int:
    """Open the seat, obey until the input ends, and close it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("witness", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lan", default="off")
    parser.add_argument("--works", action="store_true", help="serve at once, without an order")
    options = parser.parse_args()
    try:
        program = Program(options)
    except Unavailable as problem:
        print(json.dumps({"answer": "unavailable", "code": problem.code}), flush=True)
        return 1
    program.say(answer="open")
    if options.works:
        program.obey({"do": "work"})
    try:
        for line in sys.stdin:
            order = json.loads(line)
            try:
                program.obey(order)
            except (Rejected, Unavailable) as error:
                program.say(answer="refused", code=error.code)
    finally:
        program.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
