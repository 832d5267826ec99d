"""What Enter would confirm, as one sentence on the bar over the counter's list."""

from __future__ import annotations

from ui.qt.language import translate
from ui.screens import counter_points, look
from ui.screens import counter_rendering as rendering
from ui.viewmodels import wording
from ui.viewmodels.counter import CounterViewModel
from ui.viewmodels.refund import RefundAsked
from ui.viewmodels.steps import Step


def show_asked(bar: look.ProposalBar, counter: CounterViewModel) -> None:
    """Say on `bar` what Enter on an empty box confirms now, if anything."""
    line = counter.visit.last_undoable
    again = counter.redemption.unanswered
    if counter.step is Step.UNDO and line is not None:
        sentence = translate("Counter", "Undo: {what}, {points}").format(
            what=wording.reward_name(wording.dated(line.text), line.text_en),
            points=wording.signed(line.points or 0),
        )
        undo = translate("Counter", "Undo")
        bar.set_proposal(sentence, undo, icon="undo-2")
    elif (voucher := counter.arrival.showing.voucher) is not None and counter.asks is voucher:
        sentence, note = rendering.voucher(voucher)
        take = translate("Counter", "Hand over")
        bar.set_proposal(sentence, take, note=note, icon="ticket")
    elif isinstance(refund := counter.asks, RefundAsked):
        sentence, note = counter_points.refund_asked(refund)
        back = translate("Counter", "Give back")
        bar.set_proposal(sentence, back, note=note, icon="undo-2")
    elif again is not None and counter.asks is again:
        name = wording.reward_name(again.reward_name, again.reward_name_en)
        sentence = translate("Counter", "{reward}, {points} points").format(
            reward=name, points=wording.number(again.points)
        )
        bar.set_proposal(sentence, translate("Counter", "Ask again"), icon="gift")
    elif counter.step is Step.SERVE and counter.proposal is not None and counter.asks is not None:
        sentence, note = rendering.proposal(counter.proposal, len(counter.earning.proposals))
        earn = translate("Counter", "Earn")
        bar.set_proposal(sentence, earn, note=note, icon="coins")
    else:
        bar.clear()
