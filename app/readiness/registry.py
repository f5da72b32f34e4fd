"""Every check with the function that asks it, in the order of the gates."""

from app.readiness.check import Check
from app.readiness.checks import (
    access_tested,
    baseline,
    comparable,
    customer_authorized,
    data_home,
    explained,
    explanations,
    failure_path,
    fields_decided,
    first_metric,
    leads_separated,
    mandatory_fields,
    owner,
    privacy_classes,
    qa,
    recent_test,
    reconciled,
    rejects_reviewed,
    repeatable,
    retention,
    rollback_plan,
    runtime_privileges,
    scopes,
    second_approval,
    source_label,
    test_batch,
    webhook_rehearsed,
)

REGISTRY: tuple[Check, ...] = (
    source_label.CHECK,
    owner.CHECK,
    data_home.CHECK,
    access_tested.CHECK,
    scopes.CHECK,
    customer_authorized.CHECK,
    runtime_privileges.CHECK,
    fields_decided.CHECK,
    mandatory_fields.CHECK,
    explanations.CHECK,
    privacy_classes.CHECK,
    first_metric.CHECK,
    test_batch.CHECK,
    rejects_reviewed.CHECK,
    leads_separated.CHECK,
    repeatable.CHECK,
    webhook_rehearsed.CHECK,
    baseline.CHECK,
    comparable.CHECK,
    reconciled.CHECK,
    explained.CHECK,
    retention.CHECK,
    qa.CHECK,
    failure_path.CHECK,
    rollback_plan.CHECK,
    recent_test.CHECK,
    second_approval.CHECK,
)

_BY_KEY = {check.key: check for check in REGISTRY}


def check_of(key: str) -> Check:
    """:raises KeyError: if there is none"""
    return _BY_KEY[key]
