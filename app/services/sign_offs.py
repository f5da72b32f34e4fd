"""A person's sign-off: it counts while what was signed is what is there."""

from collections.abc import Mapping

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import ConnectorConfiguration, ProviderAccount, ReadinessSignOff, User
from app.readiness.facets import digest_of
from app.readiness.registry import check_of
from app.services import facets, readiness_clock
from app.services.errors import InvalidField, NotPossible

SIGNABLE = frozenset({"explained", "qa"})
"""Checks that a sign-off decides."""
LONGEST_COMMENT = 500


def digest_signed(check_key: str, digests: Mapping[str, str]) -> str:
    """What a signature is for: all that the check rests on."""
    return digest_of(sorted((facet, digests.get(facet, "")) for facet in check_of(check_key).facets))


def sign(
    account: ProviderAccount, configuration: ConnectorConfiguration, check_key: str, *, comment: str, person: User, actor: Actor
) -> None:
    """Sign what is there now.

    :raises NotPossible: if the check is not decided by a signature
    :raises InvalidField: if nothing is said
    """
    if check_key not in SIGNABLE:
        raise NotPossible("This check is not decided by a signature.")
    if not comment.strip():
        raise InvalidField("comment", "Say what you looked at and what you saw.")
    if len(comment) > LONGEST_COMMENT:
        raise InvalidField("comment", f"Say it in at most {LONGEST_COMMENT} characters; this has {len(comment):,}.")
    row = ReadinessSignOff(
        configuration_id=configuration.id,
        check_key=check_key,
        comment=comment.strip(),
        digest=digest_signed(check_key, facets.digests_of(configuration)),
        person_id=person.id,
        signed_at=readiness_clock.now(),
    )
    audit.record(
        db.session(), actor, "check.signed", Target.of(row, account.organization), {"check": check_key, "connector": account.public_id}
    )
    db.session.add(row)
    db.session.flush()
