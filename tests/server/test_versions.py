"""Programs of other versions: two back still work, others are told in a sentence what to update."""

from __future__ import annotations

import pytest
from fastapi import Request

from sync.protocol.messages import PROTOCOL_VERSION, VERSION_HEADER, VERSIONS_BACK
from sync.server.api import wire
from sync.server.problems import ProblemError


def _asks(version: str) -> Request:
    headers = [(VERSION_HEADER.lower().encode(), version.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize("ours", [1, 2, 3, 4, 9])
def test_the_two_versions_before_ours_still_work(
    monkeypatch: pytest.MonkeyPatch, ours: int
) -> None:
    monkeypatch.setattr(wire, "PROTOCOL_VERSION", ours)
    for version in range(max(1, ours - 2), ours + 1):
        wire.check_version(_asks(str(version)))
    assert VERSIONS_BACK == 2


@pytest.mark.parametrize(("version", "oldest"), [(0, 2), (1, 2)])
def test_an_older_one_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, version: int, oldest: int
) -> None:
    monkeypatch.setattr(wire, "PROTOCOL_VERSION", 4)
    with pytest.raises(ProblemError) as refused:
        wire.check_version(_asks(str(version)))
    problem = refused.value.problem
    assert (refused.value.status, problem.code) == (426, "old_protocol")
    assert problem.detail == {"oldest": oldest}
    assert "update it" in problem.message
    assert "kept" in problem.message


def test_a_newer_one_is_told_that_the_server_is_to_be_updated() -> None:
    with pytest.raises(ProblemError) as refused:
        wire.check_version(_asks(str(PROTOCOL_VERSION + 1)))
    problem = refused.value.problem
    assert (refused.value.status, problem.code) == (426, "new_protocol")
    assert problem.detail == {"newest": PROTOCOL_VERSION}
    assert "update the server" in problem.message


@pytest.mark.parametrize("version", ["", "-1", "1.0", "one", "\u0661", "1" * 6, " 1"])
def test_what_is_no_version_is_no_request(version: str) -> None:
    headers = [(VERSION_HEADER.lower().encode(), version.encode("utf-8"))]
    with pytest.raises(ProblemError) as refused:
        wire.check_version(Request({"type": "http", "headers": headers}))
    assert refused.value.problem.code == "bad_request"
