"""Table watch_marks of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("watch_marks")


def _create() -> None:
    op.create_table(
        "watch_marks",
        sa.Column("account_id", types.big_id, autoincrement=False, nullable=False),
        sa.Column("marked_at", types.UtcDateTime(), nullable=False),
        sa.Column("files", types.long_text, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_watch_marks_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_watch_marks")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
