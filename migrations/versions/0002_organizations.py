"""Table organizations of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("organizations")


def _create() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("slug", types.key_string(60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("time_zone", types.ascii_key(64), nullable=False),
        sa.Column("currency", types.ascii_key(3), nullable=False),
        sa.Column("week_start", sa.SmallInteger(), nullable=False),
        sa.Column("fiscal_month", sa.SmallInteger(), nullable=False),
        sa.Column("brand_color", types.ascii_key(7), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("fiscal_month BETWEEN 1 AND 12", name=op.f("ck_organizations_fiscal_month_is_a_month")),
        sa.CheckConstraint("week_start BETWEEN 1 AND 7", name=op.f("ck_organizations_week_start_is_a_weekday")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organizations_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_organizations_name"), "organizations", ["name"], unique=False)
