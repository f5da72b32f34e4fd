"""Table integration_import_rejects of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_import_rejects")


def _create() -> None:
    op.create_table(
        "integration_import_rejects",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("batch_id", types.big_id, nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=190), nullable=False),
        sa.Column("reason", types.ascii_key(40), nullable=False),
        sa.Column("sample", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["integration_import_batches.id"], name=op.f("fk_integration_import_rejects_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_import_rejects")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_integration_import_rejects_batch_id_reason_row_number"),
        "integration_import_rejects",
        ["batch_id", "reason", "row_number"],
        unique=False,
    )
