"""Table digest_sendings of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("digest_sendings")


def _create() -> None:
    op.create_table(
        "digest_sendings",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("user_id", types.big_id, nullable=False),
        sa.Column("period", types.ascii_key(20), nullable=False),
        sa.Column("sent_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_digest_sendings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_sendings")),
        sa.UniqueConstraint("user_id", "period", name=op.f("uq_digest_sendings_user_id_period")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
