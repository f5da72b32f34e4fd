"""Table installation_marks of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("installation_marks")


def _create() -> None:
    op.create_table(
        "installation_marks",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("installation_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation_marks")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
