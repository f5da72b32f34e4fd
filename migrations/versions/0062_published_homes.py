"""Table published_homes of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("published_homes")


def _create() -> None:
    op.create_table(
        "published_homes",
        sa.Column("organization_id", types.big_id, nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_published_homes_organization_id")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_published_homes")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
