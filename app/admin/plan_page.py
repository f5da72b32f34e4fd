"""The plan of a connector: promise, principles, tables, checklist, metrics, timeline, what to avoid, each with its state here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.check_words import badge_of
from app.admin.figure_words import surfaces_in_words
from app.models import ConfigurationStatus, ProviderAccount
from app.readiness.gates import Gate, checks_of
from app.readiness.standing import Standing
from app.security.permissions import Permission
from app.services import accounts, configurations, plan, report_metrics, settling, stands
from app.services.plan import PlanLine, Where
from app.services.report_metrics import MetricChoice
from app.services.stands import Shown, Stands
from app.web.access import requires

BAD = frozenset({Standing.FAILED, Standing.CHANGED, Standing.LAPSED, Standing.BROKEN})


@dataclass(frozen=True)
class Link:
    """A check or a page on which a line lives."""

    label: str
    url: str
    state: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the plan, with its state for this connector."""

    line: PlanLine
    label: str
    tone: str
    links: Sequence[Link]


@dataclass(frozen=True)
class Checkpoint:
    """A gate as a step of the timeline."""

    gate: Gate
    label: str
    tone: str
    links: Sequence[Link]


@dataclass(frozen=True)
class MetricLine:
    choice: MetricChoice
    is_named: bool
    """The first plan asked for it."""
    shows: str
    url: str


@bp.get("/connectors/<uuid:connector_id>/plan", endpoint="plan")
@requires(Permission.CONNECTOR_READ)
def show_plan(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    live = settling.live_promotion(account)
    # The live one is what clients see; before there is one, the draft is what people work on.
    shown = ConfigurationStatus.LIVE if live is not None else ConfigurationStatus.DRAFT
    found = stands.of(account, configurations.find(account, shown))
    named, others = plan.tables_of(account)
    return render_template(
        "admin/plan/show.html",
        account=account,
        promise=plan.PROMISE,
        live=live,
        found=found,
        principles=[_line(account, found, each) for each in plan.PRINCIPLES],
        checklist=[_line(account, found, each) for each in plan.CHECKLIST],
        avoid=[_line(account, found, each) for each in plan.AVOID],
        timeline=_timeline(account, found),
        metrics=_metrics(account),
        named_tables=named,
        other_tables=others,
    )


def _line(account: ProviderAccount, found: Stands, line: PlanLine) -> Line:
    shown = [found.checks[key] for key in line.checks]
    links = [*_check_links(account, found, shown), *(Link(page.label, _page_url(account, page)) for page in line.pages)]
    return Line(line, *state_of(shown), links)


def state_of(shown: Sequence[Shown]) -> tuple[str, str]:
    """Label and tone of several checks together: the worst decides. Without checks it is built in."""
    if not shown:
        return "Built in", "good"
    standings = [each.stand.standing for each in shown]
    if all(each.is_open for each in standings):
        return ("Not applicable", "idle") if set(standings) == {Standing.NOT_APPLICABLE} else ("Done", "good")
    done = sum(each.is_open for each in standings)
    if any(each in BAD for each in standings):
        return f"Does not stand, {done} of {len(standings)} done", "bad"
    return ("Not yet" if not done else f"{done} of {len(standings)} done"), "idle" if not done else "note"


def _check_links(account: ProviderAccount, found: Stands, shown: Sequence[Shown]) -> list[Link]:
    may_start: Mapping[Gate, bool] = {each.gate: each.may_start for each in found.gates}
    return [
        Link(
            each.spec.title,
            url_for("admin.show_check", connector_id=account.public_id, check_key=each.spec.key),
            badge_of(each, may_start=may_start[each.spec.gate])[0],
        )
        for each in shown
    ]


def _timeline(account: ProviderAccount, found: Stands) -> list[Checkpoint]:
    steps = []
    for each in found.gates:
        shown = [found.checks[spec.key] for spec in checks_of(each.gate)]
        if each.is_through:
            label, tone = "Through", "good"
        elif not each.may_start:
            label, tone = "Cannot start yet", "idle"
        else:
            label, tone = f"{each.done} of {len(shown)} done", "note"
        steps.append(Checkpoint(each.gate, label, tone, _check_links(account, found, shown)))
    return steps


def _metrics(account: ProviderAccount) -> list[MetricLine]:
    """Those of the first plan and the chosen ones first."""
    lines = [
        MetricLine(
            choice,
            choice.metric.key in plan.NAMED_METRICS,
            surfaces_in_words(choice.surfaces) if choice.chosen is not None else "",
            url_for("admin.show_figure", connector_id=account.public_id, metric_key=choice.metric.key)
            if choice.chosen is not None
            else url_for("admin.figures", connector_id=account.public_id),
        )
        for choice in report_metrics.choices(account)
    ]
    return sorted(lines, key=lambda line: (line.choice.chosen is None, not line.is_named))


def _page_url(account: ProviderAccount, page: Where) -> str:
    """Where a page of the plan is."""
    own = account.public_id
    match page:
        case Where.CONNECTOR:
            return url_for("admin.show_connector", connector_id=own)
        case Where.SECRETS:
            return url_for("admin.show_connector", connector_id=own, _anchor="secrets-title")
        case Where.IMPORTS:
            return url_for("admin.imports", connector=own)
        case Where.LEADS:
            return url_for("admin.show_lead_rules", organization_id=account.organization.public_id)
        case Where.JOBS:
            return url_for("admin.show_connector", connector_id=own, _anchor="jobs-title")
        case Where.DATA_TYPES:
            return url_for("admin.data_types", connector_id=own)
        case Where.FIGURES:
            return url_for("admin.figures", connector_id=own)
        case Where.PROMOTION:
            return url_for("admin.promotions", connector_id=own)
        case Where.ROLLBACK_NOTES:
            return url_for("admin.rollback_notes", connector_id=own)
