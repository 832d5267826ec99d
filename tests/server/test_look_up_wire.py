"""Somebody joins at one counter and stands at another before it has heard of them."""

from __future__ import annotations

from pathlib import Path

from app.domain import events as e
from app.ports.online import LookUpVerdict
from sync.client.loop import SyncRunner
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from sync.protocol.replica.rows import recount, stored_sum
from sync.server.api.app import make_app
from tests.fakes.waiting import until
from tests.server.books import posted, sound
from tests.server.conftest import Programme
from tests.server.counter_pc import Counter
from tests.server.http import serving
from tests.server.seats import new_id

LIMIT_S = 30.0


def test_a_member_who_joined_a_minute_ago_is_served_elsewhere(
    programme: Programme, tmp_path: Path
) -> None:
    programme.member(100)
    counter = Counter(programme, tmp_path / "b", deposits=False)
    seat = counter.seat
    with serving(make_app(programme.server, feed_tick_s=0.5)) as http:
        transport = lambda _: HttpTransport(http.url)  # noqa: E731
        tokens = TokenCache()
        desk = HttpOnlineDesk(seat.sync, transport, counter.clock, tokens=tokens, version="1")

        def look_up(text: str) -> LookUpVerdict:
            return desk.look_up(
                text, staff_id=programme.clerk_id, session_id=new_id(), limit_s=LIMIT_S
            )

        assert look_up("13900000007").outcome == "none"
        elsewhere, guest, encounter_id = programme.seat(counter=1), new_id(), new_id()
        profile = elsewhere.blob({"name": "王芳", "phone": "13900000007"})
        elsewhere.push(
            e.EncounterOpened(encounter_id, "search"),
            e.MemberJoined(encounter_id, guest, "CA77", profile),
        )
        verdict = look_up("王芳 0007")
        desk.close()
        assert [member.member_id for member in verdict.members] == [guest]

        seat.members.keep_looked_up(verdict.members)
        (hit,) = seat.members.search("13900000007", 20)
        assert (hit.member.name, hit.from_server) == ("王芳", True)
        counter.serve(guest, 500)
        counter.upload()
        assert posted(programme, guest) == 500

        runner = SyncRunner(seat.sync, transport, counter.clock, lambda case: None, tokens=tokens)
        runner.start()
        try:
            until(lambda: _pulled(counter, 500), "pulls bring the member and the points")
        finally:
            assert runner.stop()
    path = seat.sync.members_file()
    assert path is not None
    file = seat.sync.connect_members(path)
    assert stored_sum(file) == recount(file)
    file.close()
    counter.close()
    sound(programme)


def _pulled(counter: Counter, points: int) -> bool:
    """Whether the members file has them, with the points; its first state may be older."""
    hits = counter.seat.members.search("13900000007", 20)
    return [(hit.from_server, hit.member.posted_points) for hit in hits] == [(False, points)]
