"""The sentences about vouchers and receipts, in English: tables only; `wording` translates them."""

from __future__ import annotations

from typing import Final

from ui.qt.language import QT_TRANSLATE_NOOP

PAPER_ERRORS: Final[dict[str, str]] = {
    "voucher_unreadable": QT_TRANSLATE_NOOP(
        "Errors", "The voucher can't be read whole. Hold it still and scan again."
    ),
    "voucher_other_programme": QT_TRANSLATE_NOOP(
        "Errors", "This voucher is another programme's. It isn't taken here."
    ),
    "voucher_forged": QT_TRANSLATE_NOOP(
        "Errors", "No counter of this programme issued this voucher. Don't hand anything over."
    ),
    "voucher_issuer_shut_out": QT_TRANSLATE_NOOP(
        "Errors",
        "The PC that issued this voucher was shut out. Only with the network can it be checked.",
    ),
    "voucher_expired": QT_TRANSLATE_NOOP("Errors", "This voucher's last day is over."),
    "voucher_elsewhere": QT_TRANSLATE_NOOP(
        "Errors", "Only the office that issued this voucher takes it."
    ),
    "voucher_used_here": QT_TRANSLATE_NOOP(
        "Errors", "This voucher was taken at this counter before."
    ),
    "voucher_used": QT_TRANSLATE_NOOP("Errors", "This voucher was used at another counter before."),
    "voucher_voided": QT_TRANSLATE_NOOP(
        "Errors", "The reward of this voucher was taken back, so it is worth nothing."
    ),
    "voucher_refunded": QT_TRANSLATE_NOOP(
        "Errors", "The points of this voucher were given back, so it is worth nothing."
    ),
    "printer_paper": QT_TRANSLATE_NOOP("Errors", "The printer has no paper: put in a new roll."),
    "printer_cover": QT_TRANSLATE_NOOP("Errors", "The printer is open: close its cover."),
    "printer_fault": QT_TRANSLATE_NOOP(
        "Errors", "The printer has trouble: switch it off and on again."
    ),
    "printer_silent": QT_TRANSLATE_NOOP(
        "Errors", "The printer doesn't answer: see whether it is on."
    ),
    "printer_unreachable": QT_TRANSLATE_NOOP(
        "Errors", "The printer doesn't answer: see whether it is on."
    ),
    "printer_folder": QT_TRANSLATE_NOOP("Errors", "The receipts' folder can't be written."),
    "statement_needs_server": QT_TRANSLATE_NOOP(
        "Errors",
        "Only with the central office can it be saved: that writes down who took it along."
        " It can be printed.",
    ),
    "own_weeks_need_server": QT_TRANSLATE_NOOP(
        "Errors",
        "Only the central office knows your weeks, and it doesn't answer now. Try again later.",
    ),
    "statement_busy": QT_TRANSLATE_NOOP(
        "Errors", "Too many statements were asked for here. Try again in an hour."
    ),
    "statement_refused": QT_TRANSLATE_NOOP(
        "Errors", "The central office doesn't give this statement out to you."
    ),
    "export_exists": QT_TRANSLATE_NOOP(
        "Errors", "There is a file {file} already; it was left as it is. Do it again."
    ),
    "export_full": QT_TRANSLATE_NOOP(
        "Errors", "There is no room in {folder}, so nothing was saved. Free some space."
    ),
    "export_denied": QT_TRANSLATE_NOOP(
        "Errors", "This program may not write into {folder}, so nothing was saved."
    ),
    "export_failed": QT_TRANSLATE_NOOP(
        "Errors", "{folder} didn't take the file, so nothing was saved. See whether it is there."
    ),
    "receipt_undone": QT_TRANSLATE_NOOP("Errors", "This was undone, so there is no receipt of it."),
    "unknown_receipt": QT_TRANSLATE_NOOP("Errors", "This receipt isn't on this PC any more."),
}

RECEIPT_STATES: Final[dict[str, str]] = {
    "waiting": QT_TRANSLATE_NOOP("Receipts", "About to come out"),
    "printed": QT_TRANSLATE_NOOP("Receipts", "Printed; comes out as a copy"),
    "held": QT_TRANSLATE_NOOP("Receipts", "Not printed"),
    "doubtful": QT_TRANSLATE_NOOP("Receipts", "Look whether it came out"),
}

RECEIPT_KINDS: Final[dict[str, str]] = {
    "redemption": QT_TRANSLATE_NOOP("Receipts", "Reward"),
    "refund": QT_TRANSLATE_NOOP("Receipts", "Reward given back"),
    "statement": QT_TRANSLATE_NOOP("Receipts", "Statement"),
    "accrual": QT_TRANSLATE_NOOP("Receipts", "Points earned"),
    "matter": QT_TRANSLATE_NOOP("Receipts", "Complaint or question"),
}
