"""Table integration_provider_accounts of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_provider_accounts")


def _create() -> None:
    op.create_table(
        "integration_provider_accounts",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("organization_id", types.big_id, nullable=False),
        sa.Column("provider", types.ascii_key(40), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("manual", "api", "webhook", name="accessmode", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("source_label", sa.String(length=80), nullable=False),
        sa.Column("owner_id", types.big_id, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "needs_attention",
                "needs_customer",
                "preparing",
                "late",
                "live",
                "retired",
                name="connectorstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("currency", types.ascii_key(3), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_integration_provider_accounts_organization_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_integration_provider_accounts_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_provider_accounts")),
        sa.UniqueConstraint("organization_id", "source_label", name=op.f("uq_integration_provider_accounts_organization_id_source_label")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_provider_accounts_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_integration_provider_accounts_organization_id"), "integration_provider_accounts", ["organization_id"], unique=False
    )
    op.create_index(op.f("ix_integration_provider_accounts_owner_id"), "integration_provider_accounts", ["owner_id"], unique=False)
    op.create_index(op.f("ix_integration_provider_accounts_state"), "integration_provider_accounts", ["state"], unique=False)
