"""Whether the server is away is found out as soon as the feed can't be opened, once an outage."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from sync.client.exchange import Fault
from sync.client.feed import FeedReader
from sync.client.session import TokenCache

Outcome = Literal["no answer", "heard, then broken"]
HELLO = b'{"kind":"hello","server_ms":7,"case":null}'


class Leaps:
    """Whoever looks at it has rested long enough."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic_s(self) -> float:
        self._now += 100.0
        return self._now


class Stream:
    status = 200

    def lines(self) -> Iterator[bytes]:
        yield HELLO
        raise Fault("lost", "the line broke")

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class Told:
    """What came of a script, in order."""

    script: list[Outcome]
    heard: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        clock: Any = Leaps()
        tokens = TokenCache()
        tokens.keep("t", now=0, life_s=1e9)
        reader = FeedReader(
            self.open,
            clock,
            tokens=tokens,
            source=random.Random(1),
            on_changed=lambda: self.heard.append("pull"),
            on_alarm=lambda _: None,
            on_open=lambda is_open: self.heard.append("open" if is_open else "lost"),
        )
        self.reader = reader
        reader.run()
        return self.heard

    def open(self, token: str) -> Stream:
        if len(self.script) == 1:
            self.reader.stop()
        if self.script.pop(0) == "no answer":
            raise Fault("unreachable", "no route")
        return Stream()


def test_a_feed_that_never_opened_has_somebody_look_once() -> None:
    assert Told(["no answer"] * 5).run() == ["pull"]


def test_one_that_was_open_is_told_lost_and_no_more() -> None:
    told = Told(["heard, then broken", "no answer", "no answer"]).run()
    assert told == ["open", "pull", "lost"]


def test_each_outage_is_looked_at() -> None:
    script: list[Outcome] = ["no answer", "no answer", "heard, then broken", "no answer"]
    assert Told(script).run() == ["pull", "open", "pull", "lost"]
