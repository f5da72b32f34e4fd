"""The one place that writes facets: what they are now, when each became it, and whose act made it so."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.audit import Actor
from app.clock import utc_now
from app.extensions import db
from app.models import ConfigurationStatus, ConnectorConfiguration, ConnectorFacet, ProviderAccount
from app.readiness.facets import FACETS, FacetScope, canonical, digest_of
from app.services import configurations, facet_contents

OF_CONNECTORS = frozenset(key for key, facet in FACETS.items() if facet.scope is not FacetScope.INSTALLATION)


@dataclass(frozen=True)
class Cause:
    """What somebody did that changed it."""

    action: str
    """Of the audit trail."""
    actor: Actor


def refresh(
    account: ProviderAccount, cause: Cause, *, by_facet: Mapping[str, Cause] | None = None, only: Collection[str] | None = None
) -> dict[int, frozenset[str]]:
    """Write down what the connector's facets are now, in the draft and in the live configuration.

    :param by_facet: acts that are known to have changed certain facets; others are put down to ``cause``
    :param only: no others can have changed; None: any of them. Where some were never written, all are
    :return: configuration → facets that became another one; a facet that is written for the first time is not among them
    """
    # One after the other: whoever waited here sees what the other one wrote, and writes no older content over it.
    # The row itself is read anew: its state may be set next, and a version that was read before the wait would be stale.
    db.session.flush()
    db.session.refresh(account, with_for_update=True)
    configurations.draft_of(account)
    open_ones = configurations.open_ones(account)
    written = _written(open_ones)
    is_whole = all(written[configuration.id].keys() >= OF_CONNECTORS for configuration in open_ones)
    wanted = facet_contents.with_others_along(only) if only is not None and is_whole else OF_CONNECTORS
    changed, present = {}, facet_contents.settings_of(account, wanted)
    for configuration in open_ones:
        contents = facet_contents.contents_of(configuration, account, present)
        changed[configuration.id] = _write(configuration, contents, written[configuration.id], cause, by_facet or {})
    return changed


def refresh_installation(cause: Cause, *, granted: Collection[str] | None = None) -> frozenset[str]:
    """The same for what all connectors share.

    :param granted: what was found when the database account's rights were tried; None: they were not tried
    """
    common = configurations.installation()
    return _write(common, facet_contents.of_installation(granted), _written([common])[common.id], cause, {})


def digests_of(configuration: ConnectorConfiguration) -> dict[str, str]:
    """Facet → digest now, with those of the installation."""
    whole = sa.select(ConnectorFacet.facet, ConnectorFacet.digest)
    common = configurations.find_installation()
    ids = [configuration.id, *([common.id] if common else [])]
    return {row.facet: row.digest for row in db.session.execute(whole.where(ConnectorFacet.configuration_id.in_(ids)))}


def copy_to(source: ConnectorConfiguration, target: ConnectorConfiguration) -> None:
    """Give a new configuration what another one has."""
    rows = db.session.scalars(sa.select(ConnectorFacet).where(ConnectorFacet.configuration_id == source.id)).all()
    names = ("facet", "digest", "content", "revision", "changed_at", "cause", "actor_kind", "actor_id")
    for row in rows:
        db.session.add(ConnectorFacet(configuration_id=target.id, **{name: getattr(row, name) for name in names}))
    db.session.flush()


def differing(configuration: ConnectorConfiguration, other: ConnectorConfiguration) -> frozenset[str]:
    """Facets that are not the same in both."""
    first, second = digests_of(configuration), digests_of(other)
    return frozenset(key for key in first.keys() | second.keys() if first.get(key) != second.get(key))


def unnoted(account: ProviderAccount) -> dict[ConfigurationStatus, frozenset[str]]:
    """Facets that are another one than what is written down: somebody changed a setting and nothing said so."""
    found, present = {}, facet_contents.settings_of(account)
    for configuration in configurations.open_ones(account):
        stored = {
            row.facet: row.digest
            for row in db.session.scalars(sa.select(ConnectorFacet).where(ConnectorFacet.configuration_id == configuration.id))
        }
        now = facet_contents.contents_of(configuration, account, present)
        found[configuration.status] = frozenset(key for key, content in now.items() if key in stored and stored[key] != digest_of(content))
    return found


def _written(open_ones: Collection[ConnectorConfiguration]) -> dict[int, dict[str, ConnectorFacet]]:
    """Configuration → facet → its row, as it is stored now."""
    found: dict[int, dict[str, ConnectorFacet]] = {each.id: {} for each in open_ones}
    query = sa.select(ConnectorFacet).where(ConnectorFacet.configuration_id.in_(list(found)))
    for row in db.session.scalars(query.execution_options(populate_existing=True)):
        found[row.configuration_id][row.facet] = row
    return found


def _write(
    configuration: ConnectorConfiguration,
    contents: Mapping[str, Any],
    stored: Mapping[str, ConnectorFacet],
    cause: Cause,
    by_facet: Mapping[str, Cause],
) -> frozenset[str]:
    changed = set()
    for key, content in contents.items():
        digest = digest_of(content)
        row = stored.get(key)
        if row is not None and row.digest == digest:
            continue
        if row is None:
            row = ConnectorFacet(configuration_id=configuration.id, facet=key, revision=0)
            db.session.add(row)
        else:
            changed.add(key)
        row.digest, row.content, row.revision, row.changed_at = digest, canonical(content), (row.revision or 0) + 1, utc_now()
        act = by_facet.get(key, cause)
        row.cause, row.actor_kind, row.actor_id = act.action, act.actor.kind.value, act.actor.id
    db.session.flush()
    return frozenset(changed)
