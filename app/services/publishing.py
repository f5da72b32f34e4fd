"""Publishing: what clients are shown is written in the transaction that changes it, for connectors that an act touched, and only
where it is another one than what is shown already.

Figures are computed while a connector is live and its data counts; while it is held they stay as they were, and a connector that
is not live shows none. A revision is a set of cards, and moving the source's pointer to it publishes all of them at once.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.audit import canonical_json
from app.clock import utc_now
from app.extensions import db
from app.models import (
    ConfigurationStatus,
    ConnectorState,
    Promotion,
    ProviderAccount,
    PublishedCard,
    PublishedHome,
    PublishedSource,
)
from app.readiness.wording import day_in_words
from app.services import (
    card_figures,
    card_remarks,
    card_turns,
    cards,
    configurations,
    facet_contents,
    published_points,
    readiness_clock,
    report_metrics,
    settling,
    source_words,
    stands,
    surfaces,
)
from app.services.card_figures import Words
from app.services.card_turns import Situation

Row = TypeVar("Row", PublishedSource, PublishedHome)
SHOWS_FIGURES = frozenset({ConnectorState.LIVE, ConnectorState.LATE})


@dataclass(frozen=True)
class Published:
    """A card as it stands."""

    row: PublishedCard
    words: Words = field(repr=False)


def publish(account: ProviderAccount, *, days: Collection[date] = ()) -> bool:
    """Bring what clients are shown of a connector in line with what is true of it.

    :param days: local dates whose points were written in this transaction
    :return: whether anything is another one now
    """
    source = _source(account)
    revision = source.revision + 1
    present = _present(source)
    live = settling.live_promotion(account)
    made = _Making(account, source, revision, present, live)
    made_cards = made.cards(days)
    words = canonical_json(source_words.words_of(account, live, made.remarks.notes))
    packet = canonical_json(source_words.packet_of(live)) if live is not None else source.packet
    is_new = made.points_changed or [card.hash for card in made_cards] != [each.row.hash for each in present]
    if not is_new and (words, packet) == (source.words, source.packet):
        return False
    source.words, source.packet, source.published_at = words, packet, utc_now()
    if is_new:
        db.session.add_all(made_cards)
        source.revision = revision
    db.session.flush()
    _tell_home(account)
    return True


class _Making:
    """The cards of one revision."""

    def __init__(
        self, account: ProviderAccount, source: PublishedSource, revision: int, present: Sequence[Published], live: Promotion | None
    ) -> None:
        self.account, self.source, self.revision, self.live = account, source, revision, live
        self.former = {each.row.metric_key: each for each in present}
        self.now = readiness_clock.now()
        self.points_changed = False
        self.remarks = card_remarks.NONE

    def cards(self, days: Collection[date]) -> list[PublishedCard]:
        draft = configurations.find(self.account, ConfigurationStatus.DRAFT)
        running = configurations.find(self.account, ConfigurationStatus.LIVE) if self.live is not None else None
        contents = facet_contents.stored(running) if running is not None else {}
        path = contents.get("failure-path") or {}
        situation = Situation(
            account=self.account,
            gate=configurations.gate_of(draft),
            live=stands.of(self.account, running) if running is not None else None,
            client_sees=str(path.get("client_sees", "")),
            now=self.now,
        )
        turns = card_turns.turns_of(situation)
        figures = self._figures(contents, days)
        self.remarks = card_remarks.of(self.account)  # after the figures, of which notes may tell
        made = []
        for position, (metric_key, (words, points_revision, number)) in enumerate(figures.items()):
            whole = words | self.remarks.touching(metric_key, words["details"])
            card = self._card(metric_key, whole, turns)
            card.position, card.points_revision, card.promotion_number = position, points_revision, number
            made.append(card)
        return made

    def _figures(self, contents: Mapping[str, Any], days: Collection[date]) -> dict[str, tuple[Words, int, int | None]]:
        """Metric → words, revision of the points, number of the promotion under which they were published."""
        account, live = self.account, self.live
        if live is not None and account.state in SHOWS_FIGURES:
            return self._computed(contents, live, days)
        if self.source.packet and (live is None or account.state is ConnectorState.RETIRED):
            surfaces.end(account)
        if live is not None or account.state is ConnectorState.RETIRED:
            held = self._held(live)
            if held:
                return held
        keys = card_figures.card_metrics(contents) if live is not None else sorted(report_metrics.card_keys(account))
        if not keys:
            return {"": (card_figures.of_the_source(account), 0, None)}
        return {key: (card_figures.without_figures(account, key), 0, None) for key in keys}

    def _computed(self, contents: Mapping[str, Any], live: Promotion, days: Collection[date]) -> dict[str, tuple[Words, int, int | None]]:
        keys = card_figures.card_metrics(contents)
        was_shown = self._was_computed(live, keys)
        if all(each.row.promotion_number is None for each in self.former.values()):
            self.source.restatements_seen = published_points.newest_restatement(self.account)
        if not was_shown or days:
            self.points_changed = published_points.bring_in_line(
                self.account, keys, revision=self.revision, days=days if was_shown else None
            )
            restated = published_points.note_restatements(self.account, self.source, keys, revision=self.revision)
            self.points_changed = self.points_changed or restated
        found: dict[str, tuple[Words, int, int | None]] = {}
        figures = card_figures.words_of(self.account, contents)
        surfaces.follow(self.account, contents, figures)
        for key in keys:
            words, former = figures[key], self.former.get(key)
            is_same = former is not None and not self.points_changed and _without_day(former.words) == _without_day(words)
            words["figures_on"] = former.words["figures_on"] if former is not None and is_same else self._today()
            points_revision = former.row.points_revision if former is not None and is_same and was_shown else self.revision
            found[key] = (words, points_revision, live.number)
        return found

    def _was_computed(self, live: Promotion, keys: Collection[str]) -> bool:
        """Whether the cards that are shown hold figures of this promotion that nothing held back: then only days that were
        written may differ."""
        return set(self.former) == set(keys) and all(
            each.row.promotion_number == live.number and each.row.state in SHOWS_FIGURES for each in self.former.values()
        )

    def _held(self, live: Promotion | None) -> dict[str, tuple[Words, int, int | None]]:
        """As they were last published under the promotion that counts."""
        if live is None:
            rows: Iterable[Published] = [each for each in self.former.values() if each.row.promotion_number is not None]
        elif any(each.row.promotion_number == live.number for each in self.former.values()):
            rows = self.former.values()
        else:
            rows = _last_under(self.account, live.number)
        return {each.row.metric_key: (dict(each.words), each.row.points_revision, each.row.promotion_number) for each in rows}

    def _card(self, metric_key: str, words: Words, turns: Sequence[card_turns.Coming]) -> PublishedCard:
        first, *later = turns
        former = self.former.get(metric_key)
        shown = cards.turn_at(cards.turns_of(former.row.turns), self.now) if former is not None else None
        since = shown.at if shown is not None and shown.state is first.state else first.at
        stored = [{**first.stored(), "at": since.isoformat()}, *(turn.stored() for turn in later)]
        text, turned = canonical_json({**words, "source_label": self.account.source_label}), canonical_json(stored)
        return PublishedCard(
            account_id=self.account.id,
            organization_id=self.account.organization_id,
            revision=self.revision,
            metric_key=metric_key,
            state=first.state,
            words=text,
            turns=turned,
            live_until=later[0].at if later else None,
            hash=hashlib.sha256(f"{text}\n{turned}".encode()).hexdigest(),
            published_at=utc_now(),
        )

    def _today(self) -> str:
        return day_in_words(self.now.astimezone(ZoneInfo(self.account.organization.time_zone)).date())


def _without_day(words: Words) -> Words:
    return {key: value for key, value in words.items() if key not in {"figures_on", "notes", "answers"}}


def _source(account: ProviderAccount) -> PublishedSource:
    """Locked: two who publish the same connector do so one after the other."""
    query = sa.select(PublishedSource).where(PublishedSource.account_id == account.id)
    first = {"account_id": account.id, "words": "{}", "revision": 0, "restatements_seen": 0, "packet": ""}
    return _locked(query, PublishedSource, account, first)


def _locked(query: Any, model: type[Row], account: ProviderAccount, first: Mapping[str, object]) -> Row:
    """The row, made where it is missing. Of several that make it at once, all but one find it made and wait for the one; an insert
    that is refused instead would keep a shared lock, and two of those end in a deadlock."""
    there: Row | None = db.session.scalar(query.with_for_update())
    if there is not None:
        return there
    values = {"organization_id": account.organization_id, "published_at": utc_now(), **first}
    if db.session.get_bind().dialect.name == "sqlite":  # one writer at a time
        db.session.execute(sa.insert(model).values(**values))
    else:
        statement = mysql.insert(model).values(**values)
        db.session.execute(statement.on_duplicate_key_update(organization_id=account.organization_id))
    made: Row = db.session.scalars(query.with_for_update()).one()
    return made


def _present(source: PublishedSource) -> list[Published]:
    if source.revision == 0:
        return []
    query = sa.select(PublishedCard).where(PublishedCard.account_id == source.account_id, PublishedCard.revision == source.revision)
    return [Published(row, json.loads(row.words)) for row in db.session.scalars(query.order_by(PublishedCard.position))]


def _last_under(account: ProviderAccount, number: int) -> list[Published]:
    """Cards of the last revision with figures that was published under a promotion."""
    card = PublishedCard
    last = sa.select(sa.func.max(card.revision)).where(card.account_id == account.id, card.promotion_number == number).scalar_subquery()
    query = sa.select(card).where(card.account_id == account.id, card.revision == last, card.promotion_number == number)
    return [Published(row, json.loads(row.words)) for row in db.session.scalars(query.order_by(card.position))]


def _tell_home(account: ProviderAccount) -> None:
    """Last, for every connector of the organization comes by here."""
    query = sa.select(PublishedHome).where(PublishedHome.organization_id == account.organization_id)
    home = _locked(query, PublishedHome, account, {"version": 0})
    home.version, home.published_at = home.version + 1, utc_now()
    db.session.flush()
