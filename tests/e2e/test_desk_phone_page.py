"""The desk's page in a real browser, with no server: a low rating at a counter, and a touch."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.bootstrap import OpenedSeat
from app.services.commands import FinishEncounter, OpenEncounter, RecordRating, SignIn
from sync.client.lan.settings import Address, LanSettings
from tests.fakes.browser import browser
from tests.fakes.waiting import until
from tests.sync.test_lan_seats import HERE, Scene, has_pulled

pytestmark = pytest.mark.slow

PICTURES = os.environ.get("GUICHET_PICTURES", "")
TIMES = int(os.environ.get("GUICHET_TIMES", "5"))
SETTLED_S = 0.4  # a touch so soon after the cards moved was meant for another
_SEEN = """
window.at = {};
new MutationObserver(() => { window.at.seen ??= Date.now(); })
  .observe(document.querySelector('#waiting ol'), {childList: true});
"""
_TAKEN = """
const one = document.querySelector('#waiting li');
one.querySelector('button').addEventListener(
  'click', () => { window.at.touched = performance.now(); }, {capture: true, once: true});
new MutationObserver(() => {
  if (!one.classList.contains('new')) window.at.taken ??= performance.now() - window.at.touched;
}).observe(one, {attributes: true});
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[OpenedSeat, str]]:
    """A counter with somebody signed in, and the address of its desk's page; no server."""
    with ExitStack() as stack:
        scene = Scene(tmp_path, stack)
        here = Address(HERE, 0)
        desk = scene.enter(scene.desk, LanSettings("listed", here, phones=here), "desk")
        until(lambda: scene.desk.phones.place is not None, "it serves its page")
        at_desk = Address(HERE, scene.desk.lan.port or 0)
        counter = scene.enter(scene.counter, LanSettings("listed", here, (at_desk,)), "counter")
        for seat in (desk, counter):
            until(lambda s=seat: has_pulled(s), "it has its data")  # type: ignore[misc]
        counter.core.execute(SignIn("101", "1"))
        scene.link.cut()
        until(lambda: not counter.core.queries.readiness().online, "the counter notices")
        until(lambda: counter.core.queries.readiness().alarm_path, "and knows of the desk")
        place = scene.desk.phones.place
        assert place is not None
        yield counter, place.addresses[0]


def _rate(counter: OpenedSeat) -> float:
    """Returns when the customer's touch began to be recorded, ms since 1970."""
    view = counter.core.execute(OpenEncounter())
    invitation = counter.core.execute(FinishEncounter(view.encounter_id))
    begun_ms = time.time() * 1000
    counter.core.execute(RecordRating(invitation.encounter_id, 1))
    return begun_ms


def test_a_manager_hears_and_takes_ratings_without_a_server(
    office: tuple[OpenedSeat, str], tmp_path: Path
) -> None:
    counter, address = office
    with browser(tmp_path / "phone", "--ignore-certificate-errors", "--accept-lang=en-US") as page:
        page.look_like(width=390, height=844)
        page.open(address)
        page.until("return !document.getElementById('entry').hidden")
        page.write("#number", "900")
        page.write("#pin", "1")
        page.press("#enter")
        page.until("return document.getElementById('link').textContent === 'Live'")
        assert page.run("return document.cookie") == "", "no script has the session"
        seen, taken = [], []
        for _ in range(TIMES):
            page.run(_SEEN)
            begun_ms = _rate(counter)
            seen.append(page.until("return window.at.seen") - begun_ms)
            page.run(_TAKEN)
            time.sleep(SETTLED_S)
            page.press("#waiting li button")
            taken.append(page.until("return window.at.taken"))
            page.until("return document.querySelector('#taken').innerText.includes('on the way')")
        if PICTURES:
            page.picture(Path(PICTURES) / "desk-page.png")
        assert [line for line in page.log() if "status of 401" not in line] == []
    for name, found in (("rated to shown", seen), ("touched to taken", taken)):
        found.sort()
        p99 = found[max(0, round(0.99 * len(found)) - 1)]
        print(f"{name}: n={len(found)} p50={statistics.median(found):.0f} p99={p99:.0f} ms")
    assert statistics.median(seen) < 1000
    assert statistics.median(taken) < 1000
