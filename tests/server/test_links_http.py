"""The page behind a link over HTTP: what it shows, what is bounded, what it refuses on a page."""

from __future__ import annotations

import logging
import re
import shutil
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.rating_link import PATH, TOKEN_CHARS, RatingLink, SignedLink
from sync.server.api.app import make_app
from sync.server.api.links import MOST_BODY_BYTES
from sync.server.links import limits
from sync.server.links.page import LEVELS, Page
from sync.server.links.problems import STATUS
from sync.server.links.service import RatingLinks
from sync.server.links.words import LANGUAGES, WORDS, language_of
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import rows, sound
from tests.server.conftest import Programme, new_id
from tests.server.hostile import PLANTED, STORABLE
from tests.server.http import Http, serving
from tests.server.links import token_of, turn_on
from tests.server.seats import visit
from ui.screens.look.roles import ROLES, Mode, Role
from ui.viewmodels.rating_panel_words import PANEL

ROOT = Path(__file__).parents[2]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """One database will do: what they hold against values is tested without HTTP."""
    path = tmp_path / "guichet.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def client(programme: Programme) -> Iterator[Http]:
    turn_on(programme)
    with serving(make_app(programme.server, feed_tick_s=0.1, with_jobs=False)) as client:
        yield client


@pytest.fixture
def token(programme: Programme) -> str:
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push()
    return token_of(seat, encounter_id)


def post(client: Http, path: str, *fields: tuple[str, str]) -> requests.Response:
    return client.session.post(
        client.url + path, urlencode(fields), headers=FORM, allow_redirects=False, timeout=20
    )


def asked(client: Http, token: str) -> str:
    """The id that the page gives a rating."""
    found = re.search(r'name="id" value="([0-9a-f-]{36})"', client.get(PATH + token).text)
    assert found is not None
    return found[1]


# --- the page


def test_it_speaks_in_the_programmes_own_words(
    client: Http, programme: Programme, token: str
) -> None:
    own = {"en": {"rate": "How did <we> do?", "level_1": "Bad", "reason_queue": "Queue"}}
    with programme.work() as work:
        put_setting(work, "rating", {"texts": own, "reasons": {"1": ["queue", "other"]}})
    page = client.get(PATH + token).text
    assert "How did &lt;we&gt; do?" in page
    rating_id = asked(client, token)
    taken = post(client, PATH + token, ("id", rating_id), ("score", "1"))
    page = client.get(taken.headers["Location"]).text
    for said in ("Bad", "Queue", "Something else"):
        assert said in page


def test_it_runs_nothing_loads_nothing_and_is_kept_nowhere(client: Http, token: str) -> None:
    for path in (PATH + token, f"{PATH}nothing"):
        answer = client.get(path)
        policy = dict(
            part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert "script-src" not in policy
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "Set-Cookie" not in answer.headers
        assert not re.findall(
            r"<script|https?://|\son\w+=|\sstyle=|<img|@import|url\(", answer.text
        )


def test_a_visit_is_rated_without_any_script(
    client: Http, programme: Programme, token: str
) -> None:
    rating_id = asked(client, token)
    taken = post(client, PATH + token, ("id", rating_id), ("score", "1"))
    assert (taken.status_code, taken.headers["Location"]) == (303, f"{PATH}{token}/{rating_id}")
    page = client.get(taken.headers["Location"]).text
    for text in ("We are sorry", "Very dissatisfied", "Please call somebody now", "Attitude"):
        assert text in page
    own = f"{PATH}{token}/{rating_id}"
    said = (("reason", "attitude"), ("reason", "rules"), ("comment", "慢 <b>"), ("call", "now"))
    assert post(client, own, *said).status_code == 303
    page = client.get(own).text
    assert "has been told" in page
    assert "<textarea" not in page
    assert "<b>慢" not in page
    (case,) = rows(programme, t.record, kind="case")
    assert '"call":"now"' in case.body.decode()
    assert "慢 <b>" in case.body.decode()
    sound(programme)


def test_another_face_and_what_then_fits(client: Http, programme: Programme, token: str) -> None:
    rating_id = asked(client, token)
    own = f"{PATH}{token}/{rating_id}?l=zh-TW"
    post(client, PATH + token, ("id", rating_id), ("score", "5"))
    changed = post(client, own, ("score", "3"))
    assert changed.headers["Location"] == own
    assert "哪些方面可以改進" in client.get(own).text
    programme.clock.ms += 60_000
    late = post(client, own, ("score", "1"))
    assert (late.status_code, "已不能更改" in late.text) == (409, True)
    assert rows(programme, t.service_case) == []


def test_the_customers_number_to_call_is_there_when_nobody_is_glad(
    client: Http, programme: Programme, token: str
) -> None:
    with programme.work() as work:
        work.connection.execute(t.office.update().values(duty_phone="+86 10 6459-0000 <x>"))
    rating_id = asked(client, token)
    post(client, PATH + token, ("id", rating_id), ("score", "2"))
    page = client.get(f"{PATH}{token}/{rating_id}").text
    assert 'href="tel:+861064590000"' in page
    assert "&lt;x&gt;" in page


def test_it_says_that_another_rating_is_here_and_not_which(client: Http, token: str) -> None:
    assert "yours counts besides" not in client.get(PATH + token).text
    post(client, PATH + token, ("id", asked(client, token)), ("score", "1"))
    page = client.get(PATH + token).text
    assert "yours counts besides" in page
    assert "We are sorry" not in page


def test_sending_nothing_is_an_end_too(client: Http, programme: Programme, token: str) -> None:
    rating_id = asked(client, token)
    post(client, PATH + token, ("id", rating_id), ("score", "4"))
    own = f"{PATH}{token}/{rating_id}"
    assert post(client, own, ("comment", " "), ("send", "1")).status_code == 303
    page = client.get(own).text
    assert "is recorded" in page
    assert "<textarea" not in page
    assert rows(programme, t.rating_detail) == []


# --- what it says


def test_all_languages_say_all_and_the_levels_as_the_panel_does() -> None:
    assert set(WORDS) == set(LANGUAGES)
    for language, words in WORDS.items():
        assert words.keys() == WORDS["en"].keys()
        for key, text in words.items():
            blanks = re.findall(r"{\w+}", WORDS["en"][key])
            assert sorted(re.findall(r"{\w+}", text)) == sorted(blanks), (language, key)
    for code in STATUS:
        assert {code, f"{code}_hint"} <= WORDS["en"].keys()
    alike = [key for key in PANEL if key.startswith(("level_", "reason_", "ask_"))]
    for language in ("en", "zh-CN", "zh-TW"):
        said = {PANEL[key]: PANEL[key] for key in alike}
        if language != "en":
            file = ROOT / f"resources/translations/panel_{language.replace('-', '_')}.ts"
            for message in ET.parse(file).iter("message"):
                said[message.findtext("source", "")] = message.findtext("translation", "")
        for key in (*alike, "window", "call_now"):
            assert WORDS[language][key] == said.get(PANEL[key], PANEL[key]), (language, key)


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "zh", "zh-CN"),
        ("", "zh-TW,zh;q=0.9", "zh-TW"),
        ("", "zh-HK", "zh-TW"),
        ("", "zh-Hant-MO", "zh-TW"),
        ("", "zh-Hans-SG,en", "zh-CN"),
        ("", "fr,zh-TW;q=0.5,en;q=0.6", "en"),
        ("", "fr", "en"),
        ("zh-TW", "en", "zh-TW"),
        ("<script>", "zh-CN", "zh-CN"),
    ],
)
def test_the_language_is_what_was_chosen_or_the_browsers(
    wanted: str, accepted: str, language: str
) -> None:
    assert language_of(wanted, accepted) == language


def test_it_has_the_programs_own_colours() -> None:
    style = (ROOT / "sync/server/links/page.css").read_text()
    light, _, dark = style.partition("prefers-color-scheme: dark")
    found: dict[str, str] = {}
    for text, mode in ((light, Mode.LIGHT), (dark, Mode.DARK)):
        found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", text))
        assert len(found) > 20
        for name, value in found.items():
            assert value == ROLES[Role(name.replace("-", "_"))].value(mode), (name, mode)
    assert len(re.findall(r"#[0-9a-f]{3,8}\b", style)) == 2 * len(found), "no colour besides"


def test_names_are_the_programmes_in_the_pages_language(
    client: Http, programme: Programme, token: str
) -> None:
    with programme.work() as work:
        put_setting(work, "names", {"zh_TW": {"Beijing": "北京 <i>首都</i>"}})
    page = client.get(f"{PATH}{token}?l=zh-TW").text
    assert "北京 &lt;i&gt;首都&lt;/i&gt;" in page
    assert "A1 號窗口" in page


def test_reasons_nobody_translated_stand_as_they_are(
    client: Http, programme: Programme, token: str
) -> None:
    with programme.work() as work:
        put_setting(work, "rating", {"reasons": {"5": ['queue"><b>', "attitude"]}})
    rating_id = asked(client, token)
    post(client, PATH + token, ("id", rating_id), ("score", "5"))
    page = client.get(f"{PATH}{token}/{rating_id}").text
    assert "queue&quot;&gt;&lt;b&gt;" in page
    assert '"><b>' not in page
    offered = [int(level) for level in re.findall(r'name="score" value="(\d)"', page)]
    assert offered == [level for level in LEVELS if level != 5]


# --- what it refuses


def test_what_goes_wrong_is_a_page_with_its_status(
    client: Http, programme: Programme, token: str
) -> None:
    rating_id = asked(client, token)
    for path, fields, status, text in (
        (PATH + token, (("id", rating_id), ("score", "6")), 404, "no such rating"),
        (PATH + token, (("id", "x"), ("score", "1")), 404, "no such rating"),
        (PATH + token, (), 404, "no such rating"),
        (f"{PATH}{token}/{new_id()}", (("score", "1"),), 404, "no such rating"),
        (f"{PATH}{token}/{new_id()}", (("comment", "x"),), 404, "no such rating"),
        (f"{PATH}{token}/x", (("comment", "x"),), 404, "no such rating"),
        (f"{PATH}{token[:-1]}", (("id", rating_id), ("score", "1")), 404, "read"),
    ):
        answer = post(client, path, *fields)
        assert (answer.status_code, text in answer.text) == (status, True), (path, answer.text)
        assert answer.headers["Content-Type"].startswith("text/html")
    long = post(client, PATH + token, ("comment", "好" * 100_000))
    assert (long.status_code, "too long" in long.text) == (413, True)
    many = post(client, f"{PATH}{token}/{rating_id}", *[("reason", "x")] * 1_000)
    assert many.status_code == 404
    programme.clock.ms += 72 * 3_600_000
    over = client.get(PATH + token)
    assert (over.status_code, "is over" in over.text) == (410, True)
    assert rows(programme, t.link_rating) == []


def test_a_comment_of_the_longest_fits(client: Http, programme: Programme, token: str) -> None:
    rating_id = asked(client, token)
    post(client, PATH + token, ("id", rating_id), ("score", "1"))
    words = "\U0001f620" * 500
    body = (("comment", words), *(("reason", code) for code in ("attitude", "rules", "other")))
    assert len(urlencode(body)) < MOST_BODY_BYTES
    assert post(client, f"{PATH}{token}/{rating_id}", *body).status_code == 303
    (blob,) = rows(programme, t.blob)
    assert blob.content.decode() == words


def test_a_flood_is_told_to_wait(client: Http, token: str) -> None:
    answers = [client.get(PATH + token) for _ in range(limits.A_LINK + 1)]
    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert client.get("/healthz").status_code == 200


def test_a_crowd_is_sent_away_before_it_costs_anything(
    client: Http, programme: Programme, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    entered = threading.Semaphore(0)
    real = RatingLinks.visit

    def slow(self: RatingLinks, token: str, *, address: str = "") -> object:
        entered.release()
        assert held.wait(30)
        return real(self, token, address=address)

    monkeypatch.setattr(RatingLinks, "visit", slow)
    found: list[int] = []

    def ask() -> None:
        found.append(requests.get(client.url + PATH + token, timeout=60).status_code)

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=30)
    while found.count(429) < 9:  # one at work, forty wait
        threading.Event().wait(0.02)
    assert client.get("/healthz").status_code == 200, "nobody else waits for them"
    held.set()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == [200] * 41 + [429] * 9


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_sent_is_answered_with_a_page(
    client: Http, programme: Programme, token: str, data: st.DataObject
) -> None:
    programme.clock.ms += 60_000  # nobody asks too often
    texts = st.sampled_from([*STORABLE, PLANTED, "\0", "%00", "é", "5", str(UUID(int=5))])
    tokens = st.sampled_from([token, token.lower(), token[:-1], "A" * TOKEN_CHARS, PLANTED])
    path = f"/R/{data.draw(tokens)}"
    if data.draw(st.booleans()):
        path += f"/{UUID(int=data.draw(st.integers(0, 3)))}"
    names = st.sampled_from(["id", "score", "reason", "comment", "call", "x"])
    fields = data.draw(st.lists(st.tuples(names, texts), max_size=6))
    body = data.draw(st.just(urlencode(fields, errors="replace").encode()) | st.binary(max_size=99))
    for answer in (
        client.session.get(client.url + path, timeout=20),
        client.session.post(
            client.url + path, body, headers=FORM, allow_redirects=False, timeout=20
        ),
    ):
        assert answer.status_code in {200, 303, *STATUS.values()} - {503}, answer.text
        assert PLANTED not in answer.text
        if answer.status_code != 303:
            assert answer.headers["Content-Type"].startswith("text/html")


def test_no_log_has_the_link_or_what_was_said(
    client: Http, token: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    rating_id = asked(client, token)
    post(client, PATH + token, ("id", rating_id), ("score", "1"))
    post(client, f"{PATH}{token}/{rating_id}", ("comment", PLANTED))
    out = capsys.readouterr()
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("guichet")]
    logged = "\n".join(ours) + out.out + out.err
    assert "/R/{token}" in logged
    for secret in (token, rating_id, PLANTED):
        assert secret not in logged


def test_every_page_is_whole_in_every_language(programme: Programme) -> None:
    """Well-formed, so that no text reaches out of its place."""
    links = RatingLinks(programme.server)
    turn_on(programme)
    seat = programme.seat()
    link = RatingLink.of(seat.device_id, new_id(), programme.clock.ms, 72)
    token = SignedLink(link, seat.key.sign(link.statement())).token()
    for language in LANGUAGES:
        page = Page(language)
        pages = [page.problem(code) for code in STATUS]
        pages.append(page.ask(links.visit(token), new_id()))
        for score in LEVELS:
            rating_id = new_id()
            programme.clock.ms += 60_000
            turn_on(programme, companions=20)
            links.rate(token, rating_id, score)
            pages.append(page.show(links.given(token, rating_id)))
        for text in pages:
            body = re.sub(r"<!doctype html>|<style>.*?</style>", "", text, flags=re.DOTALL)
            body = re.sub(r"<(meta|link|input)([^>]*)>", r"<\1\2/>", body)
            ET.fromstring(body)
