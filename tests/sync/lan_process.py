"""One seat of an office as a process: python -m tests.sync.lan_process FOLDER desk|counter.

The desk makes the office and leaves the counter's papers in FOLDER. Both say on their output what
happens, a JSON a line; the counter rates for each line of its input; both end with their input.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from pathlib import Path

from app.credentials.clock import SystemClock
from app.credentials.device_key import DEVICE_KEY, DeviceKey
from app.domain.records import Case
from sync.client.lan.node import LanNode
from sync.client.lan.settings import Address, LanSettings
from tests.store.seats import MemoryVault
from tests.sync.lan_office import Device, NeighbourFake, Office, TransferFake, Waiting


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def ring(case: Case) -> None:
    say(rang_s=time.monotonic(), label=case.counter_label)


def keep(device: Device, file: Path) -> None:
    secret = device.key.private_bytes_raw()
    papers = (device.identity, device.store.certificate, device.store.authority, secret)
    file.write_bytes(pickle.dumps(papers))


def read(file: Path) -> Device:
    identity, certificate, authority, secret = pickle.loads(file.read_bytes())
    vault = MemoryVault()
    vault.put(DEVICE_KEY, secret)
    store = NeighbourFake(DeviceKey(vault), certificate, authority)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Device(identity, store, Ed25519PrivateKey.from_private_bytes(secret), "A1")


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    folder.mkdir(exist_ok=True)
    if kind == "desk":
        office = Office()
        device = office.device("desk", label="D")
        keep(office.device(label="A1"), folder / "counter")
    else:
        device = read(folder / "counter")
    waiting = Waiting(folder, device)
    node = LanNode(
        device.store,
        waiting,
        SystemClock(),
        on_alarm=ring,
        on_reach=lambda reached: say(reached=reached),
        settings=LanSettings("auto", Address("", 8461)),
        transfers=TransferFake(),
    )
    node.start()
    if kind == "desk":
        while node.port is None:
            time.sleep(0.01)
        say(listens=node.port)
    for _ in sys.stdin:
        waiting.rate()
        say(rated_s=time.monotonic())
        node.wake()
    assert node.stop()


if __name__ == "__main__":
    main()
