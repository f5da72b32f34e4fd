"""Acknowledgements: a person saw one item of a warning, with the content that it has. Another content is another item."""

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import ConnectorConfiguration, ProviderAccount, ReadinessAcknowledgement, User
from app.readiness.facets import digest_of
from app.services.errors import NotPossible
from app.services.stands import Stands


def acknowledge(
    account: ProviderAccount,
    configuration: ConnectorConfiguration,
    found: Stands,
    check_key: str,
    *,
    digests: frozenset[str],
    comment: str,
    person: User,
    actor: Actor,
) -> int:
    """Say that items were seen.

    :param digests: of the items, as the page showed them
    :return: how many
    :raises NotPossible: if one of them is not there any more
    """
    by_digest = {item_digest(item): item for item in found.checks[check_key].unacknowledged}
    if not digests or not digests <= by_digest.keys():
        raise NotPossible("What there is to acknowledge has changed since this page was opened. Look at it again.")
    for digest in sorted(digests):
        row = ReadinessAcknowledgement(
            configuration_id=configuration.id,
            check_key=check_key,
            item=by_digest[digest],
            item_digest=digest,
            comment=comment.strip()[:300],
            person_id=person.id,
        )
        changes = {"check": check_key, "connector": account.public_id}
        audit.record(db.session(), actor, "check.acknowledged", Target.of(row, account.organization), changes)
        db.session.add(row)
    db.session.flush()
    return len(digests)


def item_digest(item: str) -> str:
    return digest_of(item)
