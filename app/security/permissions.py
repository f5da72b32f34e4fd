"""Who may do what, as data. Values outlive releases: never rename one."""

from enum import StrEnum

from app.models.organizations import MemberRole
from app.models.people import StaffRole


class Role(StrEnum):
    ADMIN = "admin"
    SUPPORT = "support"
    CLIENT_ADMIN = "client_admin"
    CLIENT_VIEWER = "client_viewer"

    @property
    def label(self) -> str:
        return {
            "admin": "Admin",
            "support": "Support",
            "client_admin": "Client admin",
            "client_viewer": "Client viewer",
        }[self.value]

    @classmethod
    def of_staff(cls, role: StaffRole) -> "Role":
        return cls(role.value)

    @classmethod
    def of_member(cls, role: MemberRole) -> "Role":
        return cls.CLIENT_ADMIN if role is MemberRole.ADMIN else cls.CLIENT_VIEWER


class Permission(StrEnum):
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_WRITE = "organization:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    CONNECTOR_READ = "connector:read"
    CONNECTOR_WRITE = "connector:write"
    CREDENTIAL_WRITE = "credential:write"
    IMPORT_READ = "import:read"
    IMPORT_WRITE = "import:write"
    MAP_WRITE = "map:write"
    LEAD_WRITE = "lead:write"
    LEAD_REVEAL = "lead:reveal"
    METRIC_READ = "metric:read"
    METRIC_WRITE = "metric:write"
    READINESS_WRITE = "readiness:write"
    PROMOTION_WRITE = "promotion:write"
    NOTE_WRITE = "note:write"
    JOB_READ = "job:read"
    JOB_RUN = "job:run"
    TASK_READ = "task:read"
    TASK_WRITE = "task:write"
    AUDIT_READ = "audit:read"
    WATCH_READ = "watch:read"
    WATCH_WRITE = "watch:write"
    PORTAL_READ = "portal:read"
    PORTAL_GRANT = "portal:grant"
    OWN_ACCOUNT = "account:own"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Permission.ORGANIZATION_READ: "See organizations",
    Permission.ORGANIZATION_WRITE: "Create and edit organizations",
    Permission.PEOPLE_READ: "See people and invitations",
    Permission.PEOPLE_WRITE: "Invite, change roles, deactivate, reset second factors",
    Permission.CONNECTOR_READ: "See connectors",
    Permission.CONNECTOR_WRITE: "Create and edit connectors",
    Permission.CREDENTIAL_WRITE: "Set and replace a connector's secrets",
    Permission.IMPORT_READ: "See imports, field maps, rejects and leads (masked)",
    Permission.IMPORT_WRITE: "Upload files, import and reverse batches",
    Permission.MAP_WRITE: "Change and activate field maps",
    Permission.LEAD_WRITE: "Change lead rules and overrule a lead's class",
    Permission.LEAD_REVEAL: "Reveal a lead's personal values (each time is audited)",
    Permission.METRIC_READ: "See figures, comparisons and baselines",
    Permission.METRIC_WRITE: "Choose metrics, freeze baselines, log changes, reconcile",
    Permission.READINESS_WRITE: "Run checks, sign, acknowledge, waive, write agreements down",
    Permission.PROMOTION_WRITE: "Ask for a promotion, approve one, roll back, run a drill",
    Permission.NOTE_WRITE: "Write rollback notes, notes on cards and answers to clients",
    Permission.JOB_READ: "See jobs",
    Permission.JOB_RUN: "Start, cancel and repeat jobs",
    Permission.TASK_READ: "See tasks",
    Permission.TASK_WRITE: "Open, assign and close tasks",
    Permission.AUDIT_READ: "Read and verify the audit trail",
    Permission.WATCH_READ: "See what the watch found, what would not pass today, and how Fivegate itself is",
    Permission.WATCH_WRITE: "Say where alerts go, and try it",
    Permission.PORTAL_READ: "Read the client portal of the own organization, ask questions, choose mails",
    Permission.PORTAL_GRANT: "Grant the agency access to the own organization's data, and withdraw it",
    Permission.OWN_ACCOUNT: "Change the own password, second factor and sessions",
}

STAFF_READING = frozenset(
    {
        Permission.ORGANIZATION_READ,
        Permission.PEOPLE_READ,
        Permission.CONNECTOR_READ,
        Permission.IMPORT_READ,
        Permission.METRIC_READ,
        Permission.JOB_READ,
        Permission.TASK_READ,
        Permission.AUDIT_READ,
        Permission.WATCH_READ,
        Permission.OWN_ACCOUNT,
    }
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: STAFF_READING
    | {
        Permission.ORGANIZATION_WRITE,
        Permission.PEOPLE_WRITE,
        Permission.CONNECTOR_WRITE,
        Permission.CREDENTIAL_WRITE,
        Permission.IMPORT_WRITE,
        Permission.MAP_WRITE,
        Permission.LEAD_WRITE,
        Permission.LEAD_REVEAL,
        Permission.METRIC_WRITE,
        Permission.READINESS_WRITE,
        Permission.PROMOTION_WRITE,
        Permission.NOTE_WRITE,
        Permission.JOB_RUN,
        Permission.TASK_WRITE,
        Permission.WATCH_WRITE,
    },
    Role.SUPPORT: STAFF_READING | {Permission.NOTE_WRITE},
    Role.CLIENT_ADMIN: frozenset({Permission.PORTAL_READ, Permission.PORTAL_GRANT, Permission.OWN_ACCOUNT}),
    Role.CLIENT_VIEWER: frozenset({Permission.PORTAL_READ, Permission.OWN_ACCOUNT}),
}


def is_granted(role: Role, permission: Permission) -> bool:
    return permission in GRANTS[role]
