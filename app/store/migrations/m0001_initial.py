"""Version 1: the first released schema."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    """
    CREATE TABLE seat (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        server_url TEXT NOT NULL,
        device_id BLOB NOT NULL,
        incarnation INTEGER NOT NULL,
        kind TEXT NOT NULL,
        programme_id BLOB NOT NULL,
        office_id BLOB NOT NULL,
        epoch BLOB NOT NULL,
        document TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        members_file TEXT,
        online INTEGER NOT NULL,
        problem TEXT NOT NULL,
        matters INTEGER NOT NULL,
        shift_id BLOB,
        shift_opened_ms INTEGER,
        last_contact_ms INTEGER,
        last_pull_ms INTEGER,
        offset_ms INTEGER
    )
    """,
    "INSERT INTO state (id, online, problem, matters) VALUES (1, 0, '', 0)",
    """
    CREATE TABLE session (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        session_id BLOB NOT NULL,
        staff_id BLOB NOT NULL,
        shift_id BLOB,
        shift_opened_ms INTEGER
    )
    """,
    """
    CREATE TABLE failed_try (
        staff_number TEXT PRIMARY KEY,
        tries INTEGER NOT NULL,
        last_ms INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE chain (
        incarnation INTEGER PRIMARY KEY,
        last_seq INTEGER NOT NULL,
        last_link BLOB NOT NULL,
        confirmed_seq INTEGER NOT NULL CHECK (confirmed_seq BETWEEN 0 AND last_seq)
    )
    """,
    """
    CREATE TABLE journal (
        incarnation INTEGER NOT NULL,
        seq INTEGER NOT NULL CHECK (seq >= 1),
        event_id BLOB NOT NULL UNIQUE,
        type TEXT NOT NULL,
        wall_ms INTEGER NOT NULL,
        shift_id BLOB,
        body BLOB NOT NULL,
        link BLOB NOT NULL,
        urgent TEXT,
        decision TEXT,
        code TEXT NOT NULL DEFAULT '',
        message TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (incarnation, seq)
    )
    """,
    "CREATE INDEX journal_urgent ON journal (incarnation, seq) WHERE urgent = 'waiting'",
    "CREATE INDEX journal_exception ON journal (wall_ms) WHERE decision = 'exception'",
    """
    CREATE TABLE journal_archive (
        incarnation INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        event_id BLOB NOT NULL,
        body BLOB NOT NULL,
        link BLOB NOT NULL,
        PRIMARY KEY (incarnation, seq)
    )
    """,
    """
    CREATE TABLE blob (
        commitment TEXT PRIMARY KEY,
        event_id BLOB NOT NULL REFERENCES journal (event_id),
        salt BLOB NOT NULL,
        content BLOB NOT NULL
    )
    """,
    "CREATE INDEX blob_event ON blob (event_id)",
    """
    CREATE TABLE encounter (
        encounter_id BLOB PRIMARY KEY,
        opened_ms INTEGER NOT NULL,
        member_id BLOB,
        proof TEXT,
        shift_id BLOB,
        outcome TEXT,
        rating_state TEXT,
        rating_id BLOB,
        rating_revision INTEGER NOT NULL,
        rating_score INTEGER,
        rated_ms INTEGER
    )
    """,
    "CREATE INDEX encounter_unrated ON encounter (opened_ms) WHERE rating_state IS NULL",
    "CREATE INDEX encounter_shift ON encounter (shift_id)",
    """
    CREATE TABLE line (
        id INTEGER PRIMARY KEY,
        ref_id BLOB NOT NULL,
        encounter_id BLOB NOT NULL REFERENCES encounter (encounter_id),
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        points INTEGER,
        event_id BLOB NOT NULL REFERENCES journal (event_id),
        undone INTEGER NOT NULL
    )
    """,
    "CREATE INDEX line_encounter ON line (encounter_id)",
    "CREATE INDEX line_ref ON line (ref_id)",
    "CREATE INDEX line_event ON line (event_id)",
    """
    CREATE TABLE redemption (
        redemption_id BLOB PRIMARY KEY,
        encounter_id BLOB NOT NULL REFERENCES encounter (encounter_id),
        member_id BLOB NOT NULL,
        reward_id BLOB NOT NULL,
        reward_name TEXT NOT NULL,
        points INTEGER NOT NULL CHECK (points >= 0),
        state TEXT NOT NULL,
        cover TEXT,
        lease_id BLOB
    )
    """,
    "CREATE INDEX redemption_in_doubt ON redemption (redemption_id) WHERE state = 'intent'",
    "CREATE TABLE coupon (coupon_key TEXT PRIMARY KEY, ref_id BLOB NOT NULL) WITHOUT ROWID",
    "CREATE INDEX coupon_ref ON coupon (ref_id)",
    """
    CREATE TABLE effect (
        id INTEGER PRIMARY KEY,
        ref_id BLOB NOT NULL,
        member_id BLOB NOT NULL,
        points INTEGER NOT NULL,
        undo INTEGER NOT NULL,
        event_id BLOB REFERENCES journal (event_id),
        mark INTEGER,
        state TEXT NOT NULL
    )
    """,
    "CREATE INDEX effect_ref ON effect (ref_id)",
    "CREATE INDEX effect_event ON effect (event_id)",
    "CREATE INDEX effect_pending ON effect (member_id) WHERE state = 'pending'",
    """
    CREATE TABLE joined (
        member_id BLOB PRIMARY KEY,
        profile TEXT NOT NULL,
        event_id BLOB NOT NULL REFERENCES journal (event_id),
        mark INTEGER
    )
    """,
    """
    CREATE TABLE contact (
        id INTEGER PRIMARY KEY,
        member_id BLOB NOT NULL,
        change TEXT NOT NULL,
        event_id BLOB NOT NULL REFERENCES journal (event_id),
        mark INTEGER
    )
    """,
    """
    CREATE TABLE case_action (
        id INTEGER PRIMARY KEY,
        case_id BLOB NOT NULL,
        action TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        staff_id BLOB NOT NULL,
        text TEXT NOT NULL,
        event_id BLOB NOT NULL REFERENCES journal (event_id),
        mark INTEGER
    )
    """,
    "CREATE INDEX contact_member ON contact (member_id)",
    """
    CREATE TABLE lease (
        lease_id BLOB PRIMARY KEY,
        member_id BLOB NOT NULL,
        points INTEGER NOT NULL CHECK (points >= 0),
        spent_points INTEGER NOT NULL CHECK (spent_points >= 0),
        restored_points INTEGER NOT NULL CHECK (restored_points >= 0),
        expires_ms INTEGER NOT NULL,
        state TEXT NOT NULL,
        signature BLOB NOT NULL
    )
    """,
    "CREATE INDEX lease_open ON lease (member_id) WHERE state = 'open'",
    """
    CREATE TABLE pool (
        pool_id BLOB PRIMARY KEY,
        points INTEGER NOT NULL,
        per_redemption INTEGER NOT NULL,
        per_member INTEGER NOT NULL,
        current INTEGER NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX pool_current ON pool (current) WHERE current",
    """
    CREATE TABLE pool_spend (
        pool_id BLOB NOT NULL REFERENCES pool (pool_id),
        member_id BLOB NOT NULL,
        points INTEGER NOT NULL CHECK (points >= 0),
        PRIMARY KEY (pool_id, member_id)
    ) WITHOUT ROWID
    """,
)


def apply(connection: Any) -> None:
    """Make all tables."""
    for statement in _STATEMENTS:
        connection.execute(statement)
