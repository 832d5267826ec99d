"""A counter whose disk is a tmpfs of a few megabytes, and fills up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.reckoning import reckon

pytestmark = pytest.mark.slow

DISK_BYTES = 12 * 1024 * 1024
PAGE_BYTES = 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own; unmounted whatever becomes of the test."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            f"this test mounts a small file system, and may not: {done.stderr.strip()}. "
            "Run it as root with CAP_SYS_ADMIN (docker run --cap-add SYS_ADMIN)."
        )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Ballast:
    """A file that takes all the room there is, to the last page, or gives some back."""

    def __init__(self, disk: Path) -> None:
        self._path = disk / "ballast"

    def fill(self) -> None:
        with self._path.open("ab", buffering=0) as file:
            for size in (1024 * 1024, PAGE_BYTES):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:  # no space left on device
                    pass

    def remove(self) -> None:
        self._path.unlink()


def test_a_counter_with_a_full_disk_says_so_and_goes_on_when_there_is_room(
    small_disk: Path, make_central: MakeCentral, make_pc: MakePc
) -> None:
    central = make_central("sqlite")
    central.start()
    ballast = Ballast(small_disk)
    pc = make_pc("A1", folder=small_disk / "seat")
    pc.start()
    pc.join(central)
    pc.order("work")
    for number in range(3):
        refused = pc.tell()["refused"].get("disk_full", 0)
        ballast.fill()
        until(
            lambda refused=refused: pc.tell()["refused"].get("disk_full", 0) > refused + 5,  # type: ignore[misc]
            "the counter says that its disk is full",
        )
        confirmed = pc.confirmed()
        if number == 1:  # and a power cut on top
            pc.kill()
            pc.start(wait=False)
            opened = pc.hear(lambda line: "answer" in line)
            if opened["answer"] == "unavailable":
                assert opened["code"] in ("disk_full", "disk_error")
                pc.put_away()
                ballast.remove()
                pc.start()
                pc.order("work")
            else:
                pc.order("work")
                ballast.remove()
        else:
            ballast.remove()
        until(
            lambda confirmed=confirmed: pc.confirmed() > confirmed + 10,  # type: ignore[misc]
            "the counter goes on",
        )
        until(lambda: bool(pc.tell()["online"]), "sync goes on")
    pc.order("rest")
    told = pc.tell()
    assert set(told["refused"]) <= {"disk_full", "disk_error"}, told
    pc.drain()
    pc.leave()
    central.stop()
    print(reckon(central, [pc]))


def test_a_new_seat_without_room_for_its_members_gets_them_when_there_is(
    small_disk: Path, make_central: MakeCentral, make_pc: MakePc
) -> None:
    """The room ends while the members file is made: no half of it is ever used."""
    central = make_central("sqlite")
    central.start()
    ballast = Ballast(small_disk)
    pc = make_pc("A1", folder=small_disk / "seat")
    pc.start()
    (small_disk / "room").write_bytes(bytes(20 * PAGE_BYTES))
    ballast.fill()
    (small_disk / "room").unlink()  # enough for the enrolment
    pc.enrol(central)
    until(lambda: "sync has to wait" in pc.log.read_text(), "sync says why it waits")
    assert pc.tell()["members"] == 0
    assert not pc.tell()["has_data"]
    ballast.remove()
    until(lambda: bool(pc.tell()["has_data"]), "the members come")
    assert pc.tell()["members"] == 1
    pc.order("work")
    until(lambda: pc.confirmed() > 10, "and are served")
    pc.order("rest")
    pc.drain()
    pc.leave()
    central.stop()
    print(reckon(central, [pc]))
