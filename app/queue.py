"""Names of queues and jobs, so that nobody has to import a job to ask for it. Names outlive releases."""

from enum import StrEnum


class QueueClass(StrEnum):
    """Work that must not wait for other kinds of work gets a queue of its own."""

    INTERACTIVE = "interactive"
    """Somebody looks at the panel."""
    IMPORT = "import"
    """Long."""
    WATCH = "watch"
    """Periodic."""


class JobKind(StrEnum):
    CHECK_ACCESS = "check_access"
    VERIFY_AUDIT = "verify_audit"
    PURGE_SIGN_INS = "purge_sign_ins"
    IMPORT_BATCH = "import_batch"
    REVERSE_BATCH = "reverse_batch"
    REMOVE_SAMPLES = "remove_samples"
    REMOVE_FILES = "remove_files"
    PROVE_POINTS = "prove_points"
    RECLASSIFY_LEADS = "reclassify_leads"
    OVERRULE_LEADS = "overrule_leads"
    RUN_CHECKS = "run_checks"
    PROMOTE = "promote"
    DRILL_ROLLBACK = "drill_rollback"
    ROLL_BACK = "roll_back"
    RECHECK = "recheck"
    PROVE_FACETS = "prove_facets"
    PURGE = "purge"
    SEND_DIGESTS = "send_digests"
    WATCH = "watch"

    @property
    def queue(self) -> QueueClass:
        return _QUEUES[self]

    @property
    def label(self) -> str:
        return _LABELS[self]


_QUEUES = {
    JobKind.CHECK_ACCESS: QueueClass.INTERACTIVE,
    JobKind.VERIFY_AUDIT: QueueClass.WATCH,
    JobKind.PURGE_SIGN_INS: QueueClass.WATCH,
    JobKind.IMPORT_BATCH: QueueClass.IMPORT,
    JobKind.REVERSE_BATCH: QueueClass.IMPORT,
    JobKind.REMOVE_SAMPLES: QueueClass.WATCH,
    JobKind.REMOVE_FILES: QueueClass.WATCH,
    JobKind.PROVE_POINTS: QueueClass.WATCH,
    JobKind.RECLASSIFY_LEADS: QueueClass.IMPORT,
    JobKind.OVERRULE_LEADS: QueueClass.INTERACTIVE,
    JobKind.RUN_CHECKS: QueueClass.INTERACTIVE,
    JobKind.PROMOTE: QueueClass.INTERACTIVE,
    JobKind.DRILL_ROLLBACK: QueueClass.INTERACTIVE,
    JobKind.ROLL_BACK: QueueClass.INTERACTIVE,
    JobKind.RECHECK: QueueClass.WATCH,
    JobKind.PROVE_FACETS: QueueClass.WATCH,
    JobKind.PURGE: QueueClass.WATCH,
    JobKind.SEND_DIGESTS: QueueClass.WATCH,
    JobKind.WATCH: QueueClass.WATCH,
}
_LABELS = {
    JobKind.CHECK_ACCESS: "Check access",
    JobKind.VERIFY_AUDIT: "Verify the audit trail",
    JobKind.PURGE_SIGN_INS: "Remove expired sessions and links",
    JobKind.IMPORT_BATCH: "Import a file",
    JobKind.REVERSE_BATCH: "Reverse a batch",
    JobKind.REMOVE_SAMPLES: "Remove old samples and rows that were taken back",
    JobKind.REMOVE_FILES: "Remove uploaded files whose time is over",
    JobKind.PROVE_POINTS: "Prove that figures equal their rows",
    JobKind.RECLASSIFY_LEADS: "Class all leads by the rules in force",
    JobKind.OVERRULE_LEADS: "Apply what people said of leads",
    JobKind.RUN_CHECKS: "Run checks",
    JobKind.PROMOTE: "Promote the connector",
    JobKind.DRILL_ROLLBACK: "Rehearse the rollback",
    JobKind.ROLL_BACK: "Roll the connector back",
    JobKind.RECHECK: "Ask again what lapses or fell",
    JobKind.PROVE_FACETS: "Prove that every change was noted",
    JobKind.PURGE: "Remove data whose time is over",
    JobKind.SEND_DIGESTS: "Put reports into the mail",
    JobKind.WATCH: "Look after live connectors",
}
DRAIN_PATH = "app.jobs.entry.drain"
"""What a nudge runs: drains every due row of a queue class."""
