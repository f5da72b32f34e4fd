"""Table readiness_current of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("readiness_current")


def _create() -> None:
    op.create_table(
        "readiness_current",
        sa.Column("configuration_id", types.big_id, nullable=False, autoincrement=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("evidence_id", types.big_id, nullable=False),
        sa.Column("good_id", types.big_id, nullable=True),
        sa.ForeignKeyConstraint(["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_current_configuration_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["readiness_evidence.id"], name=op.f("fk_readiness_current_evidence_id")),
        sa.ForeignKeyConstraint(["good_id"], ["readiness_evidence.id"], name=op.f("fk_readiness_current_good_id")),
        sa.PrimaryKeyConstraint("configuration_id", "check_key", name=op.f("pk_readiness_current")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_readiness_current_evidence_id"), "readiness_current", ["evidence_id"], unique=False)
    op.create_index(op.f("ix_readiness_current_good_id"), "readiness_current", ["good_id"], unique=False)
