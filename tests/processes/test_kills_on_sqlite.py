"""kill −9 of counters and of a server on SQLite, again and again."""

from __future__ import annotations

import pytest

from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.killing import kill_again_and_again

pytestmark = pytest.mark.slow


def test_fifty_kills_lose_nothing_and_double_nothing(
    make_central: MakeCentral, make_pc: MakePc
) -> None:
    kill_again_and_again(make_central("sqlite"), [make_pc("A1"), make_pc("A2")])
