"""What the portal calls itself to an organization's clients."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        op.add_column("organizations", sa.Column("portal_name", sa.String(length=60), nullable=False, server_default=""))


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_column("organizations", "portal_name")
