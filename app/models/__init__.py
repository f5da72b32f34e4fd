"""Every table. Importing this package makes the metadata complete."""

from app.models.accounts import AccessMode, AccountCredential, ConnectorState, ProviderAccount
from app.models.audit import AuditChain, AuditEvent
from app.models.base import Base, TrafficBase
from app.models.imports import BatchKind, BatchStatus, ImportBatch
from app.models.jobs import JobStatus, SyncJob
from app.models.operations import InstallationMark, OutgoingMail, ProcessBeat, ProcessLease, TrafficMark
from app.models.organizations import MemberRole, Organization, OrganizationMember
from app.models.people import (
    CLIENT_REALM,
    REALMS,
    STAFF_REALM,
    ClientCredential,
    ClientLinkToken,
    ClientRecoveryCode,
    ClientSession,
    LinkPurpose,
    Realm,
    StaffCredential,
    StaffLinkToken,
    StaffRecoveryCode,
    StaffRole,
    StaffSession,
    User,
    UserKind,
)
from app.models.tasks import AdminTask, TaskStatus

__all__ = [
    "CLIENT_REALM",
    "REALMS",
    "STAFF_REALM",
    "AccessMode",
    "AccountCredential",
    "AdminTask",
    "AuditChain",
    "AuditEvent",
    "Base",
    "BatchKind",
    "BatchStatus",
    "ClientCredential",
    "ClientLinkToken",
    "ClientRecoveryCode",
    "ClientSession",
    "ConnectorState",
    "ImportBatch",
    "InstallationMark",
    "JobStatus",
    "LinkPurpose",
    "MemberRole",
    "Organization",
    "OrganizationMember",
    "OutgoingMail",
    "ProcessBeat",
    "ProcessLease",
    "ProviderAccount",
    "Realm",
    "StaffCredential",
    "StaffLinkToken",
    "StaffRecoveryCode",
    "StaffRole",
    "StaffSession",
    "SyncJob",
    "TaskStatus",
    "TrafficBase",
    "TrafficMark",
    "User",
    "UserKind",
]
