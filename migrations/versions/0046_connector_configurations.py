"""Table connector_configurations of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("connector_configurations")


def _create() -> None:
    op.create_table(
        "connector_configurations",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("draft", "live", "former", name="configurationstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("status_key", types.ascii_key(60), nullable=True),
        sa.Column("passed_gates", sa.Integer(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_connector_configurations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector_configurations")),
        sa.UniqueConstraint("status_key", name=op.f("uq_connector_configurations_status_key")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_connector_configurations_account_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_connector_configurations_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_connector_configurations_status"), "connector_configurations", ["status"], unique=False)
