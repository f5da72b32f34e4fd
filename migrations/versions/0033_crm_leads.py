"""Table crm_leads of both databases, in the same shape."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    _create()


def downgrade(home: str) -> None:
    op.drop_table("crm_leads")


def _create() -> None:
    op.create_table(
        "crm_leads",
        sa.Column("phone_key", types.digest_bytes(), nullable=True),
        sa.Column("mail_key", types.digest_bytes(), nullable=True),
        sa.Column(
            "row_class",
            sa.Enum(
                "genuine", "test", "spam", "internal", "duplicate", name="rowclass", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("row_rule", types.ascii_key(40), nullable=False),
        sa.Column(
            "lead_class",
            sa.Enum(
                "genuine", "test", "spam", "internal", "duplicate", name="leadclass", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("lead_rule", types.ascii_key(40), nullable=False),
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("stream_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", types.key_string(190), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=True),
        sa.Column("occurred_at", types.UtcDateTime(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("signal_kind", types.ascii_key(24), nullable=False),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("campaign", sa.String(length=160), nullable=True),
        sa.Column("business_unit", sa.String(length=120), nullable=True),
        sa.Column("job_type", sa.String(length=120), nullable=True),
        sa.Column("employee", sa.String(length=160), nullable=True),
        sa.Column("customer", sa.String(length=160), nullable=True),
        sa.Column("attrs", types.long_text, nullable=False),
        sa.Column("row_hash", types.digest_bytes(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_leads")),
        sa.UniqueConstraint("stream_id", "external_id", "batch_id", name=op.f("uq_crm_leads_stream_id_external_id_batch_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_crm_leads_batch_id"), "crm_leads", ["batch_id"], unique=False)
    op.create_index(op.f("ix_crm_leads_ended_by"), "crm_leads", ["ended_by"], unique=False)
    op.create_index(op.f("ix_crm_leads_mail_key"), "crm_leads", ["mail_key"], unique=False)
    op.create_index(op.f("ix_crm_leads_phone_key"), "crm_leads", ["phone_key"], unique=False)
    op.create_index(
        "ix_crm_leads_roll",
        "crm_leads",
        ["stream_id", "local_date", "ended_by", "batch_id", "active", "lead_class", "status", "signal_kind", "campaign"],
        unique=False,
    )
