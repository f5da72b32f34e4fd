"""Index of readiness_evidence by configuration and age: what retention removes next."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

NAME = "ix_readiness_evidence_configuration_id_made_at"


def upgrade(home: str) -> None:
    if home == "app":
        op.create_index(op.f(NAME), "readiness_evidence", ["configuration_id", "made_at"], unique=False)


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_index(op.f(NAME), table_name="readiness_evidence")
