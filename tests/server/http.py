"""The application behind a real socket, and requests to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import uvicorn
from fastapi import FastAPI


class Http:
    """Requests to one server."""

    def __init__(self, app: FastAPI, url: str) -> None:
        self.app = app
        self.url = url
        self.session = requests.Session()

    def request(
        self, method: str, path: str, headers: Any = None, content: bytes | None = None
    ) -> requests.Response:
        return self.session.request(
            method, self.url + path, headers=headers, data=content, timeout=20
        )

    def get(self, path: str, headers: Any = None) -> requests.Response:
        return self.request("GET", path, headers)

    def post(self, path: str, headers: Any = None, content: bytes = b"") -> requests.Response:
        return self.request("POST", path, headers, content)


def api_routes(router: Any) -> Iterator[tuple[str, str]]:
    """(method, path) of all that answers, documented or not; newer FastAPIs nest the routers."""
    for route in router.routes:
        if hasattr(route, "original_router"):
            yield from api_routes(route.original_router)
        else:
            for method in route.methods - {"HEAD"}:
                yield method, route.path


def is_phones(path: str) -> bool:
    """Whether a manager's or a customer's phone calls there, which has no device's token."""
    return path == "/m" or path.startswith(("/m/", "/R/"))


@contextmanager
def serving(app: FastAPI) -> Iterator[Http]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    http = Http(app, f"http://127.0.0.1:{listening.getsockname()[1]}")
    try:
        yield http
    finally:
        app.state.feed.close()
        http.session.close()
        server.should_exit = True
        thread.join(20)
        listening.close()
