"""Table readiness_acknowledgements of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("readiness_acknowledgements")


def _create() -> None:
    op.create_table(
        "readiness_acknowledgements",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("item", sa.String(length=700), nullable=False),
        sa.Column("item_digest", types.ascii_key(64), nullable=False),
        sa.Column("comment", sa.String(length=300), nullable=False),
        sa.Column("person_id", types.big_id, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_acknowledgements_configuration_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_readiness_acknowledgements_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_acknowledgements")),
        sa.UniqueConstraint("configuration_id", "check_key", "item_digest", name=op.f("uq_readiness_acknowledgements_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_acknowledgements_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_readiness_acknowledgements_person_id"), "readiness_acknowledgements", ["person_id"], unique=False)
