"""Server, counter and desk in network namespaces: packets dropped, not refused."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from sync.client.transport import CONNECT_S, READ_S, WHOLE_CALL_S
from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.network import office
from tests.processes.programme import MANAGER
from tests.processes.reckoning import reckon
from tests.processes.running import USABLE_S

pytestmark = pytest.mark.slow

NOTICED_S = CONNECT_S + READ_S + 10
BACK_S = WHOLE_CALL_S + 30
CUTS = 4
ALARMS = 5


def test_a_line_that_drops_everything_in_mid_push_loses_nothing(
    make_central: MakeCentral, make_pc: MakePc, stage: ExitStack
) -> None:
    lan = stage.enter_context(office("server", "counter"))
    central = make_central("postgres")
    central.start(host=lan.addresses["server"], before=lan.inside("server"))
    pc = make_pc("A1")
    pc.start(before=lan.inside("counter"))
    pc.join(central)
    pc.order("work")
    for _ in range(CUTS):
        taken = central.entries()
        until(lambda taken=taken: central.entries() > taken, "the server takes something")  # type: ignore[misc]
        lan.drop("server", "counter")
        began_s = time.monotonic()
        until(lambda: not pc.tell()["online"], "the counter notices", NOTICED_S)
        noticed_s = time.monotonic() - began_s
        confirmed, taken = pc.confirmed(), central.entries()
        until(lambda c=confirmed: pc.confirmed() > c + 5, "people are served")  # type: ignore[misc]
        assert central.entries() == taken, "nothing passes"
        assert pc.tell()["longest_s"] < USABLE_S
        lan.heal("server")
        began_s = time.monotonic()
        until(lambda: bool(pc.tell()["online"]), "the counter is back", BACK_S)
        print(f"noticed after {noticed_s:.1f} s, back after {time.monotonic() - began_s:.1f} s")
    pc.order("rest")
    pc.drain(BACK_S)
    pc.leave()
    central.stop()
    print(reckon(central, [pc]))


def test_with_the_server_cut_off_a_low_rating_rings_at_a_desk(
    make_central: MakeCentral, make_pc: MakePc, stage: ExitStack
) -> None:
    """They find each other by multicast; afterwards the server has each case once."""
    lan = stage.enter_context(office("server", "counter", "desk"))
    central = make_central("sqlite")
    central.start(host=lan.addresses["server"], before=lan.inside("server"))
    desk, pc = make_pc("D"), make_pc("A1")
    for one, host, kind in ((desk, "desk", "desk"), (pc, "counter", "counter")):
        one.start(before=lan.inside(host), lan="auto")
        one.join(central, kind=kind)
    desk.order("sign in", number=MANAGER[0], pin=MANAGER[1])
    until(lambda: bool(pc.tell()["desk_in_reach"]), "the counter has found the desk")
    lan.drop("server", "counter", "desk")
    took_s = []
    rated = []
    for number in range(ALARMS):
        if number == 1:  # the first rating comes before anybody has noticed
            until(lambda: not pc.tell()["online"], "the counter notices", NOTICED_S)
            until(lambda: bool(pc.tell()["alarm_path"]), "and still knows of a desk")
        answer = pc.order("rate low")
        encounter = answer["encounter"]
        heard = desk.hear(lambda line, e=encounter: line.get("rang") == e)  # type: ignore[misc]
        took_s.append(heard["at_s"] - answer["at_s"])
        rated.append(encounter)
    print("thanks to ringing:", ", ".join(f"{1000 * s:.0f} ms" for s in took_s))
    # 0.3 s of each go to the server alone; none waits until a call to it has ended
    assert max(took_s) < USABLE_S
    assert central.entries("RatingRecorded") == 0
    lan.heal("server")
    pc.drain(BACK_S)
    until(lambda: sorted(desk.tell()["cases"]) == sorted(rated), "the desk has each once", BACK_S)
    pc.leave()
    desk.leave()
    central.stop()
    print(reckon(central, [pc]))
