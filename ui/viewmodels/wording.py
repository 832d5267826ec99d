"""Every code that the core hands to a screen, as a sentence for a clerk. The one place for it.

A sentence says what happened and what would help; it never shows the code. English stands here,
other languages come from `resources/translations`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QDate, QLocale

from app.domain.accrual import Because, Explanation
from app.domain.errors import GuichetError
from app.domain.redemption import SetAside
from app.domain.stock import Stock
from app.services.views import (
    EncounterLine,
    FamilyView,
    PendingItem,
    PendingSummary,
    Promise,
    Readiness,
    RedemptionResult,
    RewardOffer,
    ShareView,
)
from ui.qt.language import translate
from ui.qt.office_clock import OFFICE_CLOCK
from ui.viewmodels.because import EXCEPTION_FALLBACK, EXCEPTIONS, GROUNDS, ONE_POINT_PER
from ui.viewmodels.sentences import (
    COVERED,
    DEPARTMENTS,
    ERRORS,
    FALLBACK,
    LINE_KINDS,
    LINE_STATES,
    MATCHES,
    MESSAGES,
    PENDING,
    PROMISES,
    READINESS,
    SKIP_REASONS,
    TIERS,
    TOPICS,
    TROUBLE,
)

_ISO_DAY: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


class _Blanks(dict[str, object]):
    """A sentence's blanks; what the core left out stays a dash instead of breaking the sentence."""

    def __missing__(self, key: str) -> str:
        return "–"


def number(value: int) -> str:
    """Return a whole number with its thousands grouped as the language does it."""
    return QLocale().toString(value)


def money(amount_minor: int) -> str:
    """Return an amount of a currency with cents, '1,280.50'."""
    return QLocale().toString(amount_minor / 100, ord("f"), 2)


def signed(points: int) -> str:
    """Return points with their sign, '+1,240' or '−3,000'."""
    return ("+" if points > 0 else "−" if points < 0 else "") + number(abs(points))


def _filled(sentence: str, blanks: Mapping[str, object]) -> str:
    shown = {
        key: number(value) if isinstance(value, int) else value for key, value in blanks.items()
    }
    return sentence.format_map(_Blanks(shown))


def reason(code: str, **blanks: str | int) -> str:
    """Return the sentence for a refusal's code; '' for ''."""
    if not code:
        return ""
    return _filled(translate("Errors", ERRORS.get(code, FALLBACK)), blanks)


def error(problem: GuichetError) -> str:
    """Return the sentence for a refusal. 'not_possible' says its reason."""
    because = problem.detail.get("reason")
    code = because if isinstance(because, str) and because in ERRORS else problem.code
    return reason(code, **problem.detail)


def trouble(problem: GuichetError) -> str:
    """Return why the program can't start."""
    if problem.code in TROUBLE:
        return _filled(translate("Errors", TROUBLE[problem.code]), problem.detail)
    return error(problem)


def message(code: str, **blanks: str | int) -> str:
    """Return the sentence for something that a screen itself has to say."""
    return _filled(translate("Messages", MESSAGES[code]), blanks)


def promise(offer: RewardOffer) -> str:
    """Return what could be promised for a reward, with the reason where nothing can.

    What has to be paid with money stands before it.
    """
    because = reason(offer.reason, missing_points=offer.missing_points)
    promised = _promise(offer.promise, because)
    if not offer.cash_minor:
        return promised
    plus = translate("Promises", "plus {money}")
    return f"{plus.format(money=money_of(offer.cash_minor, offer.currency))} · {promised}"


def outcome(result: RedemptionResult) -> str:
    """Return what became of a redemption, in one sentence."""
    name = reward_name(result.reward_name, result.reward_name_en)
    if result.promise is Promise.NOT_POSSIBLE:
        because = _set_aside(result.set_aside) or reason(result.reason, missing_points=0)
        return f"{name} · {_promise(result.promise, because)}"
    said = translate("Promises", "Redeemed: {reward}, {points} points · {cover}").format(
        reward=name,
        points=number(result.points),
        cover=translate("Promises", COVERED[result.promise]),
    )
    if result.fetched_from:
        fetched = translate("Promises", "points fetched from counter {counter}")
        said = f"{said} · {fetched.format(counter=result.fetched_from)}"
    if not result.cash_minor:
        return said
    still = translate("Promises", "{money} still to be paid")
    return f"{said} · {still.format(money=money_of(result.cash_minor, result.currency))}"


def stock(of: Stock | None) -> str:
    """Return how many are left of a reward, and how many this counter may promise by itself.

    '' for a reward without end, and where neither is known.
    """
    said = []
    if of is not None and of.free is not None and of.as_of_ms is not None:
        left = translate("Promises", "{left} left as of {time}")
        is_today = day_of(of.as_of_ms) == translate("Time", "today")
        when = (clock_time if is_today else moment)(of.as_of_ms)
        said.append(left.format(left=number(max(of.here, of.free + of.held)), time=when))
    if of is not None and of.here:
        said.append(translate("Promises", "{here} held here").format(here=number(of.here)))
    return " · ".join(said)


def money_of(minor: int, currency: str) -> str:
    """Return a sum of money with its currency: 'CNY 1,234.50'."""
    return f"{currency} {money(minor)}"


def reward_name(name: str, english: str) -> str:
    """Return a reward's name in the clerk's language, where the programme gave one."""
    speaks_english = QLocale().language() == QLocale.Language.English
    return english if speaks_english and english else name


def _set_aside(held: Sequence[SetAside]) -> str:
    """Say what is held where, and what would help; '' where nothing is."""
    if not held:
        return ""
    asked = translate("Promises", "They were asked for: try again in a moment.")
    return " ".join([*map(_held, held), asked])


def _held(held: SetAside) -> str:
    is_today = day_of(held.since_ms) == translate("Time", "today")
    return translate(
        "Promises", "{points} points are set aside for counter {counter}, {office}, since {time}."
    ).format(
        points=number(held.points),
        counter=held.counter_label,
        office=held.office_code,
        time=(clock_time if is_today else moment)(held.since_ms),
    )


def _promise(kind: Promise, because: str) -> str:
    words = translate("Promises", PROMISES[kind])
    if kind is not Promise.NOT_POSSIBLE or not because:
        return words
    return translate("Promises", "{promise}: {reason}").format(promise=words, reason=because)


def explanation(steps: Explanation) -> str:
    """Return the whole calculation behind points, in one line; '' where there is none."""
    return " · ".join(_step(because) for because in steps if because.code in GROUNDS)


def _step(because: Because) -> str:
    blanks = dict(because.values)
    sentence = GROUNDS[because.code]
    amount_minor, per_minor = blanks.get("amount_minor"), blanks.get("rate_minor")
    tier_code = blanks.get("tier")
    if isinstance(amount_minor, int):
        blanks["amount"] = money(amount_minor)
    if isinstance(per_minor, int):
        blanks["per"] = money(per_minor) if per_minor % 100 else number(per_minor // 100)
        if blanks.get("rate_points") == 1:
            sentence = ONE_POINT_PER
    if isinstance(tier_code, str):
        blanks["tier"] = tier(tier_code)
    return _filled(translate("Grounds", sentence), blanks)


def family(view: FamilyView) -> str:
    """Return what a member is in a family, in one line."""
    if view.is_head and not view.members:
        return translate("Family", "Head of a family")
    if view.is_head:
        return translate("Family", "Head of a family of {n} who share").format(n=view.members)
    if not view.head_name:
        return translate("Family", "{percent} % of what is earned goes to the family").format(
            percent=view.percent
        )
    return translate(
        "Family", "{percent} % of what is earned goes to {name}, head of the family"
    ).format(percent=view.percent, name=view.head_name)


def share(view: ShareView) -> str:
    """Return where points go that are about to be earned, in one line."""
    name = view.head_name or translate("Family", "the family")
    words = translate("Family", "{shared} to {name}, {kept} stay")
    if view.repaid:
        words = translate("Family", "{repaid} pay what is owed, {shared} to {name}, {kept} stay")
    return words.format(
        repaid=number(view.repaid), shared=number(view.shared), kept=number(view.kept), name=name
    )


def exception(code: str) -> str:
    """Return what kept an entry from being posted; '' for ''."""
    return translate("Exceptions", EXCEPTIONS.get(code, EXCEPTION_FALLBACK)) if code else ""


def line_state(line: EncounterLine) -> str:
    """Return how things stand with one line of the encounter."""
    context = "Promises" if line.state.startswith(("guar", "office")) else "Lines"
    return translate(context, LINE_STATES[line.state])


def line_kind(line: EncounterLine) -> str:
    """Return what kind of thing one line of the encounter is."""
    return translate("Lines", LINE_KINDS[line.kind])


def pending_item(item: PendingItem) -> str:
    """Return what waits, in plain words; a rating never says which."""
    words = translate("Pending", PENDING.get(item.what, PENDING["encounter"]))
    if item.what == "rating" or not item.text:
        return words
    return f"{words} · {reward_name(dated(item.text), item.text_en)}"


def lost() -> str:
    """Return what became of something that the disk doesn't give back."""
    return translate("Pending", "Unreadable here; a manager settles it")


def pending_chip(summary: PendingSummary, now_ms: int) -> str:
    """Return the chip's words, '' when nothing waits."""
    if summary.count == 0:
        return ""
    words = (
        translate("Pending", "{n} waiting")
        if summary.is_exact
        else translate("Pending", "{n} or more waiting")
    )
    waiting = words.format(n=number(summary.count))
    if summary.oldest_ms is None:
        return waiting
    age = duration(max(0, now_ms - summary.oldest_ms) // 1000)
    return translate("Pending", "{waiting}, oldest {age}").format(waiting=waiting, age=age)


def light(readiness: Readiness) -> str:
    """Return the words beside the light."""
    if readiness.level == "critical":
        return readiness_reason(readiness) or translate(
            "Readiness", "Not ready without the network"
        )
    if "panel_missed" in readiness.reasons:  # what a hand can mend, whatever the network does
        return translate("Readiness", READINESS["panel_missed"])
    none_expected = readiness.expected_guests == readiness.covered_guests == 0
    covered = translate("Readiness", "{covered} of {expected} expected guests covered").format(
        covered=number(readiness.covered_guests), expected=number(readiness.expected_guests)
    )
    if not readiness.online:
        if none_expected:
            return translate("Readiness", "Working offline")
        return translate("Readiness", "Working offline: {covered}").format(covered=covered)
    if readiness.level == "caution":
        return readiness_reason(readiness) or translate("Readiness", "Only partly ready offline")
    if none_expected:
        return translate("Readiness", "Ready offline")
    return translate("Readiness", "Ready offline: {covered}").format(covered=covered)


def readiness_reason(readiness: Readiness) -> str:
    """Return the first reason why the light isn't green, '' if there is none we have words for."""
    for code in readiness.reasons:
        if code in READINESS:
            return translate("Readiness", READINESS[code])
        if code in ERRORS:
            return reason(code)
    return ""


def weak_vault() -> str:
    """Return the warning for a PC whose keys lie in a file."""
    return translate("Readiness", READINESS["weak_vault"])


def readiness_reasons(readiness: Readiness) -> list[str]:
    """Return why the light isn't green, a sentence each."""
    reasons = [translate("Readiness", READINESS[c]) for c in readiness.reasons if c in READINESS]
    return reasons + [reason(c) for c in readiness.reasons if c in ERRORS and c not in READINESS]


def readiness_facts(readiness: Readiness) -> tuple[tuple[str, str], ...]:
    """Return the figures behind the light, (name, value) each."""
    age_s = readiness.data_age_s
    yes, no = translate("Readiness", "yes"), translate("Readiness", "not now")
    return (
        (
            translate("Readiness", "Expected guests covered"),
            translate("Readiness", "{covered} of {expected}").format(
                covered=number(readiness.covered_guests),
                expected=number(readiness.expected_guests),
            ),
        ),
        (
            translate("Readiness", "Age of the members' data"),
            "–" if age_s is None else duration(age_s),
        ),
        (
            translate("Readiness", "Deny list"),
            "–"
            if age_s is None
            else translate("Readiness", "as of {time}, {age} ago").format(
                time=readiness.list_as_of, age=duration(age_s)
            ),
        ),
        (
            translate("Readiness", "Points left of the office's limit"),
            number(readiness.risk_left_points),
        ),
        (
            translate("Readiness", "Low ratings reach a manager"),
            yes if readiness.alarm_path else no,
        ),
    )


def readiness_detail(readiness: Readiness) -> str:
    """Return all that stands behind the light, a line each."""
    facts = (f"{name}: {value}" for name, value in readiness_facts(readiness))
    return "\n".join([*readiness_reasons(readiness), *facts])


def duration(seconds: int) -> str:
    """Return a time span in its largest sensible unit: '4 min'."""
    if seconds < 60:
        return translate("Time", "{n} s").format(n=max(0, seconds))
    if seconds < 3600:
        return translate("Time", "{n} min").format(n=seconds // 60)
    if seconds < 48 * 3600:
        return translate("Time", "{n} h").format(n=seconds // 3600)
    return translate("Time", "{n} days").format(n=seconds // 86400)


def day(iso: str) -> str:
    """Return a date as people write it, 'today' and 'yesterday' for the office's.

    What is no date is returned as it is.
    """
    here = OFFICE_CLOCK.today()
    when, today = QDate.fromString(iso, "yyyy-MM-dd"), QDate(here.year, here.month, here.day)
    if not when.isValid():
        return iso
    if when == today:
        return translate("Time", "today")
    if when == today.addDays(-1):
        return translate("Time", "yesterday")
    locale = QLocale()
    chinese = locale.language() == QLocale.Language.Chinese
    this_year = when.year() == today.year()
    if chinese:
        return locale.toString(when, "M月d日" if this_year else "yyyy年M月d日")
    return locale.toString(when, "d MMM" if this_year else "d MMM yyyy")


def dated(text: str) -> str:
    """Return a text of the journal with its dates written as `day` does."""
    return _ISO_DAY.sub(lambda found: day(found[0]), text)


def day_of(at_ms: int) -> str:
    """Return a moment's date at the office as `day` does."""
    return day(OFFICE_CLOCK.at(at_ms).date().isoformat())


def moment(at_ms: int) -> str:
    """Return day and time of day at the office, '23 Nov 09:05'."""
    return f"{day_of(at_ms)} {clock_time(at_ms)}"


def clock_time(at_ms: int) -> str:
    """Return a moment as the office's time of day, '09:05'."""
    return f"{OFFICE_CLOCK.at(at_ms):%H:%M}"


def skip_reason(code: str) -> str:
    """Return why staff may finish without asking."""
    return translate("Skip", SKIP_REASONS.get(code, SKIP_REASONS["other"]))


def topic(code: str) -> str:
    """Return a matter's topic; an office's own topic is shown as it named it."""
    return translate("Topics", TOPICS[code]) if code in TOPICS else code


def open_matter(text: str) -> str:
    """Return a member's open matter, 'PEK01-0412 baggage' as the server keeps it."""
    number_, _, code = text.partition(" ")
    return f"{number_} · {topic(code)}" if code else number_


def department(code: str) -> str:
    """Return who answers a matter; an office's own department is shown as it named it."""
    return translate("Departments", DEPARTMENTS[code]) if code in DEPARTMENTS else code


def answered_by(code: str, owner: str) -> str:
    """Return the department that answers, with who is in charge there if that is known."""
    name = department(code)
    said = translate("Departments", "{department} ({owner})")
    return said.format(department=name, owner=owner) if owner else name


def tier(code: str) -> str:
    """Return a tier's name; a programme's own tier is shown as it named it."""
    return translate("Tiers", TIERS[code]) if code in TIERS else code


def match(code: str) -> str:
    """Return by which kind of key a member was found."""
    return translate("Matches", MATCHES[code]) if code in MATCHES else ""
