"""Table access_requests of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("access_requests")


def _create() -> None:
    op.create_table(
        "access_requests",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("to_id", types.big_id, nullable=False),
        sa.Column("reads", sa.String(length=600), nullable=False),
        sa.Column("writes", sa.String(length=600), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("token_hash", types.ascii_key(64), nullable=False),
        sa.Column("requested_by_id", types.big_id, nullable=False),
        sa.Column("sent_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("opened_at", types.UtcDateTime(), nullable=True),
        sa.Column("done_at", types.UtcDateTime(), nullable=True),
        sa.Column("canceled_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_access_requests_account_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_access_requests_requested_by_id")),
        sa.ForeignKeyConstraint(["to_id"], ["users.id"], name=op.f("fk_access_requests_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_requests_token_hash")),
        sa.UniqueConstraint("public_id", name=op.f("uq_access_requests_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_access_requests_account_id"), "access_requests", ["account_id"], unique=False)
    op.create_index(op.f("ix_access_requests_requested_by_id"), "access_requests", ["requested_by_id"], unique=False)
    op.create_index(op.f("ix_access_requests_to_id"), "access_requests", ["to_id"], unique=False)
