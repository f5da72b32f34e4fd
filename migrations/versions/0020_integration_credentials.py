"""Table integration_credentials of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_credentials")


def _create() -> None:
    op.create_table(
        "integration_credentials",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("name", types.ascii_key(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=8192), nullable=False),
        sa.Column("key_id", types.ascii_key(40), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("set_at", types.UtcDateTime(), nullable=False),
        sa.Column("set_by_id", types.big_id, nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_credentials_account_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name=op.f("fk_integration_credentials_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_credentials")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_integration_credentials_account_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_credentials_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_credentials_account_id"), "integration_credentials", ["account_id"], unique=False)
    op.create_index(op.f("ix_integration_credentials_key_id"), "integration_credentials", ["key_id"], unique=False)
    op.create_index(op.f("ix_integration_credentials_set_by_id"), "integration_credentials", ["set_by_id"], unique=False)
