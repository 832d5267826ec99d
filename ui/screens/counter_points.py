"""What the counter says of points that come back; no state, no widgets."""

from __future__ import annotations

from app.services.point_views import RefundableReward, RefundForeseen
from ui.qt.language import translate
from ui.viewmodels import wording
from ui.viewmodels.points_words import REFUND_REASONS
from ui.viewmodels.refund import REASONS, RefundAsked, Refunding

Choices = list[tuple[str, str, str]]


def refundable(refunding: Refunding) -> Choices:
    """Return the rewards that could come back, by digit."""
    return [(str(n), _name(item), _state(item)) for n, item in enumerate(refunding.items, 1)]


def refund_reasons(refunding: Refunding) -> Choices:
    """Return the reasons by digit, each with what would come back."""
    return [
        (str(n), translate("Refunds", REFUND_REASONS[code]), foreseen(refunding.foresee(is_ours)))
        for n, (code, is_ours) in enumerate(REASONS, 1)
    ]


def refund_part(reward: RefundableReward) -> tuple[str, str]:
    """Return whose points are asked for, and how many there are."""
    left = wording.number(reward.left_points)
    hint = translate("Refunds", "Type how many of its points come back, or Enter for all {left}.")
    return _name(reward), hint.format(left=left)


def refund_asked(asked: RefundAsked) -> tuple[str, str]:
    """Return the sentence that Enter confirms, and what is said under it."""
    sentence = translate("Refunds", "{points} points come back for {reward}").format(
        points=wording.number(asked.foreseen.coming_points),
        reward=wording.reward_name(asked.reward.reward_name, asked.reward.reward_name_en),
    )
    reason = translate("Refunds", REFUND_REASONS[asked.reason])
    decides = translate("Refunds", "As foreseen: the central office decides")
    return sentence, f"{reason} · {foreseen(asked.foreseen)} · {decides}"


def foreseen(view: RefundForeseen) -> str:
    """Return what would come back, with the fee and how long it lasts."""
    if view.fee_points:
        words = translate("Refunds", "{coming} of {points} come back, fee {fee}").format(
            coming=wording.number(view.coming_points),
            points=wording.number(view.points),
            fee=wording.number(view.fee_points),
        )
    else:
        words = translate("Refunds", "All {points} come back").format(
            points=wording.number(view.points)
        )
    if view.lasts_until is None:
        return words
    until = translate("Refunds", "good until {day} at least")
    return f"{words} · {until.format(day=wording.day(view.lasts_until))}"


def to_be_signed(has_printer: bool) -> tuple[str, str]:
    """Return how a customer says yes where there is no panel, and what Enter says of it."""
    if has_printer:
        return (
            translate(
                "Counter",
                "No panel here: ask aloud. The slip comes out in two parts, and the customer"
                " signs both; one stays here.",
            ),
            translate("Counter", "The customer agrees"),
        )
    return (
        translate("Counter", "No panel here: the customer signs for it on paper."),
        translate("Counter", "Signed"),
    )


def _name(item: RefundableReward) -> str:
    name = wording.reward_name(item.reward_name, item.reward_name_en)
    return f"{name} · {wording.number(item.points)}"


def _state(item: RefundableReward) -> str:
    when = wording.moment(item.at_ms)
    if item.refusal:
        return f"{when} · {wording.reason(item.refusal)}"
    left = translate("Refunds", "{left} left of it").format(left=wording.number(item.left_points))
    return f"{when} · {left}"
