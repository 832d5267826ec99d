"""Charts of the look: painted by us, walked along by arrow keys, each figure with its n.

They hold no words of their own and no arithmetic but where things stand: figures come from
app.domain, words from the caller, and a `describe(place)` says what the card beside a mark says.
All share (ChartBase): set_words(name, summary, empty), hint(), places(), position(place), mark(at);
signal marked(int).

    TrendChart: set_chart(Chart | None, days, unit, value_text, day_text, names, describe)
    FunnelChart: set_funnel(Funnel | None, value_text, count_text, names, describe), suppressed()
    ParetoChart: set_bars(bars, cause_text, count_text, share_text, names, describe), rows()
    StepsChart: set_steps([StepRow], edges, late, describe)
    TimesChart: set_spans([Span], time_text, names, describe)
    HoursChart: set_hours([HourColumn], share_text, count_text, hour_text, names, describe)
    SharesChart: set_rows([ShareRow], tick_text, names, describe)
    FacesBar: set_parts([Part], describe)
"""

from ui.screens.look.charts.base import ChartBase, Describe
from ui.screens.look.charts.columns import HourColumn, HoursChart, StepRow, StepsChart
from ui.screens.look.charts.faces_bar import ORDER, UNRATED, FacesBar, Part
from ui.screens.look.charts.funnel_plot import FunnelChart
from ui.screens.look.charts.hint_card import Hint, HintCard
from ui.screens.look.charts.rows import ParetoChart, Row, Span, TimesChart
from ui.screens.look.charts.shares import ShareRow, SharesChart
from ui.screens.look.charts.strokes import Shape
from ui.screens.look.charts.trend import TrendChart, broken_rules

__all__ = [
    "ORDER",
    "UNRATED",
    "ChartBase",
    "Describe",
    "FacesBar",
    "FunnelChart",
    "Hint",
    "HintCard",
    "HourColumn",
    "HoursChart",
    "ParetoChart",
    "Part",
    "Row",
    "Shape",
    "ShareRow",
    "SharesChart",
    "Span",
    "StepRow",
    "StepsChart",
    "TimesChart",
    "TrendChart",
    "broken_rules",
]
