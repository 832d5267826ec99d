"""What a PC in the simulation has in place of a keyring, threads and sockets."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Literal, TypeVar
from uuid import UUID

from app.services.views import Seat as SeatView
from app.store.seat import Seat
from sync.client.exchange import Request, Response
from sync.client.feed import FeedStream

T = TypeVar("T")


class MemoryVault:
    """Secrets of a PC; they outlive a crash."""

    strength: Literal["system", "file"] = "file"

    def __init__(self, secrets: dict[str, bytes] | None = None) -> None:
        self.secrets: dict[str, bytes] = dict(secrets or {})

    def get(self, name: str) -> bytes | None:
        return self.secrets.get(name)

    def put(self, name: str, secret: bytes) -> None:
        self.secrets[name] = secret

    def delete(self, name: str) -> None:
        self.secrets.pop(name, None)


class InlineExecutor(Executor):
    """Runs a call where it is asked for, so that a run repeats."""

    def submit(self, call: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(call(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 # raised again where the result is asked for
            done.set_exception(error)
        return done


class Line:
    """The online desk's way into the network."""

    def __init__(self, send: Callable[..., Response]) -> None:
        self._send = send

    def send(self, request: Request, *, limit_s: float | None = None) -> Response:
        return self._send(request, limit_s=limit_s)

    def close(self) -> None:
        pass


def not_opened(_: str) -> FeedStream:
    raise AssertionError("lines are opened by the wires")


def seat_view(seat: Seat) -> SeatView | None:
    document = seat.document()
    if document is None:
        return None
    return SeatView(
        device_id=UUID(str(document["device_id"])),
        kind="desk" if document["kind"] == "desk" else "counter",
        programme_name=str(document["programme_name"]),
        office_code=str(document["office_code"]),
        office_name=str(document["office_name"]),
        counter_label=str(document["counter_label"]),
        time_zone=str(document["office_time_zone"]),
        programme_id=UUID(str(document["programme_id"])),
        office_id=UUID(str(document["office_id"])),
    )
