"""Table integration_authorizations of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_authorizations")


def _create() -> None:
    op.create_table(
        "integration_authorizations",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("current_key", types.ascii_key(36), nullable=True),
        sa.Column("reads", sa.String(length=600), nullable=False),
        sa.Column("writes", sa.String(length=600), nullable=False),
        sa.Column("given_by", sa.String(length=120), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("proof", sa.String(length=300), nullable=False),
        sa.Column("by_portal", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("recorded_by_id", types.big_id, nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_note", sa.String(length=300), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_authorizations_account_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_integration_authorizations_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_authorizations")),
        sa.UniqueConstraint("current_key", name=op.f("uq_integration_authorizations_current_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_authorizations_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_authorizations_account_id"), "integration_authorizations", ["account_id"], unique=False)
    op.create_index(op.f("ix_integration_authorizations_recorded_by_id"), "integration_authorizations", ["recorded_by_id"], unique=False)
