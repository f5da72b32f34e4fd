"""Table report_window_rules of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("report_window_rules")


def _create() -> None:
    op.create_table(
        "report_window_rules",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("rule", types.ascii_key(20), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_window_rules_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_window_rules")),
        sa.UniqueConstraint("account_id", name=op.f("uq_report_window_rules_account_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_window_rules_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
