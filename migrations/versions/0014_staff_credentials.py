"""Table staff_credentials of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("staff_credentials")


def _create() -> None:
    op.create_table(
        "staff_credentials",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("password_set_at", types.UtcDateTime(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(length=512), nullable=True),
        sa.Column("totp_key_id", types.ascii_key(40), nullable=True),
        sa.Column("totp_confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("user_id", types.big_id, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_staff_credentials_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_credentials")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_credentials_public_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_staff_credentials_user_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_staff_credentials_totp_key_id"), "staff_credentials", ["totp_key_id"], unique=False)
