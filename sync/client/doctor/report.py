"""Telling what was found: a person, a script, and the file that the server is told from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.credentials.file_vault import write_private
from sync.client.doctor import words_en, words_zh
from sync.client.doctor.findings import CODES, Finding, Severity, Words
from sync.client.doctor.runner import Report

EXIT_FAILED: Final = 3
"""Behind the severities' own codes: the doctor itself failed, or was asked wrongly."""
RESULT_NAME: Final = "doctor.json"
"""In the data folder: the last result, `{"ran_ms": 1795000000000, "worst": "error", "codes":
["disk_full"]}`: when (ms since 1970 by the PC's clock), 'well', 'warning' or 'error', and the codes
of the warnings and errors, the worst first. Nothing else is ever in it, so it may be reported."""

_LANGUAGES: Final = {"en": words_en, "zh_CN": words_zh}
LANGUAGES: Final = tuple(_LANGUAGES)
_MS_PER_S: Final = 1000


def exit_code(report: Report) -> int:
    """0 well, 1 warnings, 2 errors, 3 the doctor itself failed."""
    return EXIT_FAILED if report.failed else int(report.worst)


def worst_of(report: Report) -> str:
    """'well', 'warning' or 'error'."""
    return "well" if report.worst is Severity.NOTE else report.worst.name.lower()


def words(finding: Finding, language: str) -> Words:
    """What is said of a finding, its blanks filled."""
    told = _LANGUAGES[language]
    detail: dict[str, Any] = _detail(finding)
    if "why" in detail:
        detail["why"] = told.WHY.get(str(detail["why"]), told.WHY[""])
    if "how" in detail:
        detail["how"] = told.HOW[str(detail["how"])]
    return Words(*(part.format(**detail) for part in told.WORDS[finding.code]))


def as_text(report: Report, language: str, *, version: str) -> str:
    """The report for a person, the worst first."""
    labels = _LANGUAGES[language].LABELS
    severities = [finding.severity for finding in report.findings]
    lines = [
        labels["head"].format(
            version=version,
            when=datetime.fromtimestamp(report.ran_ms / _MS_PER_S, UTC).strftime(
                "%Y-%m-%d %H:%M UTC"
            ),
            errors=severities.count(Severity.ERROR),
            warnings=severities.count(Severity.WARNING),
            took=f"{report.took_ms / _MS_PER_S:.1f}",
        ),
        "",
    ]
    for finding in report.findings:
        said = words(finding, language)
        lines += [
            f"{labels[finding.severity.name.lower()]}  {said.title}  [{finding.code}]",
            f"    {said.what}".rstrip(),
            f"    {labels['mend']}{said.mend}",
            "",
        ]
    if not report.findings:
        lines += [labels["well"], ""]
    states: dict[str, list[str]] = {}
    for each in report.looked:
        if each.state != "done" or not each.findings:
            states.setdefault(each.state, []).append(each.check)
    for state in ("done", "not looked at", "failed"):
        if state in states:
            lines.append(labels[state].format(checks=", ".join(states[state])))
    return "\n".join(lines)


def as_json(report: Report, language: str, *, version: str) -> dict[str, Any]:
    """The report for a script, as plain values."""
    return {
        "version": version,
        "ran_ms": report.ran_ms,
        "took_ms": report.took_ms,
        "exit": exit_code(report),
        "worst": worst_of(report),
        "checks": [
            {"check": each.check, "state": each.state, "took_ms": each.took_ms}
            for each in report.looked
        ],
        "findings": [
            {
                "code": finding.code,
                "check": _check_of(finding),
                "severity": finding.severity.name.lower(),
                **words(finding, language)._asdict(),
                "detail": _detail(finding),
            }
            for finding in report.findings
        ],
    }


def _detail(finding: Finding) -> dict[str, str | int]:
    """As it may be shown: other accounts and servers wrote parts of it, and perhaps to a terminal.

    Lines that are nobody's are made one.
    """
    return {
        name: "".join(c if c.isprintable() else " " for c in value)
        if isinstance(value, str)
        else value
        for name, value in finding.detail.items()
    }


def _check_of(finding: Finding) -> str:
    return CODES[finding.code][0] or str(finding.detail["check"])


def result(report: Report) -> Mapping[str, object]:
    """What `RESULT_NAME` holds."""
    codes = [each.code for each in report.findings if each.severity is not Severity.NOTE]
    return {
        "ran_ms": report.ran_ms,
        "worst": worst_of(report),
        "codes": list(dict.fromkeys(codes)),
    }


def keep_result(report: Report, folder: Path) -> None:
    """Leave the result in the data folder, for whom the folder is for.

    Raises:
        OSError: there is none, or this account may not write there.
    """
    write_private(folder / RESULT_NAME, json.dumps(result(report)).encode())
