"""Every code has a sentence in both languages, and no sentence shows what clerks must not see."""

from __future__ import annotations

import ast
import re
import string
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.accrual import (
    STANDARD_RULES,
    Ground,
    PointsRate,
    points_for_amount,
    points_for_flight,
)
from app.domain.accrual import AccrualReason as Reason
from app.domain.boarding_pass import Leg
from app.domain.boarding_pass.bad_scan import BadScanReason
from app.domain.errors import Rejected, Unavailable
from app.domain.records import ExceptionItem
from app.domain.redemption import SetAside
from app.domain.stock import Stock
from app.services import commands
from app.services.views import (
    LineState,
    PendingItem,
    PendingSummary,
    Promise,
    Readiness,
    RedemptionResult,
    RewardOffer,
)
from ui.qt.language import FOLDER, Language
from ui.qt.words import Words
from ui.screens import desk_wording
from ui.viewmodels import because, desk_words, sentences, wording

ROOT = Path(__file__).resolve().parents[2]
TABLES: list[Mapping[Any, str]] = [
    sentences.ERRORS,
    sentences.MESSAGES,
    sentences.PROMISES,
    sentences.LINE_STATES,
    sentences.LINE_KINDS,
    sentences.PENDING,
    sentences.READINESS,
    sentences.SKIP_REASONS,
    sentences.TOPICS,
    sentences.DEPARTMENTS,
    sentences.TROUBLE,
    because.GROUNDS,
    because.EXCEPTIONS,
]
FALLBACKS = {sentences.FALLBACK, because.EXCEPTION_FALLBACK}
ENGLISH = sorted({text for table in TABLES for text in table.values()} | FALLBACKS)
# where the central office decides over an entry
DECIDING = (
    "handlers",
    "batch.py",
    "deciding.py",
    "ingest.py",
    "reading.py",
    "leases.py",
    "own_membership.py",
    "vouchers.py",
)


@pytest.fixture(params=["en", "zh_CN"])
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    in_force = Language()
    in_force.use(request.param)
    yield request.param
    in_force.use("en")


def raised_codes(*files: Path) -> set[str]:
    """The codes that these files raise or answer with, as their source spells them."""
    codes = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[0]
                if name in ("Rejected", "Unavailable") and isinstance(first, ast.Constant):
                    codes.add(str(first.value))
            if isinstance(node, ast.Assign) and isinstance(
                node.targets[0], ast.Tuple | ast.Attribute
            ):
                codes |= assigned_code(node.targets[0], node.value)
    return codes


def assigned_code(target: ast.expr, value: ast.expr) -> set[str]:
    """What `received.code = "…"` and `received.code, received.message = "…", …` assign."""
    pairs = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=True))
    return {
        str(right.value)
        for left, right in pairs
        if isinstance(left, ast.Attribute) and left.attr == "code"
        if isinstance(right, ast.Constant) and right.value
    }


def core_codes() -> set[str]:
    return raised_codes(*(ROOT / "app").rglob("*.py"))


def decision_codes() -> set[str]:
    """The codes by which the central office puts an entry before a manager."""
    server = ROOT / "sync" / "server"
    files = [file for name in DECIDING for file in (server / name, *(server / name).glob("*.py"))]
    found = raised_codes(*(file for file in files if file.is_file()))
    return found | {"insufficient", "bad_points"}  # the ledger's, shared with the counters


def named_codes() -> set[str]:
    """The codes that the commands' docstrings promise."""
    codes: set[str] = set()
    for command in get_args(commands.Command):
        for family in re.findall(r"Rejected: ([^.]*)\.", command.__doc__ or ""):
            plain = re.sub(r"\([^)]*\)", "", family)
            codes |= {code.strip() for code in plain.split(",")}
    return {code for code in codes if re.fullmatch(r"[a-z_]+", code)}


def in_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def test_the_lists_of_codes_are_not_empty() -> None:
    assert {"wrong_pin", "encounter_open", "own_membership"} <= core_codes()
    assert {"throttled", "card_taken", "code_expired"} <= named_codes()


def test_every_code_has_its_sentence() -> None:
    world = {"disk_full", "disk_error", "database_busy", "internal"}
    links = {"not_guichet", "server_error", "revoked", "clock", "old_client", "certificate"}
    accruals = {reason.value for reason in Reason} - {"accrual_earned", "accrual_earned_minimum"}
    scans = {reason.value for reason in BadScanReason}
    codes = core_codes() | named_codes() | links | accruals | scans | world
    assert codes - set(sentences.ERRORS) == set()


def test_every_decision_has_its_sentence() -> None:
    codes = decision_codes()
    assert {"fork", "malformed", "failed", "unknown_lease", "card_taken", "no_staff"} <= codes
    assert codes - set(because.EXCEPTIONS) == set()


@pytest.mark.parametrize("code", [*because.EXCEPTIONS, "never_heard_of"])
def test_each_decision_reads_as_a_sentence(code: str, language: str) -> None:
    words = wording.exception(code)
    assert in_chinese(words) == (language == "zh_CN"), words
    assert "_" not in words
    assert wording.exception("") == ""


@pytest.mark.parametrize("code", sorted(because.EXCEPTIONS))
def test_each_decision_reads_as_a_sentence_at_the_desk(code: str, language: str) -> None:
    """The server's own message is English, for logs; a manager is told in the desk's language."""
    words = Words("desk", desk_words.DESK)
    words.use(language)
    ids = UUID(int=1), UUID(int=2)
    item = ExceptionItem(*ids, "A1", "RedemptionGranted", code, "English text", 1, None, 0, "open")
    said = desk_wording.why(words, item)
    assert in_chinese(said) == (language == "zh_CN"), said
    assert "English text" not in said


def test_every_ground_has_its_words() -> None:
    assert set(because.GROUNDS) == set(Ground)


def test_why_points_are_earned_is_said_in_the_clerks_language(language: str) -> None:
    short = Leg("", "PVG", "SHA", "CA", "1501", date(2026, 11, 22), compartment="Y")
    flown = points_for_flight(STANDARD_RULES, short, "gold")
    paid = points_for_amount(STANDARD_RULES, 128_050, "CNY", "")
    generous = replace(STANDARD_RULES, rates={"CNY": PointsRate(points=3, per_minor=50)})
    better = points_for_amount(generous, 128_050, "CNY", "")
    expected = {
        "en": [
            "PVG-SHA: 45 km × 100 % (class Y) = 45 · at least 100 a flight · Gold +25 % = 25",
            "CNY 1,280.50 × 1 point per CNY 1 = 1,281",
            "CNY 1,280.50 × 3 points per CNY 0.50 = 7,683",
        ],
        "zh_CN": [
            "PVG-SHA：45 公里 × 100%（Y 舱）= 45 · 每航段至少 100 · 金卡 +25% = 25",
            "消费 CNY 1,280.50 × 每 CNY 1 积 1 分 = 1,281",
            "消费 CNY 1,280.50 × 每 CNY 0.50 积 3 分 = 7,683",
        ],
    }
    said = [wording.explanation(each.explanation) for each in (flown, paid, better)]
    assert said == expected[language]


@pytest.mark.parametrize(
    ("promise", "english", "chinese"),
    [
        (Promise.GUARANTEED, "Posted", "已入账"),
        (Promise.GUARANTEED_HERE, "Guaranteed by this counter", None),
        (Promise.OFFICE_RISK, "Covered by the office's risk limit", None),
    ],
)
def test_a_reward_given_is_named_with_its_points_and_cover(
    language: str, promise: Promise, english: str, chinese: str | None
) -> None:
    given = RedemptionResult(UUID(int=1), promise, 800, "休息室单次", reward_name_en="Lounge visit")
    said = wording.outcome(given)
    if language == "en":
        assert said == f"Redeemed: Lounge visit, 800 points · {english}"
    else:
        assert said.startswith("已兑换：休息室单次，800 分 · ")
        assert english not in said
        assert chinese is None or said.endswith(chinese)


def test_a_reward_that_a_neighbour_had_the_points_for_names_the_counter(language: str) -> None:
    given = RedemptionResult(
        UUID(int=1), Promise.GUARANTEED_HERE, 800, "休息室单次", "", "", "Lounge visit",
        360, "CNY", fetched_from="A2",
    )  # fmt: skip
    said = wording.outcome(given)
    english = "points fetched from counter A2"
    assert (english if language == "en" else "积分取自 A2 柜台") in said
    assert said.index("800") < said.index("A2") < said.index("3.60"), "what is to be paid is last"


def _moment(text: str) -> int:
    return int(time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))) * 1000


def test_a_refusal_says_what_is_held_where(language: str) -> None:
    today = time.strftime("%Y-%m-%d")
    held = SetAside(2_000, "PEK-DT", "A2", _moment(f"{today} 09:12"))
    before = SetAside(500, "PEK", "B1", _moment("2020-03-04 17:05"))
    refused = RedemptionResult(
        UUID(int=1), Promise.NOT_POSSIBLE, 800, "休息室单次", "set_aside", "", "Lounge visit",
        set_aside=(held, before),
    )  # fmt: skip
    said = wording.outcome(refused)
    if language == "en":
        assert said == (
            "Lounge visit · Not possible now: 2,000 points are set aside for counter A2, PEK-DT,"
            " since 09:12. 500 points are set aside for counter B1, PEK, since 4 Mar 2020 17:05."
            " They were asked for: try again in a moment."
        )
    else:
        assert "2,000 积分自 09:12 起为 PEK-DT 的 A2 柜台预留。" in said
    assert "lease" not in said.lower()


def test_a_waiting_reward_is_named_in_the_clerks_language(language: str) -> None:
    item = PendingItem("redemption", "休息室单次", 0, "waiting", text_en="Lounge visit")
    name = {"en": "Lounge visit", "zh_CN": "休息室单次"}[language]
    assert wording.pending_item(item).endswith(f" · {name}")


def test_a_refusal_names_what_it_is_about(language: str) -> None:
    award = Leg("", "PEK", "SHA", "CA", "1501", date(2026, 11, 22), compartment="X")
    [why] = points_for_flight(STANDARD_RULES, award, "").explanation
    words = wording.reason(why.code, **why.values)
    assert (
        words
        == {
            "en": "Booking class X earns no points.",
            "zh_CN": "X 舱不累积积分。",
        }[language]
    )


def test_an_open_matter_names_its_topic(language: str) -> None:
    words = {"en": "PEK01-0412 · Baggage", "zh_CN": "PEK01-0412 · 行李"}
    assert wording.open_matter("PEK01-0412 baggage") == words[language]
    assert wording.open_matter("PEK01-0412") == "PEK01-0412"


def test_every_state_has_its_words() -> None:
    assert set(sentences.PROMISES) == set(Promise)
    assert set(sentences.LINE_STATES) == set(get_args(LineState))


def test_each_code_reads_as_a_sentence_in_both_languages(language: str) -> None:
    for code in sentences.ERRORS:
        words = wording.error(Rejected(code, "not for clerks", tries_left=3, wait_s=30))
        assert words
        assert code not in words.replace("-", "_") or "_" not in code
        assert "not for clerks" not in words
        assert in_chinese(words) == (language == "zh_CN"), words


def test_what_keeps_the_program_from_starting_speaks_of_the_start(language: str) -> None:
    full, newer = Unavailable("disk_full", "full"), Unavailable("database_newer", "newer")
    words = {"en": "then start again; what was recorded is kept.", "zh_CN": "再重新启动"}
    assert words[language] in wording.trouble(full)
    assert wording.trouble(newer) == wording.error(newer)


def test_an_unknown_code_is_never_shown(language: str) -> None:
    words = wording.error(Unavailable("e_4711", "stack trace"))
    assert "4711" not in words
    assert "trace" not in words
    assert in_chinese(words) == (language == "zh_CN")


def test_a_refusal_without_its_detail_still_reads(language: str) -> None:
    assert "–" in wording.error(Rejected("wrong_pin", "wrong"))


def test_a_name_with_braces_breaks_no_sentence(language: str) -> None:
    assert "{0}" in wording.message("nobody_found", text="{0}")


@pytest.mark.parametrize("word", ["lease", "hash", "error", "exception", "token", "sync"])
def test_no_sentence_speaks_of_the_machinery(word: str) -> None:
    assert [text for text in ENGLISH if re.search(rf"\b{word}", text, re.IGNORECASE)] == []


def test_no_string_is_unfinished_and_every_blank_is_kept() -> None:
    tree = ElementTree.parse(FOLDER / "zh_CN.ts")  # our own file
    messages = list(tree.getroot().iter("message"))
    assert len(messages) > 250
    for message in messages:
        source, translation = message.findtext("source"), message.find("translation")
        assert source is not None
        assert translation is not None
        assert translation.get("type") is None, f"unfinished: {source}"
        assert translation.text, f"empty: {source}"
        assert blanks(source) == blanks(translation.text), source


def test_every_marked_string_stands_in_the_translation() -> None:
    tree = ElementTree.parse(FOLDER / "zh_CN.ts")
    known = {
        (context.findtext("name"), message.findtext("source"))
        for context in tree.getroot().iter("context")
        for message in context.iter("message")
    }
    marked = set()
    for file in (ROOT / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) == 2:
                name = getattr(node.func, "id", "")
                if name in ("translate", "QT_TRANSLATE_NOOP") and all(
                    isinstance(each, ast.Constant) and isinstance(each.value, str)
                    for each in node.args
                ):
                    marked.add(tuple(each.value for each in node.args))  # type: ignore[attr-defined]
    marked = {pair for pair in marked if pair[0] != "panel"}  # the panel's words stand apart
    assert len(marked) > 250
    assert marked - known == set()


def blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_light_says_it_in_words(language: str) -> None:
    ready = Readiness("ready", True, 46, 52, 3, 80_000, True, ())
    offline = Readiness("caution", False, 46, 52, 840, 80_000, False, ("unreachable",))
    new = Readiness("critical", True, 0, 0, None, 0, True, ("no_data_yet",))
    expected = {
        "en": [
            "Ready offline: 46 of 52 expected guests covered",
            "Working offline: 46 of 52 expected guests covered",
            "The members' data is on its way",
        ],
        "zh_CN": [
            "断网可用：预计 52 位客人中已备妥 46 位",
            "断网工作中：预计 52 位客人中已备妥 46 位",
            "会员资料正在下载",
        ],
    }
    assert [wording.light(each) for each in (ready, offline, new)] == expected[language]


def test_the_light_counts_no_guests_where_none_are_expected(language: str) -> None:
    ready = Readiness("ready", True, 0, 0, 3, 0, True, ())
    offline = Readiness("caution", False, 0, 0, 840, 0, False, ("unreachable",))
    expected = {
        "en": ["Ready offline", "Working offline"],
        "zh_CN": ["断网可用", "断网工作中"],
    }
    assert [wording.light(each) for each in (ready, offline)] == expected[language]


def test_what_waits_is_counted_and_aged(language: str) -> None:
    summary = PendingSummary(12, 1_000_000)
    words = {"en": "12 waiting, oldest 4 min", "zh_CN": "12 项待发送，最早 4 分钟前"}
    assert wording.pending_chip(summary, 1_000_000 + 250_000) == words[language]
    assert wording.pending_chip(PendingSummary(0, None), 0) == ""


def test_a_waiting_rating_tells_nothing_of_it(language: str) -> None:
    item = PendingItem("rating", "score 1: rude", 0, "waiting", "low")
    assert "1" not in wording.pending_item(item)
    assert "rude" not in wording.pending_item(item)


def test_money_is_named_where_a_reward_takes_some() -> None:
    offer = RewardOffer(
        UUID(int=1), 2, "升舱", "Upgrade", 700, Promise.GUARANTEED, "", 0, 360, "CNY"
    )
    assert wording.promise(offer) == "plus CNY 3.60 · Guaranteed"
    assert "plus" not in wording.promise(replace(offer, cash_minor=0, currency=""))
    done = RedemptionResult(
        UUID(int=1), Promise.GUARANTEED, 700, "升舱", "", "", "Upgrade", 360, "CNY"
    )
    assert wording.outcome(done).endswith(" · CNY 3.60 still to be paid")
    assert "paid" not in wording.outcome(replace(done, cash_minor=0, currency=""))


def test_how_many_are_left_is_said_with_when_that_was_so(language: str) -> None:
    at_ms = int(time.time()) * 1000
    clock = wording.clock_time(at_ms)
    left, here = {
        "en": ("{} left as of " + clock, "2 held here"),
        "zh_CN": ("截至 " + clock + " 剩 {} 份", "本柜台预留 2 份"),
    }[language]
    assert wording.stock(Stock(2, 9, 3, at_ms)) == f"{left.format(12)} · {here}"
    assert wording.stock(Stock(0, 0, 0, at_ms)) == left.format(0)
    assert wording.stock(Stock(2)) == here
    assert wording.stock(Stock(0)) == wording.stock(None) == ""
