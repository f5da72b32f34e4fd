"""Table client_questions of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("client_questions")


def _create() -> None:
    op.create_table(
        "client_questions",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("question_text", sa.String(length=1000), nullable=False),
        sa.Column("asked_by_id", types.big_id, nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("followed_at", types.UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("answered_by_id", types.big_id, nullable=True),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_client_questions_account_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_client_questions_answered_by_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_client_questions_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_questions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_questions_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_client_questions_account_id_metric_key_id"), "client_questions", ["account_id", "metric_key", "id"], unique=False
    )
    op.create_index(op.f("ix_client_questions_answered_by_id"), "client_questions", ["answered_by_id"], unique=False)
    op.create_index(op.f("ix_client_questions_asked_by_id"), "client_questions", ["asked_by_id"], unique=False)
    op.create_index(op.f("ix_client_questions_followed_at"), "client_questions", ["followed_at"], unique=False)
