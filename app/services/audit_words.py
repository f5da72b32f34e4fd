"""What the audit trail's keys are called on pages. Keys outlive releases, so an old one keeps its words."""

import re

ACTIONS: dict[str, str] = {
    "access.checked": "Checked access",
    "baseline.frozen": "Froze a baseline",
    "batch.completed": "Brought the batch in",
    "batch.failed": "Could not bring the batch in",
    "batch.requested": "Asked for the import",
    "batch.reversal_requested": "Asked for the reversal of the batch",
    "batch.reversed": "Reversed the batch",
    "batch.sample_removed": "Removed the rows of the test batch",
    "change.logged": "Logged a change",
    "connector.created": "Created the connector",
    "connector.edited": "Edited the connector",
    "credential.removed": "Removed a secret",
    "credential.replaced": "Replaced a secret",
    "credential.set": "Set a secret",
    "data_type.edited": "Edited a data type",
    "field_map.activated": "Activated a field map",
    "field_map.copied": "Copied a field map from another connector",
    "field_map.discarded": "Discarded the draft of a field map",
    "field_map.drafted": "Began a field map",
    "field_map.edited": "Edited a field map",
    "file.reading_changed": "Changed how a file is read",
    "file.removed": "Removed an uploaded file",
    "file.uploaded": "Uploaded a file",
    "invitation.accepted": "Accepted the invitation",
    "invitation.sent": "Sent an invitation",
    "job.canceled": "Canceled the job",
    "job.failed": "Could not finish the job",
    "job.parked": "Parked the job",
    "job.requested": "Asked for the job",
    "job.succeeded": "Finished the job",
    "keys.rotated": "Sealed stored secrets with the newest key",
    "metric.chosen": "Chose a metric",
    "metric.dropped": "Dropped a metric",
    "metric.edited": "Edited a metric",
    "lead.revealed": "Revealed a lead's personal values",
    "lead_rules.restored": "Put former lead rules in force again",
    "lead_rules.saved": "Saved new lead rules",
    "leads.overruled": "Overruled the class of leads",
    "organization.created": "Created the organization",
    "organization.edited": "Edited the organization",
    "password.set": "Set a password",
    "password_reset.requested": "Asked for a new password",
    "person.added": "Added the person",
    "person.deactivated": "Deactivated the person",
    "person.reactivated": "Reactivated the person",
    "person.reset_link_sent": "Sent a link to set a new password",
    "person.role_changed": "Changed the role",
    "reconciliation.entered": "Entered the source's totals",
    "recovery_code.used": "Used a recovery code",
    "recovery_codes.renewed": "Made new recovery codes",
    "second_factor.disabled": "Turned the second factor off",
    "second_factor.enabled": "Turned the second factor on",
    "second_factor.moved": "Began to move the second factor to another phone",
    "second_factor.refused": "Entered a wrong second factor",
    "second_factor.reset": "Reset the second factor",
    "session.ended": "Signed out",
    "session.started": "Signed in",
    "sessions.ended": "Signed out everywhere",
    "sign_in.refused": "Was refused at the sign-in",
    "task.changed": "Changed the task",
    "task.closed": "Closed the task",
    "task.opened": "Opened the task",
}
"""``noun.verbed`` → what somebody did. A test fails for an action of ours that is missing here."""

COLUMNS: dict[str, str] = {
    "brand_color": "Brand color",
    "due_on": "Due",
    "email": "Mail address",
    "fiscal_month": "Fiscal year begins in month",
    "mode": "How data comes in",
    "week_start": "Week begins on day",
}
"""Keys of changes whose words are not just the key's own."""


def action_in_words(action: str) -> str:
    """``organization.edited`` → ``Edited the organization``; a key that nobody put into words is spelt out."""
    return ACTIONS.get(action) or re.sub(r"[._-]+", " ", action).strip().capitalize() or "Did something"


def column_in_words(name: str) -> str:
    return COLUMNS.get(name) or re.sub(r"[._-]+", " ", name).strip().capitalize() or "Value"
