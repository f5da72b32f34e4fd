"""Table readiness_sign_offs of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("readiness_sign_offs")


def _create() -> None:
    op.create_table(
        "readiness_sign_offs",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("digest", types.ascii_key(64), nullable=False),
        sa.Column("person_id", types.big_id, nullable=False),
        sa.Column("signed_at", types.UtcDateTime(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_sign_offs_configuration_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_readiness_sign_offs_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_sign_offs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_sign_offs_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_readiness_sign_offs_configuration_id_check_key_id"),
        "readiness_sign_offs",
        ["configuration_id", "check_key", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_readiness_sign_offs_person_id"), "readiness_sign_offs", ["person_id"], unique=False)
