"""What is said of a low rating outside of the desks, and how each messenger wants it said.

Where and when, and whether the customer waits: no score, no name of anybody, nothing anybody wrote.
Whoever reads along in a group chat learns no more than that a manager is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.domain.events import CallWish
from app.domain.office_time import at_office
from sync.server.escalating.routes import Kind

_WAITS: Final = frozenset({CallWish.NOW.value, CallWish.WAIT.value})
_SENTENCES: Final = {
    "zh_CN": (
        "Guichet：{office} {counter}号窗口 {time} 有一条低分评价，请值班经理处理。",
        "顾客正在等候。",
    ),
    "en": (
        "Guichet: a low rating at {office}, window {counter}, {time}. A duty manager is wanted.",
        "The customer is waiting.",
    ),
}
LANGUAGES: Final = tuple(_SENTENCES)
TEST: Final = {
    "zh_CN": "Guichet：这是一条测试消息。",
    "en": "Guichet: this is a test. Nobody is waiting.",
}


@dataclass(frozen=True, slots=True)
class LowRating:
    """What a message is made of; `opened_ms` is when it was given, UTC."""

    case_id: UUID
    office_code: str
    office_name: str
    time_zone: str
    counter_label: str
    opened_ms: int
    call: str


def text_of(low: LowRating, language: str) -> str:
    """Say it in a line."""
    sentence, waits = _SENTENCES[language]
    said = sentence.format(
        office=low.office_name,
        counter=low.counter_label,
        time=f"{at_office(low.opened_ms, low.time_zone):%H:%M}",
    )
    gap = "" if language == "zh_CN" else " "
    return f"{said}{gap}{waits}" if low.call in _WAITS else said


def body_of(kind: Kind, text: str, low: LowRating | None) -> dict[str, Any]:
    """Wrap it as the messenger's web hook takes it; `low` is None in a test.

    Source: the messengers' documents on custom robots and incoming web hooks.
    """
    match kind:
        case "dingtalk" | "wecom":
            return {"msgtype": "text", "text": {"content": text}}
        case "feishu":
            return {"msg_type": "text", "content": {"text": text}}
        case "slack":
            return {"text": text}
        case _:
            where = {} if low is None else {
                "case_id": str(low.case_id),
                "office": low.office_code,
                "counter": low.counter_label,
                "at_ms": low.opened_ms,
                "customer_waits": low.call in _WAITS,
            }  # fmt: skip
            return {"event": "test" if low is None else "low_rating", "text": text, **where}


def refusal_in(kind: Kind, answer: Any) -> str:
    """What a messenger that answers 200 to everything has against it; '' for nothing."""
    if kind not in ("dingtalk", "wecom", "feishu"):
        return ""
    if not isinstance(answer, dict):
        return "the answer is no messenger's"
    code = answer.get("errcode", answer.get("code", answer.get("StatusCode", 0)))
    return "" if code == 0 else f"refused with code {code}"
