"""What a manager's phone can ask of the server, without HTTP: each call is for one session.

`token` is what the phone's cookie holds; every call with one raises
`ProblemError('unauthenticated')` once the session is over.
"""

from __future__ import annotations

import hmac
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.engine import Connection

from app.domain.phone import SEEN_EVERY_MS, manages
from sync.protocol.phones.messages import (
    PhoneCase,
    PhoneOffice,
    PhoneOfficeChoice,
    PhoneSignIn,
    PhoneTap,
    PhoneTapAnswer,
    PhoneView,
    TapOutcome,
)
from sync.protocol.phones.shown import LONGEST_NAME, shown_text
from sync.server import auth, pins
from sync.server.phones import live, sessions
from sync.server.phones.sessions import Session, find_session
from sync.server.phones.taking import take
from sync.server.problems import ProblemError
from sync.server.service import CentralServer
from sync.server.store.engine import reading, writing
from sync.server.work import Work

_log = structlog.get_logger("guichet.phones")


class Phones:
    """All that the page can ask for.

    Args:
        server: whose database, keys and clock these are.
    """

    def __init__(self, server: CentralServer) -> None:
        self._engine = server.engine
        self._keys = server.keys
        self._clock = server.clock
        self._new_id = server.new_id
        self._transactions = server.transactions
        self._throttle = auth.Throttle()

    # --- coming and going

    def sign_in(self, asked: PhoneSignIn, *, address: str = "") -> tuple[str, PhoneView]:
        """Returns the session's token, and what it shows first.

        Raises:
            ProblemError: unauthenticated, where number or PIN is wrong; busy, after too many such;
                forbidden, where the person is no duty manager.
        """
        now_ms = self._clock()
        caller = auth.caller_key(self._keys.token_key, address)
        self._throttle.check(caller, now_ms)
        number = asked.number.strip()
        key = hmac.digest(self._keys.token_key, b"guichet phone\0" + number.encode(), "sha256")
        programme_id, person, left = self._transactions.repeated(
            lambda: self._count_try(number, key)
        )
        is_known = person is not None and person.active
        verifier = person.pin_verifier if is_known else pins.nobodys_verifier()
        if not (pins.fits(verifier, asked.pin) and is_known):
            self._throttle.note_wrong(caller, now_ms)
            raise ProblemError("unauthenticated", "Number or PIN is wrong", tries_left=left)
        session_id = self._new_id()
        is_manager = manages(person.roles.split(","), person.office_id, person.office_id)

        def begin() -> None:
            with writing(self._engine, pipelined=False) as connection:
                sessions.forget_tries(connection, programme_id, key)
                if is_manager:
                    sessions.begin(
                        connection,
                        person,
                        session_id=session_id,
                        office_id=person.office_id,
                        now_ms=now_ms,
                    )

        self._transactions.repeated(begin)
        if not is_manager:
            raise ProblemError("forbidden", "Only a duty manager may do this")
        _log.info("phone_signed_in", session=str(session_id), staff=str(person.staff_id))
        token = auth.phone_token(self._keys.token_key, programme_id, session_id)
        return token, self.view(token)

    def _count_try(self, number: str, key: bytes) -> tuple[UUID, Any, int]:
        """(programme, the person or None, how many tries are left)."""
        programmes = self._transactions.programmes()
        with writing(self._engine, pipelined=False) as connection:
            person = sessions.person_by_number(connection, number)
            programme_id = programmes[0] if person is None else person.programme_id
            left = sessions.count_try(connection, programme_id, key, self._clock())
        return programme_id, person, left

    def sign_out(self, token: str) -> None:
        """End the session; one that is over already stays so."""
        try:
            with reading(self._engine) as connection:
                session = self._session(connection, token)
        except ProblemError:
            return
        with writing(self._engine, pipelined=False) as connection:
            sessions.note(connection, session, ended_ms=self._clock())
        _log.info("phone_signed_out", session=str(session.session_id))

    def check(self, token: str) -> None:
        """Whether it is ours; whether its session goes on is looked up by each call itself."""
        auth.read_phone_token(self._keys.token_key, token)

    def _session(self, connection: Connection, token: str) -> Session:
        programme_id, session_id = auth.read_phone_token(self._keys.token_key, token)
        return find_session(connection, programme_id, session_id, self._clock())

    def audience(self, token: str) -> tuple[UUID, UUID, UUID]:
        """(programme, office, session): whose changes this phone is to be told of."""
        with reading(self._engine) as connection:
            session = self._session(connection, token)
        return session.programme_id, session.office_id, session.session_id

    # --- the cases

    def view(self, token: str, *, looked_at: bool = False) -> PhoneView:
        """What the page shows now; `looked_at`: somebody has it before them."""
        with reading(self._engine) as connection:
            session = self._session(connection, token)
            rows = live.live_cases(connection, session, self._clock())
            cases = live.documents(connection, session.programme_id, [row.case_id for row in rows])
            offices = sessions.offices_of(connection, session)
            members = {row.case_id: row.member_id for row in rows}
            shown = self._shown(connection, session, cases, members)
        self._note(session, shown, looked_at=looked_at)
        return PhoneView(
            server_ms=self._clock(),
            staff_name=shown_text(session.staff_name, LONGEST_NAME),
            office=PhoneOffice(
                session.office_id, session.office_code, session.office_name, session.time_zone
            ),
            offices=tuple(
                PhoneOffice(row.office_id, row.code, row.name, row.time_zone) for row in offices
            ),
            cases=tuple(cases),
        )

    def _shown(
        self,
        connection: Connection,
        session: Session,
        cases: list[PhoneCase],
        members: dict[UUID, UUID | None],
    ) -> list[UUID]:
        """Whose names are shown to this session for the first time."""
        ids = (members[case.case_id] for case in cases if case.member_name)
        return live.unnoted(connection, session, (i for i in ids if i is not None))

    def _note(self, session: Session, shown: list[UUID], *, looked_at: bool) -> None:
        """Write down who was shown, and that somebody looked; mostly there is nothing to write."""
        now_ms = self._clock()
        is_old = looked_at and now_ms - session.seen_ms >= SEEN_EVERY_MS
        if not shown and not is_old:
            return

        def once() -> None:
            with writing(self._engine, pipelined=False) as connection:
                if is_old:
                    sessions.note(connection, session, seen_ms=now_ms)
                if shown:
                    live.note_looks(
                        connection, session, shown, look_up_id=self._new_id(), now_ms=now_ms
                    )

        self._transactions.repeated(once)

    def choose_office(self, token: str, choice: PhoneOfficeChoice) -> PhoneView:
        """Show another office's cases. Raises ProblemError('forbidden')."""
        with reading(self._engine) as connection:
            session = self._session(connection, token)
            offices = sessions.offices_of(connection, session)
        if choice.office_id not in {row.office_id for row in offices}:
            raise ProblemError("forbidden", "This person manages another office")
        with writing(self._engine, pipelined=False) as connection:
            sessions.note(connection, session, office_id=choice.office_id)
        return self.view(token, looked_at=True)

    def tap(self, token: str, tap: PhoneTap) -> PhoneTapAnswer:
        """Take a case a step further. Raises ProblemError('bad_request')."""
        with reading(self._engine) as connection:
            session = self._session(connection, token)

        def do(work: Work) -> TapOutcome:
            # Again in the transaction itself: a session may have ended meanwhile
            own = find_session(
                work.connection, session.programme_id, session.session_id, work.now_ms
            )
            return take(work, own, tap)

        outcome = self._transactions.step(session.programme_id, do)
        self._note(session, [], looked_at=True)
        with reading(self._engine) as connection:
            cases = (
                []
                if outcome == "unknown_case"
                else live.documents(connection, session.programme_id, [tap.case_id])
            )
        return PhoneTapAnswer(outcome, cases[0] if cases else None, self._clock())
