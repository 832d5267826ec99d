"""Every version of a setting, why each posting is, refunds in parts, tiers, adjustments."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _settings()
    op.add_column("ledger_txn", sa.Column("why", sa.Text(), nullable=True))
    _counted("redemption", "refunded")
    _counted("accrual", "reduced")
    op.add_column("accrual", sa.Column("expires_on", sa.Text(), nullable=True))
    op.add_column("accrual", sa.Column("spendable_from", sa.Text(), nullable=True))
    op.create_index(
        "ix_accrual_maturing",
        "accrual",
        ["programme_id", "spendable_from", "accrual_id"],
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    _refunds()
    _tiers()
    _adjustments()


def _settings() -> None:
    op.create_table(
        "setting_version",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "name", "version", name="pk_setting_version"),
    )
    # Nobody wrote down since when; the versions before it are not to be had any more
    op.execute(
        "INSERT INTO setting_version (programme_id, name, version, value, since_ms)"
        " SELECT s.programme_id, s.name, s.version, s.value, p.created_ms"
        " FROM setting s JOIN programme p ON p.programme_id = s.programme_id"
    )


def _counted(table: str, name: str) -> None:
    op.add_column(
        table, sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    with op.batch_alter_table(table) as batch:
        batch.alter_column(
            name, existing_type=sa.BigInteger(), existing_nullable=False, server_default=None
        )


def _refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("of_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("involuntary", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("txn_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "refund_id", name="pk_refund"),
    )
    op.create_index("ix_refund_programme_id_of_id", "refund", ["programme_id", "of_id"])


def _tiers() -> None:
    op.create_table(
        "qualifying",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("accrual_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "member_id", "accrual_id", name="pk_qualifying"),
    )
    op.create_table(
        "tier_held",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("before_until", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "member_id", name="pk_tier_held"),
    )
    op.create_index("ix_tier_held_programme_id_until", "tier_held", ["programme_id", "until"])


def _adjustments() -> None:
    op.create_table(
        "adjustment",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("txn_id", sa.Uuid(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "adjustment_id", name="pk_adjustment"),
    )
    op.create_index(
        "ix_adjustment_programme_id_member_id", "adjustment", ["programme_id", "member_id"]
    )
