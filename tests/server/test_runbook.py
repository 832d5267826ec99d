"""Every command that the runbook names is one, with the options that it names."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from sync.server.command_line import make_parser, parse

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", TEXT, re.DOTALL)
SPANS = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))


def commands() -> dict[str, set[str]]:
    """The options of each command, by its words."""

    def walk(parser: argparse.ArgumentParser, words: str) -> None:
        found[words] = {o for action in parser._actions for o in action.option_strings}
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, below in action.choices.items():
                    walk(below, f"{words} {name}".strip())

    found: dict[str, set[str]] = {}
    walk(make_parser(), "")
    return found


KNOWN = commands()


def named(text: str) -> str:
    """The longest command that the words begin with."""
    words = text.split()
    for count in range(len(words), -1, -1):
        if " ".join(words[:count]) in KNOWN:
            return " ".join(words[:count])
    raise AssertionError("unreachable")


def typed() -> list[str]:
    """The lines of the runbook's blocks that call the server's program, put together."""
    joined = "\n".join(BLOCKS)
    lines, open_line = [], ""
    for line in joined.splitlines():
        open_line = f"{open_line}\n{line}" if open_line else line
        if open_line.count("'") % 2 == 0:
            lines.append(open_line)
            open_line = ""
    calls = [line.partition("guichet-server ")[2].strip(" )") for line in lines]
    return [call for call in calls if call]


@pytest.mark.parametrize("line", typed())
def test_what_a_block_says_can_be_typed(line: str) -> None:
    parse(shlex.split(line.partition(")")[0] if "#" in line else line, comments=True))


def test_what_the_text_names_is_a_command_with_these_options() -> None:
    mentions = [" ".join(span.split()) for span in SPANS]
    called = [m for m in mentions if m.startswith("guichet-server ")]
    assert len(called) > 25
    for mention in (m.removeprefix("guichet-server ") for m in called):
        if mention.startswith("COMMAND"):
            continue
        command = named(mention)
        assert command, mention
        options = {word.partition("=")[0] for word in mention.split() if word.startswith("--")}
        assert options <= KNOWN[command] | KNOWN[""], mention


def test_the_runbook_has_a_place_for_each_trouble() -> None:
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    linked = set(re.findall(r"\]\(#([^)]+)\)", TEXT))
    assert len(linked) > 6
    assert linked <= anchors
