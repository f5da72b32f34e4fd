"""Table admin_tasks of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("admin_tasks")


def _create() -> None:
    op.create_table(
        "admin_tasks",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("organization_id", types.big_id, nullable=True),
        sa.Column("account_id", types.big_id, nullable=True),
        sa.Column("kind", types.ascii_key(40), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("detail", sa.String(length=1000), nullable=False),
        sa.Column(
            "status", sa.Enum("open", "done", name="taskstatus", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("owner_id", types.big_id, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("open_key", types.key_string(140), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", types.big_id, nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_admin_tasks_account_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_admin_tasks_closed_by_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_admin_tasks_organization_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_admin_tasks_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_tasks")),
        sa.UniqueConstraint("open_key", name=op.f("uq_admin_tasks_open_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_admin_tasks_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_admin_tasks_account_id"), "admin_tasks", ["account_id"], unique=False)
    op.create_index(op.f("ix_admin_tasks_closed_by_id"), "admin_tasks", ["closed_by_id"], unique=False)
    op.create_index(op.f("ix_admin_tasks_organization_id"), "admin_tasks", ["organization_id"], unique=False)
    op.create_index(op.f("ix_admin_tasks_owner_id"), "admin_tasks", ["owner_id"], unique=False)
    op.create_index(op.f("ix_admin_tasks_status_due_on"), "admin_tasks", ["status", "due_on"], unique=False)
