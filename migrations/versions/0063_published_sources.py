"""Table published_sources of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("published_sources")


def _create() -> None:
    op.create_table(
        "published_sources",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("organization_id", types.big_id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("words", types.long_text, nullable=False),
        sa.Column("packet", types.long_text, nullable=False),
        sa.Column("restatements_seen", sa.BigInteger(), nullable=False),
        sa.Column("published_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_published_sources_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_published_sources_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_sources")),
        sa.UniqueConstraint("account_id", name=op.f("uq_published_sources_account_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_published_sources_organization_id"), "published_sources", ["organization_id"], unique=False)
