"""Table import_batch_states of both databases, in the same shape."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    _create()


def downgrade(home: str) -> None:
    op.drop_table("import_batch_states")


def _create() -> None:
    op.create_table(
        "import_batch_states",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("batch_public_id", types.ascii_key(36), nullable=False),
        sa.Column("stream_id", sa.BigInteger(), nullable=False),
        sa.Column("map_number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("loading", "complete", "reversed", name="stateofbatch", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch_states")),
        sa.UniqueConstraint("batch_public_id", name=op.f("uq_import_batch_states_batch_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_import_batch_states_stream_id_id"), "import_batch_states", ["stream_id", "id"], unique=False)
