"""Table integration_rollback_notes of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_rollback_notes")


def _create() -> None:
    op.create_table(
        "integration_rollback_notes",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("planned", "drill", "executed", "incident", name="notekind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("follows_id", types.big_id, nullable=True),
        sa.Column("closes", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("target_id", types.big_id, nullable=True),
        sa.Column("trigger_text", types.long_text, nullable=False),
        sa.Column("goes_back", types.long_text, nullable=False),
        sa.Column("stays", types.long_text, nullable=False),
        sa.Column("affected", types.long_text, nullable=False),
        sa.Column("verified", types.long_text, nullable=False),
        sa.Column("client_words", types.long_text, nullable=False),
        sa.Column("passed", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("findings", types.long_text, nullable=False),
        sa.Column("written_by_id", types.big_id, nullable=True),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_rollback_notes_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["configuration_id"], ["connector_configurations.id"], name=op.f("fk_integration_rollback_notes_configuration_id")
        ),
        sa.ForeignKeyConstraint(["follows_id"], ["integration_rollback_notes.id"], name=op.f("fk_integration_rollback_notes_follows_id")),
        sa.ForeignKeyConstraint(["target_id"], ["integration_promotions.id"], name=op.f("fk_integration_rollback_notes_target_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_integration_rollback_notes_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_rollback_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_rollback_notes_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_rollback_notes_account_id_id"), "integration_rollback_notes", ["account_id", "id"], unique=False)
    op.create_index(
        op.f("ix_integration_rollback_notes_configuration_id"), "integration_rollback_notes", ["configuration_id"], unique=False
    )
    op.create_index(op.f("ix_integration_rollback_notes_follows_id"), "integration_rollback_notes", ["follows_id"], unique=False)
    op.create_index(op.f("ix_integration_rollback_notes_target_id"), "integration_rollback_notes", ["target_id"], unique=False)
    op.create_index(op.f("ix_integration_rollback_notes_written_by_id"), "integration_rollback_notes", ["written_by_id"], unique=False)
