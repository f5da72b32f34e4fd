"""Table audit_chains of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("audit_chains")


def _create() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("key", types.key_string(36), nullable=False),
        sa.Column("organization_id", types.big_id, nullable=True),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", types.ascii_key(64), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_audit_chains_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chains")),
        sa.UniqueConstraint("key", name=op.f("uq_audit_chains_key")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_audit_chains_organization_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
