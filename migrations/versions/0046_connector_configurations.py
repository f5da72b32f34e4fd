"""Tables of readiness: configurations, facets, evidence, waivers, acknowledgements and sign-offs."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create_connector_configurations()
        _create_connector_facets()
        _create_readiness_evidence()
        _create_evidence_dependencies()
        _create_readiness_current()
        _create_readiness_waivers()
        _create_readiness_acknowledgements()
        _create_readiness_sign_offs()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("readiness_sign_offs")
        op.drop_table("readiness_acknowledgements")
        op.drop_table("readiness_waivers")
        op.drop_table("readiness_current")
        op.drop_table("evidence_dependencies")
        op.drop_table("readiness_evidence")
        op.drop_table("connector_facets")
        op.drop_table("connector_configurations")


def _create_connector_configurations() -> None:
    op.create_table(
        "connector_configurations",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("draft", "live", "former", name="configurationstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("status_key", types.ascii_key(60), nullable=True),
        sa.Column("passed_gates", sa.Integer(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_connector_configurations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector_configurations")),
        sa.UniqueConstraint("status_key", name=op.f("uq_connector_configurations_status_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_connector_configurations_public_id")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_connector_configurations_account_id_number")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_connector_configurations_status"), "connector_configurations", ["status"], unique=False)


def _create_connector_facets() -> None:
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


def _create_readiness_evidence() -> None:
    op.create_table(
        "readiness_evidence",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("result", types.ascii_key(20), nullable=False),
        sa.Column("sentence", sa.String(length=600), nullable=False),
        sa.Column("facts", types.long_text, nullable=False),
        sa.Column("items", types.long_text, nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("valid_until", types.UtcDateTime(), nullable=True),
        sa.Column("actor_kind", types.ascii_key(20), nullable=False),
        sa.Column("actor_id", sa.String(length=60), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_evidence_configuration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_evidence")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_evidence_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_readiness_evidence_configuration_id_check_key_id"),
        "readiness_evidence",
        ["configuration_id", "check_key", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_readiness_evidence_valid_until"), "readiness_evidence", ["valid_until"], unique=False)


def _create_evidence_dependencies() -> None:
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


def _create_readiness_current() -> None:
    op.create_table(
        "readiness_current",
        sa.Column("configuration_id", types.big_id, nullable=False, autoincrement=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("evidence_id", types.big_id, nullable=False),
        sa.Column("good_id", types.big_id, nullable=True),
        sa.ForeignKeyConstraint(["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_current_configuration_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["readiness_evidence.id"], name=op.f("fk_readiness_current_evidence_id")),
        sa.ForeignKeyConstraint(["good_id"], ["readiness_evidence.id"], name=op.f("fk_readiness_current_good_id")),
        sa.PrimaryKeyConstraint("configuration_id", "check_key", name=op.f("pk_readiness_current")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_readiness_current_evidence_id"), "readiness_current", ["evidence_id"], unique=False)
    op.create_index(op.f("ix_readiness_current_good_id"), "readiness_current", ["good_id"], unique=False)


def _create_readiness_waivers() -> None:
    op.create_table(
        "readiness_waivers",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("open_key", types.ascii_key(100), nullable=True),
        sa.Column("requested_by_id", types.big_id, nullable=False),
        sa.Column("approved_by_id", types.big_id, nullable=True),
        sa.Column("approved_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_readiness_waivers_approved_by_id")),
        sa.ForeignKeyConstraint(["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_waivers_configuration_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_readiness_waivers_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_waivers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_waivers_public_id")),
        sa.UniqueConstraint("open_key", name=op.f("uq_readiness_waivers_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_readiness_waivers_approved_by_id"), "readiness_waivers", ["approved_by_id"], unique=False)
    op.create_index(
        op.f("ix_readiness_waivers_configuration_id_check_key_id"),
        "readiness_waivers",
        ["configuration_id", "check_key", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_readiness_waivers_requested_by_id"), "readiness_waivers", ["requested_by_id"], unique=False)


def _create_readiness_acknowledgements() -> None:
    op.create_table(
        "readiness_acknowledgements",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("item", sa.String(length=700), nullable=False),
        sa.Column("item_digest", types.ascii_key(64), nullable=False),
        sa.Column("comment", sa.String(length=300), nullable=False),
        sa.Column("person_id", types.big_id, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_acknowledgements_configuration_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_readiness_acknowledgements_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_acknowledgements")),
        sa.UniqueConstraint("configuration_id", "check_key", "item_digest", name=op.f("uq_readiness_acknowledgements_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_acknowledgements_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_readiness_acknowledgements_person_id"), "readiness_acknowledgements", ["person_id"], unique=False)


def _create_readiness_sign_offs() -> None:
    op.create_table(
        "readiness_sign_offs",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("check_key", types.ascii_key(40), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("digest", types.ascii_key(64), nullable=False),
        sa.Column("person_id", types.big_id, nullable=False),
        sa.Column("signed_at", types.UtcDateTime(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["configuration_id"], ["connector_configurations.id"], name=op.f("fk_readiness_sign_offs_configuration_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_readiness_sign_offs_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_sign_offs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_readiness_sign_offs_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_readiness_sign_offs_configuration_id_check_key_id"),
        "readiness_sign_offs",
        ["configuration_id", "check_key", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_readiness_sign_offs_person_id"), "readiness_sign_offs", ["person_id"], unique=False)
