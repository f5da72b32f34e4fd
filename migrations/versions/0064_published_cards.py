"""Table published_cards of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("published_cards")


def _create() -> None:
    op.create_table(
        "published_cards",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("organization_id", types.big_id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "needs_attention",
                "needs_customer",
                "preparing",
                "late",
                "live",
                "retired",
                name="connectorstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", types.long_text, nullable=False),
        sa.Column("turns", types.long_text, nullable=False),
        sa.Column("live_until", types.UtcDateTime(), nullable=True),
        sa.Column("points_revision", sa.Integer(), nullable=False),
        sa.Column("promotion_number", sa.Integer(), nullable=True),
        sa.Column("hash", types.ascii_key(64), nullable=False),
        sa.Column("published_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_published_cards_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_published_cards_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_cards")),
        sa.UniqueConstraint("account_id", "revision", "metric_key", name=op.f("uq_published_cards_account_id_revision_metric_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_published_cards_organization_id"), "published_cards", ["organization_id"], unique=False)
