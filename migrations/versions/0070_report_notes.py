"""Table report_notes of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("report_notes")


def _create() -> None:
    op.create_table(
        "report_notes",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("note_text", sa.String(length=600), nullable=False),
        sa.Column("written_by_id", types.big_id, nullable=True),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.Column("taken_back_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_notes_account_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_report_notes_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_notes_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_report_notes_account_id_first_day"), "report_notes", ["account_id", "first_day"], unique=False)
    op.create_index(op.f("ix_report_notes_written_by_id"), "report_notes", ["written_by_id"], unique=False)
