"""Table organization_members of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("organization_members")


def _create() -> None:
    op.create_table(
        "organization_members",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("organization_id", types.big_id, nullable=False),
        sa.Column("user_id", types.big_id, nullable=False),
        sa.Column(
            "role", sa.Enum("viewer", "admin", name="memberrole", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_organization_members_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_organization_members_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_members")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organization_members_public_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_organization_members_user_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_organization_members_organization_id"), "organization_members", ["organization_id"], unique=False)
