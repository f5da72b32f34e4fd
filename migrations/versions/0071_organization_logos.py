"""Table organization_logos of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("organization_logos")


def _create() -> None:
    op.create_table(
        "organization_logos",
        sa.Column("organization_id", types.big_id, nullable=False, autoincrement=False),
        sa.Column("png", types.long_bytes, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", types.ascii_key(64), nullable=False),
        sa.Column("set_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_organization_logos_organization_id")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization_logos")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
