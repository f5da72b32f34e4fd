"""Table crm_streams of both databases, in the same shape."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    _create()


def downgrade(home: str) -> None:
    op.drop_table("crm_streams")


def _create() -> None:
    op.create_table(
        "crm_streams",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_public_id", types.ascii_key(36), nullable=False),
        sa.Column("organization_public_id", types.ascii_key(36), nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column(
            "lane",
            sa.Enum("live", "rehearsal", "sample", name="lane", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_streams")),
        sa.UniqueConstraint("account_public_id", "data_type", "lane", name=op.f("uq_crm_streams_account_public_id_data_type_lane")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_crm_streams_organization_public_id"), "crm_streams", ["organization_public_id"], unique=False)
