"""Builds a seat's core from its data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from app.credentials.approval_keys import approval_keys
from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.identity import VaultIdentity
from app.credentials.ids import new_id
from app.credentials.page_certificate import PageCertificate
from app.credentials.pins import check_pin
from app.credentials.shutter import FolderShutter
from app.credentials.vaults import open_vault
from app.credentials.voucher_keys import SeatVoucherKeys
from app.domain.errors import Unavailable
from app.domain.fleet import Condition
from app.domain.lean import dataclass
from app.domain.receipt_words import Language
from app.ports.clock import Clock
from app.ports.exports import Exports, NoExports
from app.ports.neighbours import NeighbourStore
from app.ports.online import StartingDesk
from app.ports.patience import Patience
from app.ports.phones import PageIdentity
from app.ports.pictures import PictureStore
from app.ports.pins import PinCheck
from app.ports.printer import Printer
from app.ports.sync_store import SyncStore
from app.ports.transfers import LeaseNeighbours, NoNeighbours, TransferStore
from app.ports.vault import Vault
from app.services.announcer import Announcer
from app.services.context import Context
from app.services.counter_core import CounterCore
from app.services.printing import PrintQueue, PrintRunner
from app.services.views import ChangeKind, Seat
from app.store.condition import seat_condition
from app.store.folder import prepare
from app.store.seat import Seat as StoredSeat
from app.store.seat import open_seat

_CALL_IN_S = 10.0

OnlineFactory = Callable[[SyncStore, Clock], StartingDesk]


@dataclass(frozen=True, slots=True)
class OpenedSeat:
    """A seat ready for work.

    Attributes:
        core: what screens call.
        sync: what the sync engine needs of the disk.
        neighbours: what the office's own network needs of disk and vault.
        transfers: leases as neighbours hand them on to each other.
        page: the certificate of the page for managers' phones.
        pictures: keeps what the server gives the panel to show.
        condition: how the seat is, given the program's version; raises Unavailable.
        vault_strength: 'system', or 'file' where the keyring doesn't work; then it is said.
        when_shut: has a listener called, on any thread, when the seat goes blind while it is open.
        ready_search: reads ahead what the first search needs, some 20 ms; on any thread.
    """

    core: CounterCore
    sync: SyncStore
    neighbours: NeighbourStore
    transfers: TransferStore
    page: PageIdentity
    pictures: PictureStore
    condition: Callable[[str], Condition]
    clock: Clock
    vault_strength: str
    when_shut: Callable[[Callable[[Unavailable], None]], None]
    ready_search: Callable[[], None]


def build_core(
    folder: Path,
    make_online: OnlineFactory,
    *,
    vault: Vault | None = None,
    clock: Clock | None = None,
    pin_check: PinCheck = check_pin,
    patience: Patience | None = None,
    printer: Printer | None = None,
    receipt_language: Language = "zh_CN",
    neighbours: LeaseNeighbours | None = None,
    exports: Exports | None = None,
) -> OpenedSeat:
    """Open a seat's data folder and build the core on it.

    Args:
        folder: the seat's data folder, on a disk of this PC.
        make_online: makes what asks the server while a person waits.
        vault: the seat's secrets; chosen by the folder's own record if not given.
        clock: the system's if not given.
        pin_check: argon2id if not given.
        patience: waits while damaged data is mended; nobody is told if not given.
        printer: prints receipts; none are printed if not given.
        receipt_language: for customers whose own isn't known.
        neighbours: counters that hand leases on; nobody does if not given.
        exports: takes files that people take along; none are written if not given.

    Raises:
        Unavailable: what `app.store.seat.open_seat` and `app.credentials.vaults.open_vault` name;
            revoked, out_of_contact.
    """
    prepare(folder)  # before anything is written into it
    vault = vault or open_vault(folder)
    clock = clock or SystemClock()
    shutter = FolderShutter(folder, vault)
    shutter.check()
    device_key = DeviceKey(vault)
    seat = open_seat(
        folder, vault, clock, new_id, sign=device_key.sign, shutter=shutter, patience=patience
    )

    def enrol(server_url: str, document: dict[str, object]) -> None:
        seat.enrol(server_url, document)
        shutter.keep_sealed_key(document)

    identity = VaultIdentity(vault, document=seat.document, enrol=enrol)
    announcer = Announcer()
    seat.listen(lambda kinds: announcer.announce(*kinds))
    online = make_online(seat.sync, clock)
    try:
        _see_that_it_may_work(seat, online, shutter)
    except BaseException:
        seat.close()
        raise
    context = Context(
        store=seat.work,
        members=seat.members,
        clock=clock,
        online=online,
        check_pin=pin_check,
        sign=seat.sync.sign,
        seat=_SeatReader(identity.document),
        vouchers=SeatVoucherKeys(document=identity.document, sign=seat.sync.sign),
        approval_keys=approval_keys(seat.document),
        neighbours=neighbours or NoNeighbours(),
        receipt_language=receipt_language,
        exports=exports or NoExports(),
        pictures=seat.pictures,
    )
    core = CounterCore(
        context,
        identity,
        announcer,
        new_id,
        seat.close,
        printing=None
        if printer is None
        else PrintRunner(
            PrintQueue(
                context,
                printer,
                receipt_language,
                lambda: announcer.announce(ChangeKind.RECEIPTS),
            )
        ),
    )
    core.start()
    return OpenedSeat(
        core,
        seat.sync,
        seat.neighbours(device_key.present),
        seat.transfers,
        PageCertificate(vault),
        seat.pictures,
        lambda version: seat_condition(context.store.reads, clock, folder, version=version),
        clock,
        vault.strength,
        seat.when_shut,
        seat.members.ready,
    )


def _see_that_it_may_work(seat: StoredSeat, online: StartingDesk, shutter: FolderShutter) -> None:
    """Before anything is shown: a PC that was off for weeks may ask the server once.

    Raises:
        Unavailable: revoked, out_of_contact; the disk or the vault.
    """
    document = seat.document()
    if document is None:
        return
    shutter.keep_sealed_key(document)
    if seat.sync.absent_too_long():
        online.call_in(limit_s=_CALL_IN_S)
        if seat.sync.identity() is not None and seat.sync.absent_too_long():
            seat.sync.lock_up()
    shutter.check()


class _SeatReader:
    """The seat as enrolment named it; asked for by every command, read from the disk once."""

    def __init__(self, document: Callable[[], dict[str, object] | None]) -> None:
        self._document = document
        self._seat: Seat | None = None

    def __call__(self) -> Seat | None:
        if self._seat is None:
            document = self._document()
            if document is not None:
                self._seat = _seat(document)
        return self._seat


def _seat(document: dict[str, object]) -> Seat:
    return Seat(
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
