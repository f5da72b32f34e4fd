"""Table stored_file_chunks of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("stored_file_chunks")


def _create() -> None:
    op.create_table(
        "stored_file_chunks",
        sa.Column("file_id", types.big_id, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", types.long_bytes, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_stored_file_chunks_file_id")),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_stored_file_chunks")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
