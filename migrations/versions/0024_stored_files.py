"""Table stored_files of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("stored_files")


def _create() -> None:
    op.create_table(
        "stored_files",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", types.ascii_key(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=512), nullable=False),
        sa.Column("key_id", types.ascii_key(40), nullable=False),
        sa.Column("inspection", types.long_text, nullable=False),
        sa.Column("uploaded_by_id", types.big_id, nullable=True),
        sa.Column("remove_after", types.UtcDateTime(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_stored_files_account_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_stored_files_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_files_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_stored_files_account_id"), "stored_files", ["account_id"], unique=False)
    op.create_index(op.f("ix_stored_files_key_id"), "stored_files", ["key_id"], unique=False)
    op.create_index(op.f("ix_stored_files_remove_after"), "stored_files", ["remove_after"], unique=False)
    op.create_index(op.f("ix_stored_files_uploaded_by_id"), "stored_files", ["uploaded_by_id"], unique=False)
