"""Table mail_choices of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("mail_choices")


def _create() -> None:
    op.create_table(
        "mail_choices",
        sa.Column("user_id", types.big_id, nullable=False, autoincrement=False),
        sa.Column(
            "frequency",
            sa.Enum("off", "weekly", "monthly", name="digestfrequency", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mail_choices_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_choices")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
