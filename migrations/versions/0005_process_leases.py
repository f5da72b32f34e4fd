"""Table process_leases of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("process_leases")


def _create() -> None:
    op.create_table(
        "process_leases",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("name", types.ascii_key(40), nullable=False),
        sa.Column("holder", types.key_string(120), nullable=False),
        sa.Column("leased_until", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_leases")),
        sa.UniqueConstraint("name", name=op.f("uq_process_leases_name")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
