"""What the report of figures says on paper, in English, by key; translated with `desk_words`."""

from __future__ import annotations

from typing import Final

DESK_REPORT: Final = {
    "report_title": "Service ratings",
    "report_page": "Page {page} of {pages}",
    "report_foot": "{programme} · {office} · {first} – {last}",
    "report_period": "Days",
    "report_services": "Services",
    "report_staff": "Staff",
    "report_all_staff": "All; nobody is named",
    "report_source": "Data",
    "report_made": "Made",
    "report_made_by": "{time}, by {number}",
    "report_own": "This office's own data, as of {time}",
    "report_own_offline": (
        "This office's own data without the central office, as of {time}; what other counters "
        "recorded since is missing"
    ),
    "report_told": "As the central office counted them, {time}",
    "report_lead": (
        "{rated} of {visits} visits were rated. Of {n} ratings that count {good} are good and "
        "{low} are low."
    ),
    "report_lead_days": (
        "Past a limit of chance: {low} days of low ratings, {unrated} of missing ones."
    ),
    "report_lead_few": "{visits} visits; too few were rated to say anything of them.",
    "report_figure": "Figure",
    "report_value": "Value",
    "report_interval": "95 % interval",
    "report_of": "Of",
    "report_headline": "At a glance",
    "report_states": "How visits without a rating ended",
    "report_state": "Ended",
    "report_share": "Share of all visits",
    "report_trends": "Day by day",
    "report_service": "Within the day",
    "report_between": "Between staff, and why",
    "report_flagged": "Days past a limit of chance",
    "report_flagged_more": "{n} more, earlier",
    "report_appendix": "What each figure means",
    "report_few_clerks": (
        "Of fewer than {least} clerks nothing is compared on paper: each could be told by their "
        "number of customers."
    ),
    "report_excluded": (
        "Left out: {n} ratings that don't count: repeats, keys that staff pressed, appeals upheld."
    ),
    "report_excluded_none": "No rating was left out.",
    "report_least": (
        "Shares of fewer than {least} customers are not shown, and clerks with fewer than {staff} "
        "are not compared."
    ),
    "means_visit": "Visit",
    "means_visit_how": (
        "An encounter that a clerk opened, on the day on which it began by the office's clock. It "
        "ends in one state: rated, declined, timed out, not asked, panel out of order, or the next "
        "customer came. A timeout is never 'satisfied'."
    ),
    "means_rating": "Rating that counts",
    "means_rating_how": (
        "The last face of a visit. A second press within five seconds, keys that staff pressed and "
        "what a manager upheld an appeal against are kept, counted as left out, and not part of "
        "any share. Good is 4 and 5, low is 1 and 2."
    ),
    "means_unrated_how": (
        "Visits that did not end rated, over all visits. It stands beside every score: whoever is "
        "judged by good ratings alone has a reason not to ask."
    ),
    "means_unopened_how": (
        "A queue's tickets or a host system's transactions beyond the visits that were opened, "
        "over all of them; each day and counter is compared with its own. Whoever is served "
        "without a visit is never asked to rate, and isn't among the unrated."
    ),
    "of_served": "n = {n} served",
    "means_rectified_how": (
        "Low ratings whose case a manager closed as resolved, over all low ratings with a case."
    ),
    "means_interval_how": (
        "Wilson's interval: where the share would lie in the long run, were the days alike. Where "
        "two intervals overlap widely, the difference may be chance."
    ),
    "means_trend": "Limits of a day",
    "means_trend_how": (
        "Laney's p′ chart: three standard deviations around the centre, for as many customers as "
        "that day had, widened by how much days differ anyway. A point outside is a question to "
        "ask, not an answer."
    ),
    "means_times": "Times until cases come on",
    "means_times_how": (
        "Seconds from the tap until somebody took the case, was with the customer, and closed it; "
        "median and 90 % quantile (type 7) of those where that has happened. Days are compared on "
        "an XmR chart: mean ± 2.66 mean moving ranges. Of closed cases that were passed on, for "
        "how long the front line, who coordinates departments, and who can mend the system each "
        "had them while they were open."
    ),
    "means_steps_how": (
        "Opened to member known, opened to ended, ended to rated. Late is what took as long as the "
        "target or longer."
    ),
    "means_recovery_how": (
        "Members' first visit with a low rating, or their first visit where they gave none, and "
        "what they did from the next day on: a visit, a reward that they kept, their next rating "
        "that counts. Resolved is a case closed so within those days; of members without a low "
        "rating at most 2,000 are followed, drawn by lot. A good answer may pay in satisfaction "
        "and not in visits, so both stand here."
    ),
    "means_staff": "Between staff",
    "means_staff_how": (
        "Each point is a clerk, unnamed, by the number of their customers. Shares are brought to "
        "the mix of services that all had; limits are binomial, at 95 % and 99.8 %, widened for "
        "how much staff differ anyway. Within them clerks don't differ by more than chance makes."
    ),
    "means_reasons": "Reasons",
    "means_reasons_how": "What customers chose with low ratings; several are possible.",
}
