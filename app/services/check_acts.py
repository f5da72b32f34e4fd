"""What people do about checks, with what follows at once: the check is asked again in the same transaction."""

from collections.abc import Collection

from app.audit import Actor
from app.models import ConfigurationStatus, ConnectorConfiguration, ProviderAccount, User
from app.readiness.gates import CHECKS
from app.services import acknowledgements, check_runs, configurations, facets, sign_offs, stands
from app.services.acknowledgements import item_digest
from app.services.check_runs import RunResult
from app.services.errors import NotPossible
from app.services.facets import Cause

CLOSED = "“{title}” cannot start yet: the gates before it come first."


def after(account: ProviderAccount, action: str, keys: Collection[str], *, actor: Actor) -> RunResult:
    """Ask checks again right after an act that they are about.

    :param action: of the audit trail, so that a tick that falls names the act and not the run that noticed it
    """
    facets.refresh(account, Cause(action, actor))
    return check_runs.run(account, keys, actor=actor)


def run_one(account: ProviderAccount, key: str, *, actor: Actor) -> RunResult:
    """:raises NotPossible: while its gate cannot start"""
    demand_may_start(account, key)
    return check_runs.run(account, [key], actor=actor)


def demand_may_start(account: ProviderAccount, key: str) -> None:
    """:raises NotPossible: while the check's gate cannot start"""
    spec = next(each for each in CHECKS if each.key == key)
    found = stands.of(account, configurations.find(account, ConfigurationStatus.DRAFT))
    if not next(each for each in found.gates if each.gate is spec.gate).may_start:
        raise NotPossible(CLOSED.format(title=spec.title))


def acknowledge(account: ProviderAccount, key: str, *, digests: frozenset[str], comment: str, person: User, actor: Actor) -> int:
    """Say that items of a warning were seen, in what people work on and in what runs, wherever they are open.

    :return: how many
    :raises NotPossible: if one of them is not there any more
    """
    noted: set[str] = set()
    for configuration in _draft_and_live(account):
        found = stands.of(account, configuration)
        here = digests & {item_digest(item) for item in found.checks[key].unacknowledged}
        if here:
            acknowledgements.acknowledge(account, configuration, found, key, digests=here, comment=comment, person=person, actor=actor)
        noted |= here
    if not digests or noted != digests:
        raise NotPossible("What there is to acknowledge has changed since this page was opened. Look at it again.")
    check_runs.run(account, [key], actor=actor)
    return len(noted)


def sign(account: ProviderAccount, key: str, *, comment: str, person: User, actor: Actor) -> None:
    """Sign what people work on; and what runs, where it is the same."""
    draft, *live = _draft_and_live(account)
    facets.refresh(account, Cause(check_runs.RUN, actor))  # what is signed is what is there now
    sign_offs.sign(account, draft, key, comment=comment, person=person, actor=actor)
    signed = sign_offs.digest_signed(key, facets.digests_of(draft))
    for configuration in live:
        if sign_offs.digest_signed(key, facets.digests_of(configuration)) == signed:
            sign_offs.sign(account, configuration, key, comment=comment, person=person, actor=actor)
    check_runs.run(account, [key], actor=actor)


def _draft_and_live(account: ProviderAccount) -> list[ConnectorConfiguration]:
    configurations.draft_of(account)
    return [*configurations.open_ones(account)]
