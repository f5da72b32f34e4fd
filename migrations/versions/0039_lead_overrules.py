"""Table lead_overrules of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("lead_overrules")


def _create() -> None:
    op.create_table(
        "lead_overrules",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column("external_id", types.key_string(190), nullable=False),
        sa.Column(
            "lead_class",
            sa.Enum(
                "genuine", "test", "spam", "internal", "duplicate", name="leadclass", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_by_id", types.big_id, nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_lead_overrules_account_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_lead_overrules_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_overrules")),
        sa.UniqueConstraint("account_id", "data_type", "external_id", name=op.f("uq_lead_overrules_account_id_data_type_external_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_overrules_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_lead_overrules_account_id"), "lead_overrules", ["account_id"], unique=False)
    op.create_index(op.f("ix_lead_overrules_made_by_id"), "lead_overrules", ["made_by_id"], unique=False)
