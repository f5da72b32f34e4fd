"""Table integration_field_maps of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_field_maps")


def _create() -> None:
    op.create_table(
        "integration_field_maps",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("draft", "active", "former", name="mapstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("draft_key", types.ascii_key(80), nullable=True),
        sa.Column("active_key", types.ascii_key(80), nullable=True),
        sa.Column("reading", types.long_text, nullable=False),
        sa.Column("activated_at", types.UtcDateTime(), nullable=True),
        sa.Column("activated_by_id", types.big_id, nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_field_maps_account_id")),
        sa.ForeignKeyConstraint(["activated_by_id"], ["users.id"], name=op.f("fk_integration_field_maps_activated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_field_maps")),
        sa.UniqueConstraint("account_id", "data_type", "number", name=op.f("uq_integration_field_maps_account_id_data_type_number")),
        sa.UniqueConstraint("active_key", name=op.f("uq_integration_field_maps_active_key")),
        sa.UniqueConstraint("draft_key", name=op.f("uq_integration_field_maps_draft_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_field_maps_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_field_maps_account_id"), "integration_field_maps", ["account_id"], unique=False)
    op.create_index(op.f("ix_integration_field_maps_activated_by_id"), "integration_field_maps", ["activated_by_id"], unique=False)
