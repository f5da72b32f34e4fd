"""Table integration_field_map_fields of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_field_map_fields")


def _create() -> None:
    op.create_table(
        "integration_field_map_fields",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("map_id", types.big_id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=190), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("undecided", "mapped", "ignored", name="fielddecision", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("target", types.ascii_key(60), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("owner_id", types.big_id, nullable=True),
        sa.Column(
            "privacy",
            sa.Enum("public", "internal", "personal", "secret", name="privacyclass", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("ignore_reason", sa.String(length=200), nullable=False),
        sa.Column("transform", types.long_text, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["map_id"], ["integration_field_maps.id"], name=op.f("fk_integration_field_map_fields_map_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_integration_field_map_fields_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_field_map_fields")),
        sa.UniqueConstraint("map_id", "position", name=op.f("uq_integration_field_map_fields_map_id_position")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_field_map_fields_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_field_map_fields_map_id"), "integration_field_map_fields", ["map_id"], unique=False)
    op.create_index(op.f("ix_integration_field_map_fields_owner_id"), "integration_field_map_fields", ["owner_id"], unique=False)
