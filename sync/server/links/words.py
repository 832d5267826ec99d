"""What the page behind a link says, in the languages of the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.protocol.phones.page import weighed

LANGUAGES: Final = {"zh-CN": "简体", "zh-TW": "繁體", "en": "English"}
"""Each under its own name."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "rate": "How was our service?",
        "window": "Window {label}",
        "companion": "This visit has a rating. If you were there, too, yours counts besides.",
        "level_5": "Very satisfied",
        "level_4": "Satisfied",
        "level_3": "Fairly satisfied",
        "level_2": "Dissatisfied",
        "level_1": "Very dissatisfied",
        "reason_efficiency": "Speed",
        "reason_competence": "Competence",
        "reason_attitude": "Attitude",
        "reason_facilities": "Facilities",
        "reason_rules": "Rules",
        "reason_other": "Something else",
        "thanks": "Thank you",
        "thanks_chosen": "Thank you. You chose:",
        "sorry_chosen": "We are sorry. You chose:",
        "change": "Changed your mind? Choose another face right away.",
        "ask_good": "What was good?",
        "ask_fair": "What could be better?",
        "ask_low": "What went wrong?",
        "comment": "In a few words, if you like",
        "send": "Send",
        "call_now": "Please call somebody now",
        "call_hint": "For when you are still here: the duty manager comes to the window.",
        "called": "The duty manager has been told, and looks for you at the window.",
        "recorded": "Your rating is recorded.",
        "close": "You can close this page.",
        "phone": "The duty manager's number:",
        "voluntary": "Voluntary, and not shown to whoever served you.",
        "back": "Back",
        "unreadable": "This link can't be read",
        "unreadable_hint": "Please scan the code again. An old copy of it may not work any more.",
        "ended": "The time for this rating is over",
        "ended_hint": "Thank you for wanting to tell us. Any counter will listen to you.",
        "full": "All ratings of this visit are here",
        "full_hint": "Thank you. This link takes no more.",
        "settled": "It can't be changed any more",
        "settled_hint": "Your rating stands as you gave it first.",
        "unknown_rating": "There is no such rating",
        "unknown_rating_hint": "Please begin anew with the code.",
        "busy": "Too much at once",
        "busy_hint": "Please try again in a minute.",
        "too_large": "That was too long",
        "too_large_hint": "Please write less.",
        "failed": "This doesn't work just now",
        "failed_hint": "Please try again in a minute. Nothing was lost, nothing was counted twice.",
    },
    "zh-CN": {
        "rate": "您对本次服务满意吗？",
        "window": "{label} 号窗口",
        "companion": "本次服务已有评价。如果您也在场，您的评价会另行统计。",
        "level_5": "非常满意",
        "level_4": "满意",
        "level_3": "基本满意",
        "level_2": "不满意",
        "level_1": "非常不满意",
        "reason_efficiency": "办事效率",
        "reason_competence": "业务能力",
        "reason_attitude": "服务态度",
        "reason_facilities": "设施环境",
        "reason_rules": "规章流程",
        "reason_other": "其他",
        "thanks": "谢谢您",
        "thanks_chosen": "谢谢您。您选择了：",
        "sorry_chosen": "很抱歉。您选择了：",
        "change": "改变主意了？请马上选另一个表情。",
        "ask_good": "哪些方面做得好？",
        "ask_fair": "哪些方面可以改进？",
        "ask_low": "哪些方面让您不满意？",
        "comment": "想说几句话吗（可不填）",
        "send": "提交",
        "call_now": "请马上叫人来",
        "call_hint": "如果您还在现场：值班经理会到窗口来。",
        "called": "已通知值班经理，会到窗口找您。",
        "recorded": "您的评价已记录。",
        "close": "可以关闭本页。",
        "phone": "值班经理电话：",
        "voluntary": "自愿填写，为您服务的人看不到。",
        "back": "返回",
        "unreadable": "无法识别这个链接",
        "unreadable_hint": "请重新扫码。旧的二维码可能已经失效。",
        "ended": "本次评价的时间已过",
        "ended_hint": "感谢您愿意告诉我们。任何窗口都会听取您的意见。",
        "full": "本次服务的评价已满",
        "full_hint": "谢谢您。此链接不再接收评价。",
        "settled": "已不能更改",
        "settled_hint": "您第一次的评价仍然有效。",
        "unknown_rating": "没有这个评价",
        "unknown_rating_hint": "请重新扫码开始。",
        "busy": "操作太频繁",
        "busy_hint": "请一分钟后再试。",
        "too_large": "内容太长",
        "too_large_hint": "请少写一些。",
        "failed": "暂时无法处理",
        "failed_hint": "请一分钟后再试。没有丢失，也不会重复统计。",
    },
    "zh-TW": {
        "rate": "您對這次的服務滿意嗎？",
        "window": "{label} 號窗口",
        "companion": "本次服務已有評價。如果您也在場，您的評價會另行統計。",
        "level_5": "非常滿意",
        "level_4": "滿意",
        "level_3": "尚可",
        "level_2": "不滿意",
        "level_1": "非常不滿意",
        "reason_efficiency": "辦事效率",
        "reason_competence": "專業能力",
        "reason_attitude": "服務態度",
        "reason_facilities": "設施環境",
        "reason_rules": "規章流程",
        "reason_other": "其他",
        "thanks": "謝謝您",
        "thanks_chosen": "謝謝您。您選擇了：",
        "sorry_chosen": "很抱歉。您選擇了：",
        "change": "改變主意了？請馬上選另一個表情。",
        "ask_good": "哪些方面做得好？",
        "ask_fair": "哪些方面可以改進？",
        "ask_low": "哪些方面讓您不滿意？",
        "comment": "想說幾句話嗎（可不填）",
        "send": "送出",
        "call_now": "請馬上找人過來",
        "call_hint": "如果您還在現場：值班經理會到窗口來。",
        "called": "已通知值班經理，會到窗口找您。",
        "recorded": "您的評價已記錄。",
        "close": "可以關閉本頁。",
        "phone": "值班經理電話：",
        "voluntary": "自願填寫，為您服務的人看不到。",
        "back": "返回",
        "unreadable": "無法識別這個連結",
        "unreadable_hint": "請重新掃描。舊的條碼可能已經失效。",
        "ended": "本次評價的時間已過",
        "ended_hint": "感謝您願意告訴我們。任何窗口都會聽取您的意見。",
        "full": "本次服務的評價已滿",
        "full_hint": "謝謝您。此連結不再接收評價。",
        "settled": "已不能更改",
        "settled_hint": "您第一次的評價仍然有效。",
        "unknown_rating": "沒有這個評價",
        "unknown_rating_hint": "請重新掃描開始。",
        "busy": "操作太頻繁",
        "busy_hint": "請一分鐘後再試。",
        "too_large": "內容太長",
        "too_large_hint": "請少寫一些。",
        "failed": "暫時無法處理",
        "failed_hint": "請一分鐘後再試。沒有遺失，也不會重複統計。",
    },
}

_TRADITIONAL: Final = ("zh-tw", "zh-hk", "zh-mo", "zh-hant")


def language_of(wanted: str, accepted: str) -> str:
    """The page's language.

    Args:
        wanted: what was chosen on the page, '' for nothing.
        accepted: the browser's Accept-Language.
    """
    if wanted in LANGUAGES:
        return wanted
    return next((found for name in weighed(accepted) if (found := _ours(name))), "en")


def _ours(name: str) -> str:
    """Which of ours a browser means, '' for none."""
    if name.startswith(_TRADITIONAL):
        return "zh-TW"
    primary = name.partition("-")[0]
    return {"zh": "zh-CN", "en": "en"}.get(primary, "")
