"""Table report_reconciliations of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("report_reconciliations")


def _create() -> None:
    op.create_table(
        "report_reconciliations",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("source_rows", sa.BigInteger(), nullable=False),
        sa.Column("source_total", types.Money(), nullable=True),
        sa.Column("our_rows", sa.BigInteger(), nullable=False),
        sa.Column("our_total", types.Money(), nullable=True),
        sa.Column("tolerance", types.Money(), nullable=False),
        sa.Column("explanation", types.long_text, nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("entered_by_id", types.big_id, nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_reconciliations_account_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["users.id"], name=op.f("fk_report_reconciliations_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_reconciliations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_reconciliations_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_report_reconciliations_account_id_data_type_id"), "report_reconciliations", ["account_id", "data_type", "id"], unique=False
    )
    op.create_index(op.f("ix_report_reconciliations_entered_by_id"), "report_reconciliations", ["entered_by_id"], unique=False)
