"""Network namespaces joined by a switch of their own, and what is dropped between them.

Each PC is a namespace with one address; a further one holds the bridge that joins them. Packets are
dropped by nftables in the server's namespace, without a word to anybody: unlike a port that is
closed, a cable that is cut refuses nothing. Needs root and Debian's iproute2 and nftables.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence

import pytest

_NET = "10.231.46"


def _run(*command: str, text: str | None = None) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


class Office:
    """Hosts by name, each in a namespace, all on one switch.

    Attributes:
        addresses: of the hosts.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._prefix = f"guichet{os.getpid()}"
        self.addresses = {name: f"{_NET}.{number}" for number, name in enumerate(names, 1)}
        self._made: list[str] = []

    def namespace(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def inside(self, name: str) -> list[str]:
        """What goes before a command that is to run at this host."""
        return ["ip", "netns", "exec", self.namespace(name)]

    def build(self) -> None:
        """Raises OSError where this may not be done."""
        switch = self.namespace("switch")
        for name in ("switch", *self.addresses):
            _run("ip", "netns", "add", self.namespace(name))
            self._made.append(self.namespace(name))
        _run("ip", "-n", switch, "link", "add", "bridge", "type", "bridge")
        _run("ip", "-n", switch, "link", "set", "bridge", "up")
        for number, (name, address) in enumerate(self.addresses.items(), 1):
            host, port = self.namespace(name), f"port{number}"
            peer = ["peer", "name", "eth0", "netns", host]
            _run("ip", "-n", switch, "link", "add", port, "type", "veth", *peer)
            _run("ip", "-n", switch, "link", "set", port, "master", "bridge", "up")
            _run("ip", "-n", host, "address", "add", f"{address}/24", "dev", "eth0")
            for link in ("lo", "eth0"):
                _run("ip", "-n", host, "link", "set", link, "up")
            _run("ip", "-n", host, "route", "add", "224.0.0.0/4", "dev", "eth0")

    def drop(self, name: str, *others: str) -> None:
        """Let nothing pass between a host and the others, in either direction, without a word."""
        self.silence(name, *(self.addresses[other] for other in others))

    def silence(self, name: str, *addresses: str) -> None:
        """The same for addresses, of whatever stood there."""
        among = ", ".join(addresses)
        rules = f"""
            table inet cut {{
                set others {{ type ipv4_addr; elements = {{ {among} }} }}
                chain in {{ type filter hook input priority 0; ip saddr @others drop; }}
                chain out {{ type filter hook output priority 0; ip daddr @others drop; }}
            }}
        """
        _run(*self.inside(name), "nft", "-f", "-", text=rules)

    def heal(self, name: str) -> None:
        _run(*self.inside(name), "nft", "delete", "table", "inet", "cut")

    def remove(self) -> None:
        """Take it all down; the links go with their namespaces."""
        for namespace in reversed(self._made):
            _run("ip", "netns", "delete", namespace)
        self._made = []


@contextlib.contextmanager
def built(*names: str) -> Iterator[Office]:
    """An office, gone afterwards whatever becomes of it. Raises OSError where this is not done."""
    made = Office(names)
    try:
        made.build()
        yield made
    finally:
        made.remove()


@contextlib.contextmanager
def office(*names: str) -> Iterator[Office]:
    """An office for one test."""
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(built(*names))
        except OSError as error:
            pytest.fail(
                f"this test makes network namespaces, and may not: {error}. Run it as root with "
                "CAP_SYS_ADMIN and CAP_NET_ADMIN, with iproute2 and nftables installed."
            )
        yield made
