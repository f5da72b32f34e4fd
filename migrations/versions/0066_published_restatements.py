"""Table published_restatements of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("published_restatements")


def _create() -> None:
    op.create_table(
        "published_restatements",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("signal_kind", types.ascii_key(24), nullable=False),
        sa.Column("dim", types.key_string(160), nullable=False),
        sa.Column("was_num", types.Money(), nullable=True),
        sa.Column("was_den", types.Money(), nullable=True),
        sa.Column("became_num", types.Money(), nullable=True),
        sa.Column("became_den", types.Money(), nullable=True),
        sa.Column(
            "cause",
            sa.Enum("source", "map", "rules", "reversal", name="dirtycause", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("came_in", sa.Date(), nullable=True),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_published_restatements_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_restatements")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_published_restatements_account_id_metric_key_local_date"),
        "published_restatements",
        ["account_id", "metric_key", "local_date"],
        unique=False,
    )
