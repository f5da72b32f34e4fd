"""Table outgoing_mails of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("outgoing_mails")


def _create() -> None:
    op.create_table(
        "outgoing_mails",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=60000), nullable=False),
        sa.Column("key_id", types.ascii_key(40), nullable=False),
        sa.Column("is_decoy", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("leased_until", types.UtcDateTime(), nullable=True),
        sa.Column("gave_up_at", types.UtcDateTime(), nullable=True),
        sa.Column("error_note", sa.String(length=200), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outgoing_mails_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_outgoing_mails_due_at"), "outgoing_mails", ["due_at"], unique=False)
    op.create_index(op.f("ix_outgoing_mails_key_id"), "outgoing_mails", ["key_id"], unique=False)
