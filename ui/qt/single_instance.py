"""One running program a seat: the second one calls the first to the front and goes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS: Final = 500


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
        self._name = f"guichet-{digest[:24]}"
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def call_first(self) -> bool:
        """Call the program that runs already to the front; return whether there is one."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT_MS):
            return False
        socket.disconnectFromServer()
        return True

    def listen(self) -> None:
        """Take calls from now on; what a killed program left behind is cleared away."""
        QLocalServer.removeServer(self._name)
        self._server.listen(self._name)

    def close(self) -> None:
        """Take no more calls."""
        self._server.close()

    @Slot()
    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.called.emit()
