"""Table staff_recovery_codes of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("staff_recovery_codes")


def _create() -> None:
    op.create_table(
        "staff_recovery_codes",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("code_hash", types.ascii_key(64), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("user_id", types.big_id, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_staff_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_recovery_codes")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_staff_recovery_codes_user_id"), "staff_recovery_codes", ["user_id"], unique=False)
