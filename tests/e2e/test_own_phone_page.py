"""The page behind a visit's link in a real browser, over TLS, with a real server behind it."""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import requests

from app.domain.rating_link import PATH
from app.domain.records import Figures
from sync.server.store import tables as t
from tests.e2e.over_tls import HOST, Place, served
from tests.fakes.browser import Browser, browser
from tests.fakes.postgres import PostgresServer
from tests.fakes.waiting import until
from tests.server.books import rows
from tests.server.conftest import new_id
from tests.server.links import token_of, turn_on
from tests.server.seats import Seat, visit

pytestmark = pytest.mark.slow

PICTURES = os.environ.get("GUICHET_PICTURES", "")
TIMES = int(os.environ.get("GUICHET_TIMES", "5"))
SIZES = ((320, 460), (360, 560), (390, 720), (844, 340))  # what browsers leave of a screen
HOSTILE = "Slow\x1b[2J <img src=x onerror=\"document.title='pwned'\"> \u202emoc.live"


@pytest.fixture(scope="module")
def place(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with served(postgres, tmp_path_factory.mktemp("own")) as place:
        turn_on(place.programme)
        with place.programme.work() as work:
            work.connection.execute(t.office.update().values(duty_phone="+86 10 6459 0000"))
        yield place


@pytest.fixture
def page(place: Place, tmp_path: Path) -> Iterator[Browser]:
    flags = (
        f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
        "--ignore-certificate-errors",
        "--accept-lang=en-US",
    )
    with browser(tmp_path, *flags) as window:
        window.look_like(width=390, height=844)
        yield window


def scan(place: Place, page: Browser, encounter_id: UUID | None = None) -> str:
    """Open the link of a visit that the server knows nothing of; returns its address."""
    url = f"{place.url}{PATH}{token_of(place.counter, encounter_id or new_id())}"
    page.open(url)
    return url


def face(level: int) -> str:
    return f"button[name=score][value='{level}']"


def shows(page: Browser, text: str) -> None:
    page.until("return document.body.innerText.includes(arguments[0])", text)


def looked(page: Browser, name: str) -> None:
    if PICTURES:
        # the whole of it, below the phone's edge, too
        taken = page.call("Page.captureScreenshot", captureBeyondViewport=True)
        import base64

        (Path(PICTURES) / f"own-{name}.png").write_bytes(base64.b64decode(taken["data"]))


def test_a_customer_rates_from_the_receipt(place: Place, page: Browser) -> None:
    encounter_id, _ = visit(place.counter, score=None)
    scan(place, page, encounter_id)
    shows(page, "How was our service?")
    page.press(face(2))
    shows(page, "What went wrong?")
    [case] = rows(place.programme, t.service_case, encounter_id=encounter_id)
    assert place.case(case.case_id).source == "phone"
    page.press("input[value=attitude]")
    page.write("textarea", HOSTILE)
    page.press("button.call")
    shows(page, "The duty manager has been told")
    told = place.case(case.case_id)
    assert (told.call, told.reasons, told.clerk_number) == ("now", ("attitude",), "")
    assert told.comment.startswith("Slow[2J <img")
    assert page.run("return document.querySelectorAll('img, script').length") == 0
    assert page.run("return document.cookie + localStorage.length") == "0"
    place.counter.push()
    until(lambda: place.case(case.case_id).clerk_number == "101")

    def counted() -> bool:
        figures = rows(place.programme, t.record, kind="figures")
        days = [msgspec.json.decode(row.body, type=Figures) for row in figures]
        return [cell.phone for day in days for cell in day.cells] == [{"2": 1}]

    until(counted)
    assert page.log() == []


def test_a_double_tap_the_way_back_and_a_companion(place: Place, page: Browser) -> None:
    encounter_id = new_id()
    url = scan(place, page, encounter_id)
    page.run(
        "const one = document.querySelector(arguments[0]); one.click(); one.click(); one.click()",
        face(4),
    )
    shows(page, "You chose")
    page.run("location.reload()")
    shows(page, "You chose")
    assert len(rows(place.programme, t.link_rating, encounter_id=encounter_id)) == 1
    page.press(face(5))
    page.until("return document.querySelector('.chosen.l5') !== null")
    page.run("history.back()")
    page.open(url)
    shows(page, "yours counts besides")
    page.press(face(3))
    shows(page, "You chose")
    found = rows(place.programme, t.link_rating, encounter_id=encounter_id)
    assert sorted((row.place, row.score) for row in found) == [(1, 5), (2, 3)]


def test_enter_calls_nobody(place: Place, page: Browser) -> None:
    encounter_id = new_id()
    scan(place, page, encounter_id)
    page.press(face(1))
    shows(page, "What went wrong?")
    page.run(
        "const one = document.querySelector('input[type=checkbox]'); one.checked = true;"
        "one.form.requestSubmit()"
    )
    shows(page, "Your rating is recorded")
    [case] = rows(place.programme, t.service_case, encounter_id=encounter_id)
    assert place.case(case.case_id).call == ""
    page.press("button.call")
    shows(page, "The duty manager has been told")
    assert place.case(case.case_id).call == "now"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_small_screens_in_all_languages(place: Place, page: Browser, dark: bool) -> None:
    mode = "dark" if dark else "light"
    for language in ("en", "zh-CN", "zh-TW"):
        url = scan(place, page, new_id())
        stages = (
            ("ask", page.open, f"{url}?l={language}"),
            ("low", page.press, face(1)),
            ("called", page.press, "button.call"),
            ("companion", page.open, f"{url}?l={language}"),
            ("good", page.press, face(5)),
            ("sent", page.press, "button.primary"),
            ("problem", page.open, f"{url[:-1]}?l={language}"),
        )
        for name, do, what in stages:
            do(what)
            page.until("return document.readyState === 'complete'")
            for width, height in SIZES:
                page.look_like(width=width, height=height, dark=dark)
                assert page.run(_TOO_SMALL) == [], (name, language, width)
                assert page.run(_BEYOND) == [], (name, language, width)
                if width != 360:
                    looked(page, f"{name}-{language}-{mode}-{width}")
            page.look_like(width=390, height=844, dark=dark)
    assert [line for line in page.log() if "404" not in line] == []


def test_a_wall_of_words_and_a_long_name_break_nothing(place: Place, page: Browser) -> None:
    page.look_like(width=320, height=568)
    with place.programme.work() as work:
        work.connection.execute(t.office.update().values(name="W" * 80 + " \u202e" + "好" * 60))
    try:
        scan(place, page)
        assert page.run(_TOO_SMALL) == []
        looked(page, "long-name")
    finally:
        with place.programme.work() as work:
            work.connection.execute(t.office.update().values(name="Beijing"))


class Ringing:
    """A desk that listens on the feed, as its program does."""

    def __init__(self, place: Place, desk: Seat) -> None:
        self.heard: dict[str, float] = {}
        self._answer = requests.get(
            f"https://127.0.0.1:{place.port}/v1/feed",
            headers={"Guichet-Protocol": "1", "Authorization": f"Bearer {desk.token()}"},
            verify=str(place.certificate),
            stream=True,
            timeout=60,
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with closing(self._answer):
            for line in self._answer.iter_lines(1):
                told = json.loads(line)
                if told["kind"] == "alarm":
                    self.heard.setdefault(told["case"]["encounter_id"], time.time())


def test_how_soon(place: Place, page: Browser) -> None:
    """From the touch on the page to the alarm at the desk, within a second."""
    ringing = Ringing(place, place.programme.seat(counter=2, kind="desk"))
    took = []
    for _ in range(TIMES):
        encounter_id = new_id()
        scan(place, page, encounter_id)
        touched = page.run(
            "const now = Date.now(); document.querySelector(arguments[0]).click(); return now",
            face(1),
        )
        until(partial(ringing.heard.__contains__, str(encounter_id)))
        took.append(ringing.heard[str(encounter_id)] * 1000 - touched)
    took.sort()
    p99 = took[max(0, round(0.99 * len(took)) - 1)]
    print(f"touched to rung: n={len(took)} p50={statistics.median(took):.0f} p99={p99:.0f} ms")
    assert statistics.median(took) < 1000


_BEYOND = """
return [...document.querySelectorAll('.face')].filter(
  (each) => each.getBoundingClientRect().bottom > innerHeight).map((each) => each.value);
"""
_TOO_SMALL = """
const wrong = [];
const touched = 'button:not(.first), textarea, nav a, nav b, .reason';
if (document.documentElement.scrollWidth > innerWidth) wrong.push('wider than the screen');
for (const each of document.querySelectorAll(touched)) {
  const box = each.getBoundingClientRect();
  if (box.height < 44 || box.width < 44) wrong.push(each.className + box.height);
}
for (const each of document.querySelectorAll('main *')) {
  const hides = getComputedStyle(each).position === 'absolute' || each.closest('svg');
  if (!hides && each.scrollWidth > each.clientWidth + 1 && each.clientWidth) {
    wrong.push(each.className + each.tagName + ' is cut');
  }
}
return wrong;
"""
