"""What the desk's page of figures says, in English, by key; translated with `desk_words`."""

from __future__ import annotations

from typing import Final

DESK_FIGURES: Final = {
    "figures": "Figures",
    # what is looked at
    "period_7": "7 days",
    "period_30": "30 days",
    "period_91": "Quarter",
    "period": "Period",
    "filter_office": "Office",
    "filter_staff": "Clerk",
    "filter_service": "Service",
    "filter_source": "Which ratings",
    "source_panel": "Panel ratings",
    "source_phone": "Own-phone ratings",
    "source_both": "Panel and phone ratings",
    "own_office": "This office",
    "any_office": "All offices",
    "any_counter": "All counters",
    "any_staff": "All staff",
    "any_service": "All services",
    "no_staff": "Nobody signed in",
    "service_": "Other visits",
    "service_member": "Membership",
    "service_accrual": "Earning",
    "service_claim": "Trip claims",
    "service_voucher": "Vouchers",
    "service_redemption": "Redeeming",
    "service_refund": "Refunds",
    "service_matter": "Complaints",
    "figures_not_saved": "What is about one clerk stays on the screen.",
    "figures_as_of": "This office's own data as of {time}",
    "figures_offline": "Offline: this office's own data, as of {time}",
    "figures_told": "As the central office counts it, {time}",
    "figures_about": "{first} – {last} · {n} visits",
    "figures_about_day": "{day} · {n} visits",
    "figures_busy": "Counting …",
    "figures_none": "No visits in this time",
    "figures_none_hint": "Choose a longer time, or fewer conditions.",
    # formats of dates, as Qt writes them
    "format_day": "d MMM",
    "format_date": "ddd d MMM yyyy",
    "figure_seconds": "{n} s",
    "figure_days": "{n} d",
    # charts
    "chart_ratings": "How visits ended",
    "chart_low": "Low ratings, day by day",
    "chart_unrated": "Visits without a rating, day by day",
    "chart_taken": "Time until low ratings and complaints are taken",
    "chart_hours": "Hours of the day",
    "chart_steps": "Steps of a visit",
    "chart_times": "How soon cases come on",
    "chart_low_staff": "Low ratings by number of ratings",
    "chart_unrated_staff": "Visits without a rating by number of visits",
    "chart_reasons": "Reasons for low ratings",
    "chart_recovery": "Members after a low rating",
    "tile_good": "Good ratings",
    "tile_good_of_visits": "Good, of all visits",
    "tile_low": "Low ratings",
    "tile_unrated": "Unrated visits",
    "tile_unopened": "Served, not opened",
    "tile_rectified": "Low ratings put right",
    "tile_good_how": "Ratings of 4 and 5 over all ratings that count",
    "tile_good_of_visits_how": "Ratings of 4 and 5 over all visits",
    "tile_low_how": "Ratings of 1 and 2 over all ratings that count",
    "tile_unrated_how": "Visits that ended without a rating over all visits",
    "tile_unopened_how": (
        "Customers whom the queue or the host system counted beyond the visits opened here, over "
        "all whom it counted"
    ),
    "tile_rectified_how": "Low ratings whose case was resolved over all low ratings",
    "left_out": "{n} ratings don't count: repeats, or keys that staff pressed.",
    "apart_stray": (
        "Pressed outside a question: {times} times, {presses} presses, on panels and keypads. They "
        "rate nobody."
    ),
    "source_note_phone": (
        "Ratings are those on customers' own phones, who chose to take them out. Hours, reasons, "
        "steps and missing ratings are the panel's."
    ),
    "source_note_both": (
        "Ratings at the panel and on customers' own phones together. Hours, reasons, steps and "
        "the unrated share are the panel's."
    ),
    "apart_phone": (
        "Apart from all charts, on customers' own phones: good {share} of {n} ({interval})."
    ),
    "apart_companions": "Apart, too, companions by that link: good {share} of {n} ({interval}).",
    # legends
    "legend_band": "Limits of chance",
    "legend_diamond": "Past a limit",
    "legend_square": "A pattern",
    "legend_95": "95 % limits",
    "legend_998": "99.8 % limits",
    "legend_outside_998": "Outside 99.8 %",
    "legend_outside_95": "Outside 95 %",
    "legend_count": "Share of all reasons",
    "legend_sum": "Added up",
    "legend_good": "Good ratings with 95 % interval",
    "legend_visits": "Visits",
    "legend_late": "Later than the target",
    "legend_median": "Median",
    "legend_interval": "Its 95 % interval",
    "legend_p90": "9 of 10",
    "axis_ratings": "Ratings",
    # what a card says of one place
    "of_ratings": "{part} of {n} ratings",
    "of_visits": "{part} of {n} visits",
    "of_reasons": "{part} of {n} reasons given",
    "of_cases": "n = {n} cases",
    "of_opportunities": "{part} of {n} were late",
    "interval": "95 % interval: {low} – {high}",
    "no_interval": "Too few for an interval",
    "limits": "Limits of the day: {low} – {high}, centre {centre}",
    "limits_998": "99.8 % limits: {low} – {high}",
    "limits_95": "95 % limits: {low} – {high}",
    "added_up": "With those above: {share}",
    "until_p90": "9 of 10 within {time}",
    "until_median": "Half within {time}",
    "target": "Target: {time}",
    "per_million": "{n} late in a million",
    "clerk": "Clerk {staff}",
    "clerk_unrated": "Without a rating: {share} of {n} visits",
    "clerk_low": "Rated low: {share} of {n} ratings",
    "visits_n": "{n} visits",
    "hour_span": "{first}:00 – {last}:00",
    "below_time": "Less than {time}",
    "above_time": "{time} or longer",
    "between_times": "{first} to {last}",
    "too_few": "Too few to say anything",
    "others_n": "{n} others",
    "rule_1": "Past a limit of chance",
    "rule_2": "Two of three days far on one side",
    "rule_3": "Four of five days on one side",
    "rule_4": "Eight days in a row on one side",
    "rule_range": "Changed more than usual since the last time",
    "stands_far_above": "More than 99.8 % limits explain",
    "stands_above": "More than 95 % limits explain",
    "stands_below": "Fewer than 95 % limits explain",
    "stands_far_below": "Fewer than 99.8 % limits explain",
    "stands_within": "Within what chance makes",
    # members after low ratings
    "recovery_again": "Came again within {days} days",
    "recovery_redeemed": "Had a reward within {days} days",
    "recovery_good": "Next rating was good",
    "group_recovered": "Case resolved",
    "group_unrecovered": "Case not resolved",
    "group_others": "No low rating",
    "of_members": "{part} of {n} members",
    "of_members_rated": "{part} of {n} who rated again",
    "legend_share": "Share",
    "legend_interval_95": "95 % interval of the share",
    "recovery_note": (
        "Members' visits here of {first} – {last}, each followed for {days} days at all offices, "
        "whatever is chosen above. Nobody drew lots: what differs may have differed before."
    ),
    "recovery_empty": "Too few members with a low rating yet",
    # notes under charts
    "not_shown": "{n} with fewer than {least} are not shown. Nobody is ranked.",
    "all_shown": "Brought to the services that all had. Nobody is ranked.",
    "days_not_shown": "{n} days with fewer than {least} are not shown.",
    "time_empty": "No case was taken yet",
    "trend_empty": "Too few a day to draw a line",
    "staff_empty": "Nobody has {least} yet",
    "reasons_empty": "No reasons were given",
    "steps_empty": "No step was timed",
    "step_identify": "Finding the member",
    "step_serve": "Serving",
    "step_answer": "Customer's answer",
    "soon_taken": "Taken",
    "soon_there": "Manager there",
    "soon_closed": "Closed",
    "held_front": "With front line",
    "held_coordination": "With coordinator",
    "held_system": "With system owner",
    "held_of": "{part} of {n} closed cases",
    # definitions
    "def_wilson_share": "Wilson's interval of a share.",
    "def_indirectly_standardised_share": (
        "Share brought to the mix of services that all staff had; limits by Spiegelhalter's funnel."
    ),
    "def_exact_binomial_funnel": "Limits by the binomial distribution.",
    "def_exact_binomial_funnel_with_random_effects": (
        "Limits by the binomial distribution, widened for how much staff differ anyway."
    ),
    "def_p_chart": "p chart: limits at three standard deviations of chance.",
    "def_laney_p_prime_chart": (
        "Laney's p′ chart: limits at three standard deviations, for days that differ by more or "
        "less than chance."
    ),
    "def_xmr_individuals": (
        "XmR chart: limits at 2.66 mean moving ranges; a point is a day's median."
    ),
    "def_quantile_type_7": "The interval assumes no distribution.",
    "def_defects_per_million_opportunities": (
        "Each visit is one opportunity to take longer than the target."
    ),
}
