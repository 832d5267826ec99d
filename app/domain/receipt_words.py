"""What receipts say, in the customer's language; they are made where there is no screen."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["zh_CN", "en"]

WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "redemption": "Reward",
        "statement": "Statement of points",
        "since": "Since {day}",
        "opening": "Balance before",
        "day": "Day",
        "booking": "Booking",
        "office": "Office",
        "made_at": "Made at",
        "balance": "Balance",
        "expires": "Expires {day}",
        "no_expiry": "Without expiry",
        "as_of": "By the central office, {at}",
        "as_known": "The balance as this counter knew it, {at}",
        "booked_opening": "brought in",
        "booked_accrual": "earned",
        "booked_accrual_reversal": "earning undone",
        "booked_accrual_reduction": "earning cut",
        "booked_redemption": "spent",
        "booked_redemption_reversal": "spending undone",
        "booked_refund": "given back",
        "booked_adjustment": "adjusted",
        "booked_expiry": "expired",
        "booked_family_share": "family share",
        "booked_family_return": "family share back",
        "booked_other": "booked",
        "refund": "Reward given back",
        "given_back": "Points given back",
        "fee": "Fee",
        "coming_back": "Coming back",
        "foreseen": "As foreseen; it counts when the central office has booked it.",
        "accrual": "Points earned",
        "matter": "We have taken this up",
        "copy": "COPY",
        "counter": "{office} · {counter}",
        "member": "Member",
        "points": "Points",
        "cover_online": "Booked and guaranteed",
        "cover_lease": "Guaranteed by this counter",
        "cover_at_risk": "Given without the network, covered by this office",
        "open": "Any counter of the programme takes this voucher, once.",
        "pinned": "Only counters of {office} take this voucher, once.",
        "last_day": "Valid through",
        "code": "Voucher",
        "signed": "Reward, signed for",
        "agrees": "I agree that {points} points are spent for this.",
        "signature": "Signature",
        "stays": "This part stays with the office.",
        "no_code": "Keep this slip: this counter hands the reward over.",
        "earned_later": "Can be spent when the central office has booked it.",
        "number": "Number",
        "department": "Answered by",
        "due": "By",
        "time": "Time",
        "clerk": "Served by",
        "baggage_services": "Baggage services",
        "operations": "Operations",
        "revenue": "Ticket accounts",
        "loyalty": "Member services",
        "customer_relations": "Customer relations",
    },
    "zh_CN": {
        "redemption": "奖品凭证",
        "statement": "积分对账单",
        "since": "自 {day} 起",
        "opening": "期初余额",
        "day": "日期",
        "booking": "业务",
        "office": "营业点",
        "made_at": "出具",
        "balance": "余额",
        "expires": "{day} 到期",
        "no_expiry": "长期有效",
        "as_of": "中心数据，{at}",
        "as_known": "本柜台所知余额，{at}",
        "booked_opening": "转入",
        "booked_accrual": "累积",
        "booked_accrual_reversal": "撤销累积",
        "booked_accrual_reduction": "减少累积",
        "booked_redemption": "兑换",
        "booked_redemption_reversal": "撤销兑换",
        "booked_refund": "退回",
        "booked_adjustment": "调整",
        "booked_expiry": "过期",
        "booked_family_share": "家庭分享",
        "booked_family_return": "家庭分享退回",
        "booked_other": "记账",
        "refund": "奖品退回",
        "given_back": "退回积分",
        "fee": "手续费",
        "coming_back": "返还",
        "foreseen": "以上为预计，以中心入账为准。",
        "accrual": "积分入账",
        "matter": "已受理",
        "copy": "副本",
        "counter": "{office} · {counter}",
        "member": "会员",
        "points": "积分",
        "cover_online": "已入账，兑换有效",
        "cover_lease": "由本柜台保证",
        "cover_at_risk": "断网期间兑换，由本营业点担保",
        "open": "凭此券可在任一柜台领取，限用一次。",
        "pinned": "此券仅限在{office}的柜台使用，限用一次。",
        "last_day": "有效期至",
        "code": "券号",
        "signed": "兑换签字单",
        "agrees": "本人同意为此使用 {points} 积分。",
        "signature": "会员签字",
        "stays": "此联由营业点留存。",
        "no_code": "请保存此单，奖品由本柜台交付。",
        "earned_later": "中心入账后即可使用。",
        "number": "受理编号",
        "department": "答复部门",
        "due": "答复时限",
        "time": "时间",
        "clerk": "经办",
        "baggage_services": "行李服务",
        "operations": "运行部门",
        "revenue": "票款结算",
        "loyalty": "会员服务",
        "customer_relations": "客户关系",
    },
}


def word(language: Language, key: str, **blanks: str) -> str:
    """Return one of them; what a programme named itself, such as a department, as it is."""
    found = WORDS[language].get(key, key)
    return found.format(**blanks) if blanks else found


def booked(language: Language, kind: str) -> str:
    """Return what a booking of the ledger's `kind` is called; of an unknown one, that it is one."""
    key = f"booked_{kind}"
    return WORDS[language].get(key, WORDS[language]["booked_other"])


def language_of(spoken: str) -> Language:
    """Return the language a receipt is printed in for somebody who speaks `spoken`."""
    return "zh_CN" if spoken.startswith("zh") else "en"
