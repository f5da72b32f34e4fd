"""Table integration_data_types of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_data_types")


def _create() -> None:
    op.create_table(
        "integration_data_types",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column("home", sa.Enum("app", "traffic", name="datahome", native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column("home_decided_by_id", types.big_id, nullable=True),
        sa.Column("sealed_before", sa.Date(), nullable=True),
        sa.Column("keep_files_days", sa.Integer(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_data_types_account_id")),
        sa.ForeignKeyConstraint(["home_decided_by_id"], ["users.id"], name=op.f("fk_integration_data_types_home_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_data_types")),
        sa.UniqueConstraint("account_id", "data_type", name=op.f("uq_integration_data_types_account_id_data_type")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_data_types_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_data_types_account_id"), "integration_data_types", ["account_id"], unique=False)
    op.create_index(op.f("ix_integration_data_types_home_decided_by_id"), "integration_data_types", ["home_decided_by_id"], unique=False)
