"""Table integration_import_staging of both databases, in the same shape."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    _create()


def downgrade(home: str) -> None:
    op.drop_table("integration_import_staging")


def _create() -> None:
    op.create_table(
        "integration_import_staging",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("external_id", types.key_string(190), nullable=False),
        sa.Column("row_hash", types.digest_bytes(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "row_no", name=op.f("pk_integration_import_staging")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
