"""What people agree about a connector and write down: consent, supply, failure path, retention, windows."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target, canonical_json
from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.metrics.window_rules import WindowRule
from app.models import (
    AccessMode,
    Authorization,
    ClientAct,
    ClientActKind,
    ExportAgreement,
    FailurePath,
    ProviderAccount,
    RetentionRule,
    User,
)
from app.models import WindowRule as WindowRuleRow
from app.readiness.checks.retention import CLASSES
from app.services import data_types, tasks
from app.services.errors import InvalidField, NotPossible, StaleVersion

MOST_DAYS = 366
LONGEST_KEPT = 3650
OTHER_WAS_FASTER = "Somebody else changed this while you had it open."
THE_CLIENTS_NO = "The client withdrew access in the portal, so only a client admin can grant it again. Ask for access instead."


def consent_of(account: ProviderAccount) -> Authorization | None:
    """What counts, withdrawn or not."""
    return db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))


def record_consent(
    account: ProviderAccount,
    *,
    reads: Collection[str],
    writes: Collection[str],
    given_by: str,
    given_on: date,
    proof: str,
    by: User,
    actor: Actor,
    seen: str | None = None,
) -> Authorization:
    """Write down what the customer agreed to, in place of what was there before.

    :param seen: public id of the consent that the person saw; empty: there was none; None: nobody looked
    :raises NotPossible: unless data comes in by hand, where a client admin grants in the portal; and once one withdrew there
    :raises InvalidField: the part that is missing
    :raises StaleVersion: if somebody else was faster
    """
    if account.mode is not AccessMode.MANUAL:
        raise NotPossible("Consent is recorded by staff for supplied exports alone. Otherwise a client admin grants it in the portal.")
    if _said_no_in_the_portal(account):
        raise NotPossible(THE_CLIENTS_NO)
    if not reads:
        raise InvalidField("reads", "Choose the data types that may be read.")
    unknown = {*reads, *writes} - DATA_TYPES.keys()
    if unknown:
        raise InvalidField("reads", "Choose data types from the list.")
    if not given_by.strip():
        raise InvalidField("given_by", "Say who agreed.")
    if not proof.strip():
        raise InvalidField("proof", "Say where the proof is kept: a mail's subject and day, or a contract's number.")
    if given_on > tasks.today(account.organization):
        raise InvalidField("given_on", "Nobody can have agreed on a day that has not come yet.")
    former = consent_of(account)
    if seen is not None and seen != (former.public_id if former is not None else ""):
        shown = {"Agreed by": former.given_by, "On": former.given_on.isoformat(), "Proof": former.proof} if former is not None else {}
        raise StaleVersion(OTHER_WAS_FASTER, shown)
    if former is not None:
        former.current_key = None
        db.session.flush()
    row = Authorization(
        account_id=account.id,
        current_key=account.public_id,
        reads=",".join(sorted(reads)),
        writes=",".join(sorted(writes)),
        given_by=given_by.strip(),
        given_on=given_on,
        proof=proof.strip(),
        recorded_by_id=by.id,
    )
    target = Target.of(row, account.organization)
    changes = {"reads": sorted(reads), "writes": sorted(writes), "given_on": given_on, "connector": account.public_id}
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as exc:
        raise StaleVersion(OTHER_WAS_FASTER) from exc
    audit.record(db.session(), actor, "consent.recorded", target, changes)
    return row


def withdraw_consent(account: ProviderAccount, *, note: str, actor: Actor) -> Authorization:
    """Write down that the customer took it back. Nothing is imported from then on.

    :raises NotPossible: if there is none
    """
    row = consent_of(account)
    if row is None or row.withdrawn_on is not None:
        raise NotPossible("There is no consent that could be withdrawn.")
    row.withdrawn_on, row.withdrawn_note = tasks.today(account.organization), note.strip()[:300]
    audit.record(db.session(), actor, "consent.withdrawn", Target.of(row, account.organization), {"connector": account.public_id})
    db.session.flush()
    return row


def _said_no_in_the_portal(account: ProviderAccount) -> bool:
    newest = sa.select(ClientAct.kind).where(ClientAct.account_id == account.id).order_by(ClientAct.id.desc()).limit(1)
    return db.session.scalar(newest) is ClientActKind.WITHDRAW


def exports_of(account: ProviderAccount) -> Sequence[ExportAgreement]:
    query = sa.select(ExportAgreement).where(ExportAgreement.account_id == account.id)
    return db.session.scalars(query.order_by(ExportAgreement.data_type)).all()


def agree_on_export(
    account: ProviderAccount, data_type: str, *, supplier: str, every_days: int, next_due: date, seen_version: int, actor: Actor
) -> ExportAgreement:
    """Write down who supplies an export, and how often.

    :param seen_version: of the agreement as the person saw it; 0: there was none
    :raises InvalidField: the part that cannot be taken
    :raises StaleVersion: if somebody else was faster
    """
    if data_type not in DATA_TYPES:
        raise InvalidField("data_type", "Choose a data type from the list.")
    if not supplier.strip():
        raise InvalidField("supplier", "Say who supplies it: a role or a company.")
    if not 1 <= every_days <= MOST_DAYS:
        raise InvalidField("every_days", f"Enter a number of days from 1 to {MOST_DAYS}.")
    if next_due < tasks.today(account.organization):
        raise InvalidField("next_due", "Choose today or a later day.")
    query = sa.select(ExportAgreement).where(ExportAgreement.account_id == account.id, ExportAgreement.data_type == data_type)
    row = db.session.scalar(query.with_for_update())
    if (row.version if row is not None else 0) != seen_version:
        shown = {"Supplied by": row.supplier, "Every": f"{row.every_days} days", "Next": row.next_due.isoformat()} if row else {}
        raise StaleVersion(OTHER_WAS_FASTER, shown)
    if row is None:
        row = ExportAgreement(account_id=account.id, data_type=data_type)
    row.supplier, row.every_days, row.next_due = supplier.strip(), every_days, next_due
    target = Target.of(row, account.organization)
    db.session.add(row)
    changes = {"data_type": data_type, "every_days": every_days, "next_due": next_due, "connector": account.public_id}
    audit.record(db.session(), actor, "export.agreed", target, changes)
    db.session.flush()
    return row


def export_came(account: ProviderAccount, data_type: str) -> None:
    """Move the day on which the next export is due."""
    query = sa.select(ExportAgreement).where(ExportAgreement.account_id == account.id, ExportAgreement.data_type == data_type)
    row = db.session.scalar(query)
    if row is not None:
        row.next_due = max(row.next_due, tasks.today(account.organization) + timedelta(days=row.every_days))
        db.session.flush()


def failure_path_of(account: ProviderAccount) -> FailurePath | None:
    return db.session.scalar(sa.select(FailurePath).where(FailurePath.account_id == account.id))


def people_told(row: FailurePath) -> frozenset[str]:
    """Public ids."""
    return frozenset(json.loads(row.told))


def write_failure_path(
    account: ProviderAccount, *, told: Collection[User], channel: str, client_sees: str, fallback: str, seen_version: int, actor: Actor
) -> FailurePath:
    """Write down what happens when the connector fails.

    :param seen_version: as the person saw it; 0: there was none
    :raises InvalidField: the part that is missing
    :raises StaleVersion: if somebody else was faster
    """
    if not told:
        raise InvalidField("told", "Choose at least one active member of staff who is told.")
    for name, text, what in (
        ("channel", channel, "by which channel they are told"),
        ("client_sees", client_sees, "what the client sees meanwhile"),
        ("fallback", fallback, "what the fallback is"),
    ):
        if not text.strip():
            raise InvalidField(name, f"Say {what}.")
    row = db.session.scalar(sa.select(FailurePath).where(FailurePath.account_id == account.id).with_for_update())
    if (row.version if row is not None else 0) != seen_version:
        shown = {"Channel": row.channel, "The client sees": row.client_sees, "Fallback": row.fallback} if row else {}
        raise StaleVersion(OTHER_WAS_FASTER, shown)
    if row is None:
        row = FailurePath(account_id=account.id)
    row.told = canonical_json(sorted(person.public_id for person in told))
    row.channel, row.client_sees, row.fallback = channel.strip(), client_sees.strip(), fallback.strip()
    target = Target.of(row, account.organization)
    db.session.add(row)
    changes = {"told": sorted(person.public_id for person in told), "connector": account.public_id}
    audit.record(db.session(), actor, "failure_path.written", target, changes)
    db.session.flush()
    return row


def retention_of(account: ProviderAccount) -> dict[str, RetentionRule]:
    rows = db.session.scalars(sa.select(RetentionRule).where(RetentionRule.account_id == account.id))
    return {row.data_class: row for row in rows}


def decide_retention(account: ProviderAccount, days: Mapping[str, int], *, seen: Mapping[str, int], actor: Actor) -> None:
    """Say how long each class of data is kept.

    :param seen: class → version as the person saw it, for those that were there
    :raises InvalidField: the class whose days cannot be taken
    :raises StaleVersion: if somebody else was faster
    """
    db.session.execute(sa.select(ProviderAccount.id).where(ProviderAccount.id == account.id).with_for_update())
    rows = retention_of(account)
    if {key: row.version for key, row in rows.items()} != dict(seen):
        raise StaleVersion(OTHER_WAS_FASTER, {CLASSES.get(key, key): f"{row.days} days" for key, row in rows.items()})
    for key, count in days.items():
        if key not in CLASSES or not 0 <= count <= LONGEST_KEPT:
            raise InvalidField(key, f"Enter a number of days from 0 to {LONGEST_KEPT:,}; 0 means that it is not kept.")
        row = rows.get(key) or RetentionRule(account_id=account.id, data_class=key)
        row.days = count
        db.session.add(row)
    target = Target.of(account, account.organization)
    audit.record(db.session(), actor, "retention.decided", target, {f"{key}_days": count for key, count in days.items()})
    db.session.flush()


def window_rule_of(account: ProviderAccount) -> WindowRuleRow | None:
    return db.session.scalar(sa.select(WindowRuleRow).where(WindowRuleRow.account_id == account.id))


def choose_window_rule(account: ProviderAccount, rule: WindowRule, *, actor: Actor, seen_version: int | None = None) -> None:
    """Say which window is compared with the baseline.

    :param seen_version: as the person saw it; 0: there was none; None: nobody looked
    :raises StaleVersion: if somebody else was faster
    """
    query = sa.select(WindowRuleRow).where(WindowRuleRow.account_id == account.id)
    found = db.session.scalar(query.with_for_update())
    if seen_version is not None and seen_version != (found.version if found is not None else 0):
        raise StaleVersion(OTHER_WAS_FASTER, {"Window": WindowRule(found.rule).label} if found is not None else {})
    row = found or WindowRuleRow(account_id=account.id)
    before = row.rule if row.id is not None else None
    row.rule = rule.value
    target = Target.of(row, account.organization)
    db.session.add(row)
    changes = {"rule": [before, rule.value], "connector": account.public_id}
    audit.record(db.session(), actor, "window_rule.chosen", target, changes)
    db.session.flush()


def choose_data_type(account: ProviderAccount, data_type: str, *, actor: Actor) -> None:
    """Say that the connector brings a data type; where its rows go is decided apart from it.

    :raises InvalidField: if there is none of that name
    """

    if data_type not in DATA_TYPES:
        raise InvalidField("data_type", "Choose a data type from the list.")
    row = data_types.of(account, data_type)
    changes = {"data_type": data_type, "connector": account.public_id}
    audit.record(db.session(), actor, "data_type.chosen", Target.of(row, account.organization), changes)
