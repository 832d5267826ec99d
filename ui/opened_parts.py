"""A seat opened by its data folder: the only place where app and sync are put together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.domain.errors import Unavailable
from app.domain.late import put_off
from app.domain.program import program_version
from ui.qt.exports import ExportFolder, usual_folder
from ui.qt.printers import make_printer

if TYPE_CHECKING:
    from app.domain.records import Case
    from app.ports.patience import Patience
    from app.ports.vault import Vault
    from app.services.core import Core
    from app.settings.in_force import Settings
    from app.settings.schema import SeatSettings
    from sync.client.updating.builds import SeatFacts
    from sync.client.updating.runner import UpdateRunner

# SQLAlchemy and keyring import these for what a client never asks of them: with theirs, 3 MB
_LATE: Final = ("asyncio", "importlib_metadata", "more_itertools")


class OpenedParts:
    """A seat's core and its sync, opened together and closed in order."""

    def __init__(
        self, settings: Settings, *, patience: Patience | None = None, prints: bool = True
    ) -> None:
        """Open the seat's data folder, as it is set up.

        `patience` waits while damaged data is mended, now or later. Receipts that wait come out
        of the printer if it `prints`.

        Raises:
            Unavailable: what `app.bootstrap.build_core` names.
        """
        put_off(_LATE)
        from app.credentials.keyring_vault import take_own_keyring
        from app.credentials.vaults import open_vault
        from app.store.folder import prepare

        told = settings.values
        folder = told.data_folder
        prepare(folder)  # before anything is written into it
        settings.keep()
        take_own_keyring()
        vault = open_vault(folder)
        _unlock_meanwhile(vault)
        from app.bootstrap import build_core
        from app.devices.printer_settings import printer_settings
        from sync.client.lan.node import InReach
        from sync.client.lan.settings import lan_settings
        from sync.client.online import HttpOnlineDesk
        from sync.client.session import TokenCache
        from sync.client.transport import HttpTransport

        self._folder = folder
        self._transport = partial(
            HttpTransport, authority=told.certificate_authority, proxy=told.proxy
        )
        self._tokens = TokenCache()
        self._neighbours = InReach()
        self._online: HttpOnlineDesk | None = None

        def make_online(store: Any, clock: Any) -> HttpOnlineDesk:
            self._online = HttpOnlineDesk(
                store, self._transport, clock, tokens=self._tokens, version=program_version()
            )
            return self._online

        printing = printer_settings(told)
        self._opened = build_core(
            folder,
            make_online,
            vault=vault,
            patience=patience,
            printer=make_printer(printing) if prints else None,
            receipt_language=printing.language,
            neighbours=self._neighbours,
            exports=ExportFolder(printing.files or usual_folder()),
        )
        self.core: Core = self._opened.core
        self.vault_strength = self._opened.vault_strength
        self._lan_settings = lan_settings(told)
        self._sync: Any = None
        self._updates = _updates(told, self._seat_facts)
        self._readying = threading.Thread(target=self._opened.ready_search, name="guichet-ready")

    def when_shut(self, listener: Callable[[Unavailable], None]) -> None:
        """Have `listener` called, on any thread, when the seat goes blind."""
        self._opened.when_shut(listener)

    def start_sync(self, on_alarm: Callable[[object], None]) -> None:
        """Let sync run; `on_alarm` gets a case that rings now, on a thread of sync's."""
        from sync.client.lan.node import LanNode
        from sync.client.lan.phones.host import PhoneHost
        from sync.client.loop import SyncRunner

        seat = self._opened
        phones = seat.core.phones

        def ring(case: Case) -> None:
            phones.hear(case)  # before any window knows: a manager may be on the floor
            on_alarm(case)

        def hear(case: Case) -> None:
            ring(case)
            self.wake_sync()  # the server is to know of it before anybody acts on it

        lan = LanNode(
            seat.neighbours,
            seat.sync,
            seat.clock,
            on_alarm=hear,
            on_reach=seat.core.note_desk_in_reach,
            settings=self._lan_settings,
            transfers=seat.transfers,
            on_request=seat.core.approvals.hear,
            phones=PhoneHost(phones, seat.page, self._lan_settings),
        )
        seat.core.ask_desks_by(lan.ask_desks)
        self._neighbours.node = lan
        self._sync = SyncRunner(
            seat.sync,
            self._transport,
            seat.clock,
            ring,
            tokens=self._tokens,
            lan=lan,
            pictures=seat.pictures,
            on_picture=seat.core.note_picture,
            condition=partial(seat.condition, program_version()),
        )
        self._sync.start()
        self._readying.start()
        if self._updates is not None:
            self._updates.start()

    def order_update(self, *, quiet_s: float) -> bool:
        """Whether the program is to close for another version, see `UpdateRunner.order`."""
        return self._updates is not None and self._updates.order(quiet_s=quiet_s)

    def _seat_facts(self) -> SeatFacts:
        from app.domain.entry import ENTRY_VERSION
        from app.store.migrations import STEPS
        from sync.client.updating.builds import SeatFacts
        from sync.client.updating.seat_state import read_state

        queries = self.core.queries
        seat = queries.seat()
        return SeatFacts(
            running=program_version(),
            device_id=None if seat is None else seat.device_id,
            office="" if seat is None else seat.office_code,
            data_version=len(STEPS),
            entry_version=ENTRY_VERSION,
            unsent=queries.pending_summary().count,
            refused=frozenset(read_state(self._folder).refused),
        )

    def wake_sync(self) -> None:
        """Something waits to be sent."""
        if self._sync is not None:
            self._sync.wake()

    def stop_sync(self) -> None:
        """End sync's threads; what is under way ends by its own time limits."""
        if self._updates is not None:
            self._updates.stop()
        if self._sync is not None:
            self._sync.stop()

    def close(self) -> None:
        """Close what asks the server, and the data."""
        if self._readying.ident is not None:
            self._readying.join()
        if self._online is not None:
            self._online.close()
        self.core.close()


def _updates(told: SeatSettings, facts: Callable[[], SeatFacts]) -> UpdateRunner | None:
    """What looks after new versions, where a launcher would start them and they are wanted."""
    from sync.client.updating.launcher import LAUNCHER

    launcher = os.environ.get(LAUNCHER)
    if launcher is None or not told.updates:
        return None
    from sync.client.updating.installation import BadInstallation, Installation

    with suppress(BadInstallation):  # the launcher has said so
        installation = Installation.of(Path(launcher))
        if installation is not None:
            from sync.client.updating.runner import UpdateRunner

            installation = installation.on(told.update_channel)
            return UpdateRunner(installation, told.data_folder, program_version(), facts)
    return None


def _unlock_meanwhile(vault: Vault) -> None:
    """Have a file vault derive its key, a fifth of a second, while this thread imports."""

    def unlock() -> None:
        with suppress(Unavailable):  # told when the vault is asked for a key
            vault.get("")

    if vault.strength == "file":
        threading.Thread(target=unlock, name="guichet-vault", daemon=True).start()
