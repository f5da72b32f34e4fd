"""Table users of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("users")


def _create() -> None:
    op.create_table(
        "users",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column(
            "kind", sa.Enum("staff", "client", name="userkind", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", types.key_string(254), nullable=False),
        sa.Column(
            "staff_role", sa.Enum("admin", "support", name="staffrole", native_enum=False, create_constraint=True, length=40), nullable=True
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("(kind = 'staff') = (staff_role IS NOT NULL)", name=op.f("ck_users_staff_have_a_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_users_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
