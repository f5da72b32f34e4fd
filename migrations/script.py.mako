"""${message}."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    globals()[f"upgrade_{home}"]()


def downgrade(home: str) -> None:
    globals()[f"downgrade_{home}"]()

% for home in ("app", "traffic"):

def upgrade_${home}() -> None:
    ${context.get(f"{home}_upgrades", "pass")}


def downgrade_${home}() -> None:
    ${context.get(f"{home}_downgrades", "pass")}

% endfor
