"""One check of a connector: how it stands, on what, since when, what to do, and how it came to be so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.check_forms import CheckForms
from app.admin.check_words import TO_DO, Way, badge_of, fact_lines, item_in_words, may_write, people_in, ways_of
from app.metrics.registry import metric_of
from app.models import ProviderAccount, ReadinessEvidence, ReadinessSignOff, ReadinessWaiver
from app.readiness.check import Result
from app.readiness.facets import in_words
from app.readiness.gates import CHECKS, CheckSpec
from app.readiness.registry import check_of
from app.security.permissions import Permission
from app.services import accounts, check_reading, report_metrics, settling, stands, tasks, waivers
from app.services.acknowledgements import item_digest
from app.services.audit_words import action_in_words
from app.services.check_keys import OF_INSTALLATION
from app.services.check_reading import Versions
from app.services.errors import StaleVersion
from app.services.qa_list import QA_LIST
from app.services.sign_offs import SIGNABLE
from app.services.stands import Shown, Stands
from app.web.access import requires
from app.web.current import the_person

PAGE = "admin/checks/show.html"
SHOWN_RESULTS = 30
BY_NAME = {spec.key: spec for spec in CHECKS}
GLYPHS = {"good": "✓", "failed": "✕", "other": "–"}


@dataclass(frozen=True)
class FacetLine:
    """One thing that the tick rests on."""

    words: str
    changed_at: datetime | None
    how: str
    dropped: bool
    """Its change dropped the tick."""


@dataclass(frozen=True)
class ResultLine:
    """One former result."""

    label: str
    kind: str
    """good, failed, or other: not run, broken."""
    sentence: str
    made_at: datetime
    by: str

    @property
    def glyph(self) -> str:
        return GLYPHS[self.kind]


@dataclass(frozen=True)
class ItemLine:
    """One thing that somebody has to have seen."""

    digest: str
    words: str
    seen_by: str
    comment: str
    is_open: bool


@dataclass(frozen=True)
class CheckPage:
    """All that the page shows."""

    spec: CheckSpec
    label: str
    tone: str
    is_open: bool
    """It lets its gate through."""
    sentence: str
    reason: str
    newest: ReadinessEvidence | None
    by: str
    valid_until: str
    facts: Sequence[tuple[str, str]]
    rests_on: Sequence[FacetLine]
    ways: Sequence[Way]
    to_do: str
    may_start: bool
    may_write: bool
    by_job: bool
    live: tuple[str, str] | None
    """Badge and tone of what runs."""
    history: Sequence[ResultLine]
    items: Sequence[ItemLine]
    qa_list: Sequence[str]
    sentences: Sequence[tuple[str, str]]
    """Title and sentence of each chosen metric."""
    is_signable: bool
    sign_offs: Sequence[ReadinessSignOff]
    waiver: ReadinessWaiver | None
    """Asked for, or approved."""
    waivers: Sequence[ReadinessWaiver]
    is_own_waiver: bool
    """The person who looks asked for it."""

    @property
    def open_items(self) -> list[ItemLine]:
        return [item for item in self.items if item.is_open]


def asked_check(key: str) -> CheckSpec:
    """The check of an address; there is no page for another one."""
    return BY_NAME.get(key) or abort(HTTPStatus.NOT_FOUND)


@bp.get("/connectors/<uuid:connector_id>/checks/<check_key>")
@requires(Permission.CONNECTOR_READ)
def show_check(connector_id: UUID, check_key: str) -> ResponseReturnValue:
    spec = asked_check(check_key)
    account = accounts.get_connector(str(connector_id))
    return check_page(account, spec, CheckForms.empty())


def check_page(
    account: ProviderAccount, spec: CheckSpec, forms: CheckForms, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    """The page, with the forms as somebody sent them."""
    return render_template(PAGE, account=account, page=_read(account, spec), forms=forms, stale=stale), status


def _read(account: ProviderAccount, spec: CheckSpec) -> CheckPage:
    versions = check_reading.versions_of(account)
    found = stands.of_each(account, versions.open_ones) if versions.open_ones else [stands.of(account, None)]
    draft, live = found[0], found[1] if len(found) > 1 else None
    shown = draft.checks[spec.key]
    may_start = next(gate.may_start for gate in draft.gates if gate.gate is spec.gate)
    label, tone = badge_of(shown, may_start=may_start)
    former = check_reading.history(account, versions.draft, spec.key, limit=SHOWN_RESULTS)
    names = _names(draft, shown, former)
    open_waiver = waivers.open_waiver(versions.draft, spec.key) if versions.draft is not None and spec.waivable else None
    newest = shown.newest
    return CheckPage(
        spec=spec,
        label=label,
        tone=tone,
        is_open=shown.stand.standing.is_open,
        sentence=newest.sentence if newest is not None else "It was not asked yet.",
        reason=settling.why_fallen(draft, shown) if shown.stand.standing.has_fallen else "",
        newest=newest,
        by=check_reading.who(newest.actor_kind, newest.actor_id, names) if newest is not None else "",
        valid_until=_valid_until(account, newest),
        facts=fact_lines(newest.facts, names) if newest is not None else (),
        rests_on=[_facet_line(draft, shown, key, names) for key in sorted(check_of(spec.key).facets)],
        ways=ways_of(account, spec.key),
        to_do=TO_DO.get(spec.key, ""),
        may_start=may_start,
        may_write=may_write(),
        by_job=spec.key in OF_INSTALLATION,
        live=badge_of(live.checks[spec.key], may_start=True) if live is not None and spec.key not in OF_INSTALLATION else None,
        history=[_result_line(each, names) for each in former],
        items=_items(versions, found, spec.key),
        qa_list=QA_LIST if spec.key == "qa" else (),
        sentences=_sentences(account) if spec.key == "explained" else (),
        is_signable=spec.key in SIGNABLE,
        sign_offs=check_reading.sign_offs(versions.draft, spec.key) if spec.key in SIGNABLE else (),
        waiver=open_waiver,
        waivers=waivers.of_check(versions.draft, spec.key) if versions.draft is not None and spec.waivable else (),
        is_own_waiver=open_waiver is not None and open_waiver.requested_by_id == the_person().user_id,
    )


def _names(found: Stands, shown: Shown, former: Sequence[ReadinessEvidence]) -> dict[str, str]:
    """Everybody whom the page may have to name."""
    actors = {(each.actor_kind, each.actor_id) for each in former} | {(each.actor_kind, each.actor_id) for each in found.facets.values()}
    wanted = check_reading.people_among(actors)
    if shown.newest is not None:
        wanted |= {shown.newest.actor_id, *people_in(shown.newest.facts)}
    return check_reading.names_of(wanted)


def _valid_until(account: ProviderAccount, newest: ReadinessEvidence | None) -> str:
    if newest is None or newest.result not in {Result.PASSED.value, Result.WARNING.value}:
        return ""
    if newest.valid_until is None:
        return "until something that it rests on changes"
    local = tasks.local_day(account.organization, newest.valid_until)
    return f"until {local.day} {local:%b %Y}"


def _facet_line(found: Stands, shown: Shown, key: str, names: Mapping[str, str]) -> FacetLine:
    facet = found.facets.get(key)
    if facet is None:
        return FacetLine(in_words(key), None, "", dropped=key in shown.stand.changed)
    by = check_reading.who(facet.actor_kind, facet.actor_id, names)
    how = f"{action_in_words(facet.cause)}, by {by}" if facet.cause else ""
    return FacetLine(in_words(key), facet.changed_at, how, dropped=key in shown.stand.changed)


def _result_line(evidence: ReadinessEvidence, names: Mapping[str, str]) -> ResultLine:
    result = Result(evidence.result)
    match result:
        case Result.PASSED | Result.WARNING | Result.NOT_APPLICABLE:
            kind = "good"
        case Result.FAILED:
            kind = "failed"
        case _:
            kind = "other"
    by = check_reading.who(evidence.actor_kind, evidence.actor_id, names)
    return ResultLine(result.label, kind, evidence.sentence, evidence.made_at, by)


def _items(versions: Versions, found: Sequence[Stands], key: str) -> list[ItemLine]:
    """What is to be seen, in what people work on and in what runs."""
    items = dict.fromkeys(item for each in found for item in each.checks[key].items)
    if not items:
        return []
    seen = check_reading.acknowledgements(versions.open_ones, key)
    open_ones = {item for each in found for item in each.checks[key].unacknowledged}
    return [
        ItemLine(
            digest=item_digest(item),
            words=item_in_words(item),
            seen_by=seen[item].person.name if item in seen else "",
            comment=seen[item].comment if item in seen else "",
            is_open=item in open_ones,
        )
        for item in items
    ]


def _sentences(account: ProviderAccount) -> list[tuple[str, str]]:
    chosen = [metric_of(row.metric_key) for row in report_metrics.chosen_metrics(account)]
    return [(metric.title, report_metrics.how_it_is_made(account, metric)) for metric in chosen]
