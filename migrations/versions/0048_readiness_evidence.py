"""Table readiness_evidence of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("readiness_evidence")


def _create() -> None:
    op.create_table(
        "readiness_evidence",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("result", types.ascii_key(20), nullable=False),
        sa.Column("sentence", sa.String(length=600), nullable=False),
        sa.Column("facts", types.long_text, nullable=False),
        sa.Column("items", types.long_text, nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("valid_until", types.UtcDateTime(), nullable=True),
        sa.Column("actor_kind", types.ascii_key(20), nullable=False),
        sa.Column("actor_id", sa.String(length=60), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_evidence_configuration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_evidence")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_evidence_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_readiness_evidence_configuration_id_check_key_id"),
        "readiness_evidence",
        ["configuration_id", "check_key", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_readiness_evidence_configuration_id_made_at"), "readiness_evidence", ["configuration_id", "made_at"], unique=False
    )
    op.create_index(op.f("ix_readiness_evidence_valid_until"), "readiness_evidence", ["valid_until"], unique=False)
