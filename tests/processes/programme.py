"""The programme that these tests run: one office, two counters and a desk, twenty rich members."""

from __future__ import annotations

from pathlib import Path

OFFICE = "PEK"
COUNTERS = ("A1", "A2")
DESK = "D"
STAFF = ("101", "1357")
MANAGER = ("900", "2468")
CARDS = tuple(f"SC{number:06}" for number in range(100_001, 100_021))
OPENING_POINTS = 5_000_000
REWARD_POINTS = 700


def write_members(path: Path) -> None:
    """The members as the server's import takes them."""
    rows = [
        f"{card},张伟{n},138001{n:05},gold,{OFFICE},{OPENING_POINTS}"
        for n, card in enumerate(CARDS)
    ]
    path.write_text("\n".join(["card_no,name,phone,tier,home_office,points", *rows]) + "\n")


def setting_up(members: Path, database_url: str) -> list[list[str]]:
    """The commands of `guichet-server` that make it, in order."""
    init = ["init", "--programme", "P", "--office", OFFICE, "--time-zone", "Asia/Shanghai"]
    return [
        [*init, "--admin-pin", "9999", "--database", database_url],
        *(["counter", "add", OFFICE, label] for label in (*COUNTERS, DESK)),
        ["staff", "add", STAFF[0], "Li Na", "--office", OFFICE, "--pin", STAFF[1]],
        [
            *("staff", "add", MANAGER[0], "Wang Min", "--office", OFFICE, "--pin", MANAGER[1]),
            *("--role", "duty_manager"),
        ],
        ["reward", "add", "1", "Lounge visit", str(REWARD_POINTS)],
        ["import", "members", str(members)],
    ]
