"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accrual",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("accrual_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("coupon_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("txn_id", sa.Uuid(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "accrual_id", name=op.f("pk_accrual")),
        sa.UniqueConstraint(
            "programme_id", "coupon_key", name=op.f("uq_accrual_programme_id_coupon_key")
        ),
    )
    op.create_table(
        "balance",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("posted", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leased", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pending", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("overdrawn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_expiry_on", sa.Text(), nullable=True),
        sa.Column("next_expiry_points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "member_id", "unit", name=op.f("pk_balance")),
    )
    op.create_table(
        "blob",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "commitment", name=op.f("pk_blob")),
    )
    op.create_table(
        "card",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("card_no", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "card_no", name=op.f("pk_card")),
    )
    op.create_table(
        "case_note",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("note_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "case_id", "event_id", name=op.f("pk_case_note")),
    )
    op.create_table(
        "chain",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("incarnation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head_link", sa.LargeBinary(), nullable=False),
        sa.Column("signed_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "device_id", "incarnation", name=op.f("pk_chain")),
    )
    op.create_table(
        "change_log",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "xid", "seq", name=op.f("pk_change_log")),
    )
    op.create_table(
        "counter",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("counter_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "counter_id", name=op.f("pk_counter")),
        sa.UniqueConstraint(
            "programme_id",
            "office_id",
            "label",
            name=op.f("uq_counter_programme_id_office_id_label"),
        ),
    )
    op.create_table(
        "device",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("counter_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("hostname", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enrolled_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("sealed_work_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "device_id", name=op.f("pk_device")),
    )
    op.create_index(op.f("ix_device_device_id"), "device", ["device_id"], unique=True)
    op.create_table(
        "encounter",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("shift_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rating_state", sa.Text(), nullable=False),
        sa.Column("score", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "encounter_id", name=op.f("pk_encounter")),
    )
    op.create_index(
        op.f("ix_encounter_programme_id_office_id_day"),
        "encounter",
        ["programme_id", "office_id", "day"],
        unique=False,
    )
    op.create_table(
        "enrol_code",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("counter_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "code_hash", name=op.f("pk_enrol_code")),
    )
    op.create_index(op.f("ix_enrol_code_code_hash"), "enrol_code", ["code_hash"], unique=False)
    op.create_table(
        "entry",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("incarnation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "programme_id", "device_id", "incarnation", "seq", name=op.f("pk_entry")
        ),
    )
    op.create_index(
        op.f("ix_entry_programme_id_event_id"), "entry", ["programme_id", "event_id"], unique=False
    )
    op.create_table(
        "epoch",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "started_ms", name=op.f("pk_epoch")),
    )
    op.create_table(
        "exception_item",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("exception_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("counter_label", sa.Text(), nullable=False),
        sa.Column("entry_type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("note_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "exception_id", name=op.f("pk_exception_item")),
    )
    op.create_table(
        "figure",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "office_id", "day", "name", name=op.f("pk_figure")),
    )
    op.create_table(
        "lease",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remaining", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("restored", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("granted_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "lease_id", name=op.f("pk_lease")),
    )
    op.create_index(
        op.f("ix_lease_programme_id_device_id_state"),
        "lease",
        ["programme_id", "device_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_lease_programme_id_member_id"),
        "lease",
        ["programme_id", "member_id"],
        unique=False,
    )
    op.create_table(
        "lease_lot",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "lease_id", "lot_id", name=op.f("pk_lease_lot")),
    )
    op.create_table(
        "ledger_txn",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("txn_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "txn_id", name=op.f("pk_ledger_txn")),
    )
    op.create_index(
        op.f("ix_ledger_txn_programme_id_ref_id"),
        "ledger_txn",
        ["programme_id", "ref_id"],
        unique=False,
    )
    op.create_table(
        "lot",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("earned", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remaining", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leased", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_on", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "member_id", "lot_id", name=op.f("pk_lot")),
    )
    op.create_table(
        "matter",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "matter_id", name=op.f("pk_matter")),
    )
    op.create_table(
        "member",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("card_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("latin_name", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("home_office", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("preference", sa.Text(), nullable=False),
        sa.Column("open_matter", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("born_on_year", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("joined_on", sa.Text(), nullable=True),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "member_id", name=op.f("pk_member")),
        sa.UniqueConstraint("programme_id", "rank", name=op.f("uq_member_programme_id_rank")),
    )
    op.create_index(
        op.f("ix_member_programme_id_home_office"),
        "member",
        ["programme_id", "home_office"],
        unique=False,
    )
    op.create_table(
        "office",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("duty_phone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "office_id", name=op.f("pk_office")),
        sa.UniqueConstraint("programme_id", "code", name=op.f("uq_office_programme_id_code")),
    )
    op.create_table(
        "posting",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("txn_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "txn_id", "line", name=op.f("pk_posting")),
    )
    op.create_index(
        op.f("ix_posting_programme_id_member_id"),
        "posting",
        ["programme_id", "member_id"],
        unique=False,
    )
    op.create_table(
        "programme",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_rank", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_programme")),
    )
    op.create_table(
        "quarantine",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("incarnation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw_hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "programme_id",
            "device_id",
            "incarnation",
            "seq",
            "raw_hash",
            name=op.f("pk_quarantine"),
        ),
    )
    op.create_table(
        "rating",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "rating_id", "revision", name=op.f("pk_rating")),
    )
    op.create_table(
        "rating_detail",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("reasons_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("comment_hash", sa.Text(), nullable=True),
        sa.Column("call", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "rating_id", name=op.f("pk_rating_detail")),
    )
    op.create_table(
        "record",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "kind", "id", name=op.f("pk_record")),
    )
    op.create_table(
        "redemption",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cover", sa.Text(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("txn_id", sa.Uuid(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "redemption_id", name=op.f("pk_redemption")),
    )
    op.create_index(
        op.f("ix_redemption_programme_id_member_id"),
        "redemption",
        ["programme_id", "member_id"],
        unique=False,
    )
    op.create_table(
        "replica_sum",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_count", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane0", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane1", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane2", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane3", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "scope", "slot", name=op.f("pk_replica_sum")),
    )
    op.create_table(
        "reward",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "reward_id", name=op.f("pk_reward")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_reward_programme_id_number")),
    )
    op.create_table(
        "risk_pool",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spent", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("per_redemption", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("per_member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issued_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "pool_id", name=op.f("pk_risk_pool")),
    )
    op.create_index(
        op.f("ix_risk_pool_programme_id_device_id_issued_ms"),
        "risk_pool",
        ["programme_id", "device_id", "issued_ms"],
        unique=False,
    )
    op.create_table(
        "service_case",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("counter_label", sa.Text(), nullable=False),
        sa.Column("clerk_number", sa.Text(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("opened_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("score", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("text_hash", sa.Text(), nullable=True),
        sa.Column("acknowledged_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "case_id", name=op.f("pk_service_case")),
    )
    op.create_table(
        "setting",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "name", name=op.f("pk_setting")),
    )
    op.create_table(
        "snapshot",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("schema_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch_id", sa.Uuid(), nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("page_count", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chunk_pages", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_count", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wire_bytes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("built_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "snapshot_id", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "snapshot_chunk",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "programme_id", "snapshot_id", "number", name=op.f("pk_snapshot_chunk")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Compressed already: PostgreSQL needn't try
        op.execute("ALTER TABLE snapshot_chunk ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "staff",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("pin_verifier", sa.Text(), nullable=False),
        sa.Column("badge_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "staff_id", name=op.f("pk_staff")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_staff_programme_id_number")),
    )
    op.create_table(
        "urgent_copy",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "event_id", name=op.f("pk_urgent_copy")),
    )
    op.create_table(
        "write_counter",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_write_counter")),
    )
