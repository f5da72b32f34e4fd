"""Table report_changes of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("report_changes")


def _create() -> None:
    op.create_table(
        "report_changes",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "form",
                "page",
                "automation",
                "campaign",
                "mapping",
                "wording",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("logged_by_id", types.big_id, nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_changes_account_id")),
        sa.ForeignKeyConstraint(["logged_by_id"], ["users.id"], name=op.f("fk_report_changes_logged_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_changes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_changes_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_report_changes_account_id_changed_on"), "report_changes", ["account_id", "changed_on"], unique=False)
    op.create_index(op.f("ix_report_changes_logged_by_id"), "report_changes", ["logged_by_id"], unique=False)
