"""Table audit_events of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("audit_events")


def _create() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("chain_id", types.big_id, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor_kind", types.ascii_key(20), nullable=False),
        sa.Column("actor_id", types.ascii_key(64), nullable=False),
        sa.Column("action", types.ascii_key(60), nullable=False),
        sa.Column("target_type", types.ascii_key(40), nullable=False),
        sa.Column("target_id", types.ascii_key(64), nullable=False),
        sa.Column("changes", types.long_text, nullable=False),
        sa.Column("prev_hash", types.ascii_key(64), nullable=False),
        sa.Column("hash", types.ascii_key(64), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["audit_chains.id"], name=op.f("fk_audit_events_chain_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("chain_id", "seq", name=op.f("uq_audit_events_chain_id_seq")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"], unique=False)
    op.create_index(op.f("ix_audit_events_chain_id"), "audit_events", ["chain_id"], unique=False)
    op.create_index(op.f("ix_audit_events_target_type_target_id"), "audit_events", ["target_type", "target_id"], unique=False)
