"""A network that cuts, stalls, drips, lies and tears, between counters and the server."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing

import pytest

from sync.client.transport import CONNECT_S, FEED_SILENCE_S, READ_S, WHOLE_CALL_S
from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.programme import MANAGER
from tests.processes.proxy import Fault, FaultProxy
from tests.processes.reckoning import reckon
from tests.processes.running import USABLE_S, rings

pytestmark = pytest.mark.slow

FAULTS: tuple[Fault, ...] = ("cut", "deaf", "dripping", "truncated", "garbage", "html", "torn")
NOTICED_S = CONNECT_S + READ_S + 10
"""A call's limits, and what a busy machine adds."""
BACK_S = WHOLE_CALL_S + 30
"""A call that still hangs, the rest after it, and what a busy machine adds."""


def test_whatever_the_network_does_all_arrives_once_and_the_counter_goes_on(
    make_central: MakeCentral, make_pc: MakePc, stage: ExitStack
) -> None:
    central = make_central("postgres")
    central.start()
    proxy = stage.enter_context(closing(FaultProxy(central.port)))
    pc = make_pc("A1")
    pc.start()
    pc.join(central, url=proxy.url)
    pc.order("work")
    for fault in FAULTS:
        until(lambda: pc.tell()["online"], f"it is online before {fault}", BACK_S)
        proxy.be(fault)
        began_s, served = time.monotonic(), pc.confirmed()
        limit_s = NOTICED_S + (WHOLE_CALL_S if fault == "dripping" else 0)
        until(lambda: not pc.tell()["online"], f"it notices {fault}", limit_s)
        noticed_s = time.monotonic() - began_s
        target = pc.confirmed() + 5
        until(lambda target=target: pc.confirmed() >= target, "it goes on serving")  # type: ignore[misc]
        proxy.be("")
        began_s = time.monotonic()
        pending = pc.tell()["pending"]
        until(lambda: pc.tell()["online"], f"it comes back after {fault}", BACK_S)
        back_s = time.monotonic() - began_s
        told = pc.tell()
        print(
            f"{fault}: noticed after {noticed_s:.1f} s, back after {back_s:.1f} s, "
            f"{pc.confirmed() - served} confirmations, {pending} things waited"
        )
        assert told["longest_s"] < USABLE_S, "a command waited for the network"
    pc.order("rest")
    pc.drain(BACK_S)
    pc.leave()
    central.stop()
    found = reckon(central, [pc])
    print(found, proxy.fired)
    assert set(proxy.fired) == set(FAULTS)


def test_a_half_open_line_is_noticed_and_a_desk_rings_again(
    make_central: MakeCentral, make_pc: MakePc, stage: ExitStack
) -> None:
    """Both lines go mute without a word; what rings meanwhile is heard when they are back."""
    central = make_central("sqlite")
    central.start()
    proxy = stage.enter_context(closing(FaultProxy(central.port)))
    pc, desk = make_pc("A1"), make_pc("D")
    for one, kind in ((pc, "counter"), (desk, "desk")):
        one.start()
        one.join(central, kind=kind, url=proxy.url)
    desk.order("sign in", number=MANAGER[0], pin=MANAGER[1])
    until(lambda: rings(pc, desk), "the desk's feed is open")
    proxy.be("stalled")
    began_s = time.monotonic()
    second = pc.order("rate low")["encounter"]
    until(lambda: not pc.tell()["online"], "the counter notices", NOTICED_S)
    print(f"half-open: the counter noticed after {time.monotonic() - began_s:.1f} s")
    proxy.be("")  # the mute connections stay mute
    began_s = time.monotonic()
    pc.drain(BACK_S)
    # The desk hears nothing over its old feed, ever; what it missed it shows by its next pull
    until(lambda: second in desk.tell()["cases"], "the desk shows the case", BACK_S)
    print(f"half-open: the desk showed it {time.monotonic() - began_s:.1f} s after the line's end")
    until(lambda: bool(desk.tell()["online"]), "the desk is back")
    # Given up after its silence, the feed is opened anew, and rings at once again
    time.sleep(max(0.0, began_s + FEED_SILENCE_S - time.monotonic()))
    until(lambda: rings(pc, desk), "the desk rings", BACK_S)
    print(f"half-open: the desk rang {time.monotonic() - began_s:.1f} s after the line was whole")
    pc.leave()
    desk.leave()
    central.stop()
    reckon(central, [pc])
    assert proxy.fired["stalled"] > 0
