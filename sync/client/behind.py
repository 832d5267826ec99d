"""What can wait shares one thread and one connection: pictures, and how the seat is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from sync.client.exchange import Fault, Idle, Request, Response, Send

_REST_S: Final = 3_600.0
"""Between two looks of nobody at nothing."""


class Machine(Protocol):
    """Something that decides what to send, and takes what comes of it."""

    def poll(self, now: float) -> Send | Idle: ...

    def received(self, request: Request, response: Response, now: float) -> None: ...

    def failed(self, request: Request, fault: Fault, now: float) -> None: ...


class Behind:
    """Several machines as one: whoever sent last is asked last."""

    def __init__(self, machines: Sequence[Machine]) -> None:
        self._machines = list(machines)
        self._sender: Machine | None = None

    def poll(self, now: float) -> Send | Idle:
        """What to do now."""
        until_s = now + _REST_S
        for machine in list(self._machines):
            step = machine.poll(now)
            if isinstance(step, Send):
                self._sender = machine
                self._machines.remove(machine)
                self._machines.append(machine)
                return step
            until_s = min(until_s, step.until_s)
        return Idle(until_s)

    def received(self, request: Request, response: Response, now: float) -> None:
        """Take the answer to the request that `poll` gave."""
        assert self._sender is not None, "only what was sent is answered"
        self._sender.received(request, response, now)

    def failed(self, request: Request, fault: Fault, now: float) -> None:
        """The request that `poll` gave had no answer."""
        assert self._sender is not None, "only what was sent fails"
        self._sender.failed(request, fault, now)
