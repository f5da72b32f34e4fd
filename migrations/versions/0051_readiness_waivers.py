"""Table readiness_waivers of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("readiness_waivers")


def _create() -> None:
    op.create_table(
        "readiness_waivers",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("open_key", types.ascii_key(100), nullable=True),
        sa.Column("requested_by_id", types.big_id, nullable=False),
        sa.Column("approved_by_id", types.big_id, nullable=True),
        sa.Column("approved_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_readiness_waivers_approved_by_id")),
        sa.ForeignKeyConstraint(["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_waivers_configuration_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_readiness_waivers_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_waivers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_waivers_public_id")),
        sa.UniqueConstraint("open_key", name=op.f("uq_readiness_waivers_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_readiness_waivers_approved_by_id"), "readiness_waivers", ["approved_by_id"], unique=False)
    op.create_index(
        op.f("ix_readiness_waivers_configuration_id_check_key_id"),
        "readiness_waivers",
        ["configuration_id", "check_key", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_readiness_waivers_requested_by_id"), "readiness_waivers", ["requested_by_id"], unique=False)
