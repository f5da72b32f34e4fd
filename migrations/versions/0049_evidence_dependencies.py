"""Table evidence_dependencies of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("evidence_dependencies")


def _create() -> None:
    op.create_table(
        "evidence_dependencies",
        sa.Column("evidence_id", types.big_id, nullable=False, autoincrement=False),
        sa.Column("facet", types.ascii_key(40), nullable=False),
        sa.Column("digest", types.ascii_key(64), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["readiness_evidence.id"], name=op.f("fk_evidence_dependencies_evidence_id")),
        sa.PrimaryKeyConstraint("evidence_id", "facet", name=op.f("pk_evidence_dependencies")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
