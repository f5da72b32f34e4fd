"""Table failure_paths of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("failure_paths")


def _create() -> None:
    op.create_table(
        "failure_paths",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("told", types.long_text, nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("client_sees", sa.String(length=300), nullable=False),
        sa.Column("fallback", sa.String(length=300), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_failure_paths_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure_paths")),
        sa.UniqueConstraint("account_id", name=op.f("uq_failure_paths_account_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_failure_paths_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
