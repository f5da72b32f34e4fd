"""Table client_acts of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("client_acts")


def _create() -> None:
    op.create_table(
        "client_acts",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column(
            "kind", sa.Enum("grant", "withdraw", name="clientactkind", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("reads", sa.String(length=600), nullable=False),
        sa.Column("writes", sa.String(length=600), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("made_by_id", types.big_id, nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("followed_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_client_acts_account_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_client_acts_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_acts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_acts_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_client_acts_account_id_id"), "client_acts", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_client_acts_followed_at"), "client_acts", ["followed_at"], unique=False)
    op.create_index(op.f("ix_client_acts_made_by_id"), "client_acts", ["made_by_id"], unique=False)
