"""Staff console."""

from flask import Blueprint

bp = Blueprint("admin", __name__)

from app.admin import (  # noqa: E402  # views register themselves on the blueprint above
    access_requests,  # noqa: F401
    agreement_consent,  # noqa: F401
    agreement_exports,  # noqa: F401
    agreement_failure_path,  # noqa: F401
    agreement_retention,  # noqa: F401
    agreement_window_rule,  # noqa: F401
    alert_panel,  # noqa: F401
    alerts,  # noqa: F401
    audit,  # noqa: F401
    batch_reversal,  # noqa: F401
    check_acts,  # noqa: F401
    check_page,  # noqa: F401
    check_waivers,  # noqa: F401
    connector_credentials,  # noqa: F401
    connector_page,  # noqa: F401
    connectors,  # noqa: F401
    data_types,  # noqa: F401
    field_maps,  # noqa: F401
    figure_baselines,  # noqa: F401
    figure_changes,  # noqa: F401
    figure_compare,  # noqa: F401
    figure_page,  # noqa: F401
    figure_reconciliations,  # noqa: F401
    figures,  # noqa: F401
    file_reading,  # noqa: F401
    findings,  # noqa: F401
    health_page,  # noqa: F401
    imports,  # noqa: F401
    job_panel,  # noqa: F401
    jobs,  # noqa: F401
    lead_rules,  # noqa: F401
    leads,  # noqa: F401
    logos,  # noqa: F401
    map_column,  # noqa: F401
    map_editor,  # noqa: F401
    organizations,  # noqa: F401
    overview,  # noqa: F401
    packet_page,  # noqa: F401
    people,  # noqa: F401
    plan_page,  # noqa: F401
    promotion_page,  # noqa: F401
    questions,  # noqa: F401
    report_notes,  # noqa: F401
    retirement,  # noqa: F401
    rollback_notes,  # noqa: F401
    rollback_page,  # noqa: F401
    tasks,  # noqa: F401
    uploads,  # noqa: F401
    watch_today,  # noqa: F401
)
