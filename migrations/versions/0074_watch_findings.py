"""Table watch_findings of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("watch_findings")


def _create() -> None:
    op.create_table(
        "watch_findings",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "freshness",
                "volume",
                "silence",
                "schema",
                "restated",
                "owner",
                "secret_age",
                "evidence",
                "withdrawn",
                name="findingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", types.ascii_key(80), nullable=False),
        sa.Column("level", types.ascii_key(20), nullable=False),
        sa.Column("open_key", types.ascii_key(140), nullable=True),
        sa.Column("sentence", sa.String(length=600), nullable=False),
        sa.Column("basis", types.ascii_key(64), nullable=False),
        sa.Column("found_at", types.UtcDateTime(), nullable=False),
        sa.Column("over_at", types.UtcDateTime(), nullable=True),
        sa.Column("reviewed_by_id", types.big_id, nullable=True),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_watch_findings_account_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["users.id"], name=op.f("fk_watch_findings_reviewed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_findings")),
        sa.UniqueConstraint("open_key", name=op.f("uq_watch_findings_open_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_watch_findings_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_watch_findings_account_id_id"), "watch_findings", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_watch_findings_reviewed_by_id"), "watch_findings", ["reviewed_by_id"], unique=False)
