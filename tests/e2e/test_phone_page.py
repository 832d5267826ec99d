"""The page on a manager's phone in a real browser, over TLS, with a real server behind it."""

from __future__ import annotations

import json
import os
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from sync.server.phones.service import Phones
from tests.e2e.over_tls import HOST, Place, served
from tests.fakes.browser import Browser, browser
from tests.fakes.postgres import PostgresServer
from tests.server.conftest import new_id
from tests.server.phones import PIN, signed_in

pytestmark = pytest.mark.slow

ELSEWHERE = "evil.test"
PICTURES = os.environ.get("GUICHET_PICTURES", "")
TIMES = int(os.environ.get("GUICHET_TIMES", "5"))
SETTLED_S = 0.4  # a touch so soon after the cards moved was meant for another
HOSTILE = "Slow\x1b[2J <img src=x onerror=\"document.title='pwned'\"> \u202emoc.live"
HOSTILE_WORDS = (
    "W" * 500,
    "Z\u0351\u036b\u0343" * 120,
    "\u202e\u2067" * 50 + "שלום",
    "好" * 500,
    "\0\n" * 200,
)
RIGHT_TO_LEFT = "انتظرت طويلا ولم يعتذر أحد 12 مرة"


@pytest.fixture(scope="module")
def place(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with served(postgres, tmp_path_factory.mktemp("phone")) as place:
        yield place


@pytest.fixture
def page(place: Place, tmp_path: Path) -> Iterator[Browser]:
    """A phone with nobody signed in."""
    flags = (
        f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP {ELSEWHERE} 127.0.0.1",
        "--ignore-certificate-errors",
        "--accept-lang=en-US",
    )
    with browser(tmp_path, *flags) as window:
        window.look_like(width=390, height=844)
        window.open(f"{place.url}/m")
        window.until("return !document.getElementById('entry').hidden")
        yield window


def sign_in(page: Browser, number: str = "900", pin: str = PIN) -> None:
    page.write("#number", number)
    page.write("#pin", pin)
    page.press("#enter")
    page.until("return !document.getElementById('cases').hidden || !!arguments[0].textContent",
               page.run("return document.getElementById('entry-problem')"))  # fmt: skip


def card(case_id: UUID) -> str:
    return f"li[data-case='{case_id}']"


def shows(page: Browser, case_id: UUID, text: str) -> None:
    """Wait until the case's card says so."""
    script = "return document.querySelector(arguments[0])?.innerText.includes(arguments[1])"
    page.until(script, card(case_id), text)


def looked(page: Browser, name: str) -> None:
    if PICTURES:
        page.picture(Path(PICTURES) / f"{name}.png")


def complaints(page: Browser) -> list[str]:
    """What the browser said went wrong, but for being told that nobody is signed in."""
    return [line for line in page.log() if "status of 401" not in line]


def is_live(page: Browser) -> None:
    page.until("return ['Live', '实时'].includes(document.getElementById('link').textContent)")


def test_a_manager_takes_a_case_from_the_floor(place: Place, page: Browser) -> None:
    sign_in(page, pin="0000")
    problem = page.run("return document.getElementById('entry-problem').textContent")
    assert problem == "Number or PIN is wrong. Tries left: 4"
    looked(page, "wrong-pin")
    sign_in(page)
    is_live(page)
    assert page.run("return document.cookie") == "", "no script has the session"
    case_id = place.low(text=RIGHT_TO_LEFT.encode())
    shows(page, case_id, RIGHT_TO_LEFT)
    for part in ("\u2068A1\u2069", "1 · Very dissatisfied", "Customer waiting", "Attitude"):
        shows(page, case_id, part)
    page.press(f"#waiting {card(case_id)} button")
    shows(page, case_id, "on the way")
    assert place.case(case_id).acknowledged_by == "Wang Min"
    time.sleep(SETTLED_S)
    page.press(f"#taken {card(case_id)} button")
    shows(page, case_id, "is with the customer")
    assert [step.kind for step in place.case(case_id).steps] == ["acknowledged", "arrived"]
    assert complaints(page) == []


def test_what_customers_write_is_text(place: Place, page: Browser) -> None:
    sign_in(page)
    case_id = place.low(text=HOSTILE.encode())
    shows(page, case_id, "<img src=x")
    assert page.run("return document.querySelectorAll('img, main script').length") == 0
    assert page.run("return document.title").endswith("Guichet")
    assert complaints(page) == []


def test_who_was_first_is_shown_on_the_other_phone(place: Place, page: Browser) -> None:
    sign_in(page)
    is_live(page)
    case_id = place.low()
    shows(page, case_id, "I am on my way")
    page.run(_SLOW)
    page.press(f"{card(case_id)} button")
    signed_in(Phones(place.programme.server), "901").tap(case_id)
    page.until("return document.getElementById('said').textContent.includes('Zhao Lei')")
    shows(page, case_id, "\u2068Zhao Lei\u2069 is on the way")
    assert place.case(case_id).acknowledged_by == "Zhao Lei"


def test_a_touch_without_the_network_goes_when_it_is_back(place: Place, page: Browser) -> None:
    sign_in(page)
    is_live(page)
    case_id = place.low()
    shows(page, case_id, "I am on my way")
    away = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.call("Network.enable")
    page.call("Network.emulateNetworkConditions", offline=True, **away)
    page.press(f"{card(case_id)} button")
    shows(page, case_id, "Not sent yet")
    looked(page, "unsent")
    assert place.case(case_id).state == "new"
    page.call("Network.emulateNetworkConditions", offline=False, **away)
    shows(page, case_id, "on the way")
    assert [step.kind for step in place.case(case_id).steps] == ["acknowledged"]


def test_the_page_says_when_it_is_not_live_and_comes_back(place: Place, page: Browser) -> None:
    sign_in(page)
    is_live(page)
    place.process.send_signal(signal.SIGHUP)  # each process makes way for another
    page.until("return document.getElementById('stale').textContent.startsWith('Not live')")
    looked(page, "stale")
    is_live(page)
    case_id = place.low()
    shows(page, case_id, "I am on my way")


def test_a_page_that_was_loaded_again_asks_for_a_touch_before_it_rings(
    place: Place, page: Browser
) -> None:
    sign_in(page)
    is_live(page)
    page.open(f"{place.url}/m")
    is_live(page)
    page.until("return !document.getElementById('sound').hidden")
    page.press("#sound")
    page.until("return document.getElementById('sound').hidden")
    case_id = place.low()
    shows(page, case_id, "I am on my way")
    page.press("#silence")
    page.until("return document.getElementById('silence').hidden")
    page.press("#leave")
    page.until("return !document.getElementById('entry').hidden")
    page.open(f"{place.url}/m")
    page.until("return !document.getElementById('entry').hidden")


def test_another_sites_page_can_neither_touch_nor_see(place: Place, page: Browser) -> None:
    sign_in(page)
    case_id = place.low()
    shows(page, case_id, "I am on my way")
    page.open(f"https://{ELSEWHERE}:{place.port}/healthz")
    tap = {"tap_id": str(new_id()), "case_id": str(case_id), "step": "acknowledged"}
    said = page.run(_ELSEWHERE, place.url, json.dumps(tap))
    assert said == ["TypeError"] * 3 + ["opaque"] * 2
    assert place.case(case_id).state == "new"
    page.open(f"{place.url}/m")
    shows(page, case_id, "I am on my way")
    page.open(f"https://{ELSEWHERE}:{place.port}/healthz")
    page.run("const f = document.createElement('iframe'); f.src = arguments[0];"
             "document.documentElement.append(f)", f"{place.url}/m")  # fmt: skip
    page.until("return frames.length === 1")
    time.sleep(SETTLED_S)
    assert any("frame-ancestors" in line for line in page.log())


def test_a_flood_of_hostile_words_breaks_no_card(place: Place, page: Browser) -> None:
    page.look_like(width=360, height=640)
    sign_in(page)
    ids = [place.low(text=words.encode()) for words in HOSTILE_WORDS]
    for case_id in ids:
        shows(page, case_id, "I am on my way")
    assert page.run(_TOO_SMALL) == []
    looked(page, "hostile-1")
    page.run("document.querySelector(arguments[0]).scrollIntoView()", card(ids[2]))
    looked(page, "hostile-2")
    assert complaints(page) == []


def test_how_soon(place: Place, page: Browser) -> None:
    """A low rating is on the page, and a touch is shown as taken, within a second."""
    sign_in(page)
    is_live(page)
    seen, taken = [], []
    for _ in range(TIMES):
        page.run(_WATCH_FOR_NEW)
        begun_ms = time.time() * 1000
        case_id = place.low()
        seen.append(page.until("return window.at.seen") - begun_ms)
        page.run(_WATCH_FOR_TAKEN, card(case_id))
        time.sleep(SETTLED_S)
        page.press(f"{card(case_id)} button")
        taken.append(page.until("return window.at.taken"))
        assert place.case(case_id).state == "acknowledged"
    for name, found in (("rated to shown", seen), ("touched to taken", taken)):
        found.sort()
        p99 = found[max(0, round(0.99 * len(found)) - 1)]
        print(f"{name}: n={len(found)} p50={statistics.median(found):.0f} p99={p99:.0f} ms")
    assert statistics.median(seen) < 1000
    assert statistics.median(taken) < 1000


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_small_screens_in_both_languages(place: Place, page: Browser, dark: bool) -> None:
    place.low(text="一直没人理我，等了四十分钟，最后说系统坏了。".encode())
    mode = "dark" if dark else "light"
    for language in ("en", "zh"):
        for width, height in ((360, 640), (390, 844)):
            page.look_like(width=width, height=height, dark=dark)
            assert page.run(_TOO_SMALL) == []
            looked(page, f"entry-{language}-{mode}-{width}")
        page.press("#entry .language")
    sign_in(page)
    is_live(page)
    for language in ("en", "zh"):
        for width, height in ((360, 640), (390, 844)):
            page.look_like(width=width, height=height, dark=dark)
            time.sleep(0.2)  # the cards have come in
            assert page.run(_TOO_SMALL) == []
            looked(page, f"cases-{language}-{mode}-{width}")
        page.run("document.querySelector('#cases .language').click()")
    assert complaints(page) == []


_SLOW = """
const go = window.fetch;
window.fetch = (...said) => new Promise((done) => setTimeout(done, 2000)).then(() => go(...said));
"""
_WATCH_FOR_NEW = """
window.at = {};
new MutationObserver(() => { window.at.seen ??= Date.now(); })
  .observe(document.querySelector('#waiting ol'), {childList: true});
"""
_WATCH_FOR_TAKEN = """
const one = document.querySelector(arguments[0]);
one.querySelector('button').addEventListener(
  'click', () => { window.at.touched = performance.now(); }, {capture: true, once: true});
new MutationObserver(() => {
  if (!one.classList.contains('new')) window.at.taken ??= performance.now() - window.at.touched;
}).observe(one, {attributes: true});
"""
_ELSEWHERE = """
const [url, tap] = arguments;
const json = {method: 'POST', credentials: 'include', body: tap,
  headers: {'Content-Type': 'application/json'}};
const plain = {method: 'POST', credentials: 'include', mode: 'no-cors', body: tap};
const asked = [
  fetch(url + '/m/cases', {credentials: 'include'}), fetch(url + '/m/tap', json),
  fetch(url + '/m/live', {credentials: 'include'}), fetch(url + '/m/tap', plain),
  fetch(url + '/m/sign-out', {...plain, body: '{}'}),
];
return Promise.all(asked.map((each) => each.then((answer) => answer.type, (error) => error.name)));
"""
_TOO_SMALL = """
const wrong = [];
if (document.documentElement.scrollWidth > innerWidth) wrong.push('wider than the screen');
for (const each of document.querySelectorAll('button, input, select')) {
  const box = each.getBoundingClientRect();
  if (box.height && (box.height < 48 || box.width < 48)) wrong.push(each.id + box.height);
}
for (const each of document.querySelectorAll('.case *, .bar *, button')) {
  if (each.scrollWidth > each.clientWidth + 1 && each.clientWidth && each.tagName !== 'SPAN') {
    wrong.push(each.className + ' is cut');
  }
}
return wrong;
"""
