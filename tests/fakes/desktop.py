"""An X desktop of its own whose screens are plugged and unplugged: Xvfb with RandR's monitors."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator


class Screens:
    """The screens of one X server."""

    def __init__(self, display: str) -> None:
        self.display = display

    def plug(
        self,
        name: str,
        size: tuple[int, int],
        at: tuple[int, int],
        *,
        dpi: float = 96.0,
        primary: bool = False,
    ) -> None:
        """Plug a screen in, or change the picture of one that is."""
        (wide, high), (left, top) = size, at
        across, down = (round(each * 25.4 / dpi) for each in size)
        # The first takes the server's one output along, so that no screen is left beside it
        output = "screen" if primary else "none"
        area = f"{wide}/{across}x{high}/{down}+{left}+{top}"
        self._xrandr("--setmonitor", f"*{name}" if primary else name, area, output)

    def unplug(self, name: str) -> None:
        """Pull the cable of one."""
        self._xrandr("--delmonitor", name)

    def _xrandr(self, *arguments: str) -> None:
        command = ["xrandr", "--display", self.display, *arguments]
        subprocess.run(command, check=True, capture_output=True, text=True)


@contextlib.contextmanager
def x_desktop(size: str = "4000x3000x24") -> Iterator[Screens]:
    """Yield the screens of a new X server with a window manager; `DISPLAY` says which, inside."""
    reader, writer = os.pipe()
    xvfb = [
        "Xvfb",
        "-screen",
        "0",
        size,
        "-dpi",
        "96",
        "-nolisten",
        "tcp",
        "-noreset",
        "-displayfd",
    ]
    null = subprocess.DEVNULL
    server = subprocess.Popen([*xvfb, str(writer)], pass_fds=[writer], stdout=null, stderr=null)
    os.close(writer)
    with contextlib.ExitStack() as stack:
        stack.callback(server.wait)
        stack.callback(server.terminate)
        with os.fdopen(reader) as said:
            display = ":" + said.readline().strip()
        environment = {**os.environ, "DISPLAY": display}
        manager = subprocess.Popen(["openbox"], env=environment, stdout=null, stderr=null)
        stack.callback(manager.wait)
        stack.callback(manager.terminate)
        yield Screens(display)
