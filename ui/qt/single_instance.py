"""One running program a seat: the second one calls the first to the front and goes."""

from __future__ import annotations

import hashlib
import platform
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

_WAIT_MS: Final = 500
_MOST_WAITING: Final = 8


class SingleInstance(QObject):
    """Listens for further starts on the same data folder.

    The data folder's own lock keeps two programs from writing, and says whether there is one; this
    only lets them talk.

    Signals:
        called(): somebody started the program again.
    """

    called = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        """Speak for the seat of `folder`; nothing listens before `listen`."""
        super().__init__(parent)
        digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
        name = f"guichet-{digest[:24]}"
        is_windows = platform.system() == "Windows"
        self._way = NamedPipe(name, self) if is_windows else LocalSocket(name, self)
        self._way.called.connect(self.called)

    def call_first(self) -> bool:
        """Call the program that runs already to the front; return whether there is one."""
        return self._way.call_first()

    def listen(self) -> None:
        """Take calls from now on; what a killed program left behind is cleared away."""
        self._way.listen()

    def close(self) -> None:
        """Take no more calls."""
        self._way.close()


class LocalSocket(QObject):
    """Calls by a socket that is a file; without Qt's network, which is 3 MB."""

    called = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = Path(tempfile.gettempdir(), name)
        self._server: socket.socket | None = None
        self._notifier: QSocketNotifier | None = None

    def call_first(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(_WAIT_MS / 1000)
            try:
                caller.connect(str(self._path))
            except OSError:
                return False
        return True

    def listen(self) -> None:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.setblocking(False)
        try:
            self._path.unlink(missing_ok=True)
            server.bind(str(self._path))
            self._path.chmod(0o600)
            server.listen(_MOST_WAITING)
        except OSError:  # somebody else's file: it works uncalled, and the lock keeps others off
            server.close()
            return
        self._server = server
        self._notifier = QSocketNotifier(server.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_call)

    def close(self) -> None:
        if self._server is None or self._notifier is None:
            return
        self._notifier.setEnabled(False)
        self._server.close()
        self._server = self._notifier = None
        with suppress(OSError):
            self._path.unlink()

    @Slot()
    def _on_call(self) -> None:
        if self._server is None:
            return
        with suppress(OSError):  # none waits, or one has gone
            self._server.accept()[0].close()
            self.called.emit()


class NamedPipe(QObject):
    """Calls by Qt's local server, which is a named pipe on Windows."""

    called = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._server: QLocalServer | None = None

    def call_first(self) -> bool:
        from PySide6.QtNetwork import QLocalSocket

        caller = QLocalSocket()
        caller.connectToServer(self._name)
        if not caller.waitForConnected(_WAIT_MS):
            return False
        caller.disconnectFromServer()
        return True

    def listen(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_call)
        QLocalServer.removeServer(self._name)
        self._server.listen(self._name)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    @Slot()
    def _on_call(self) -> None:
        if self._server is None:
            return
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.disconnected.connect(caller.deleteLater)
            self.called.emit()
