"""Table connector_facets of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("connector_facets")


def _create() -> None:
    op.create_table(
        "connector_facets",
        sa.Column("configuration_id", types.big_id, nullable=False, autoincrement=False),
        sa.Column("facet", types.ascii_key(40), nullable=False),
        sa.Column("digest", types.ascii_key(64), nullable=False),
        sa.Column("content", types.long_text, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("cause", types.ascii_key(60), nullable=False),
        sa.Column("actor_kind", types.ascii_key(20), nullable=False),
        sa.Column("actor_id", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["configuration_id"], ["connector_configurations.id"], name=op.f("fk_connector_facets_configuration_id")),
        sa.PrimaryKeyConstraint("configuration_id", "facet", name=op.f("pk_connector_facets")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
