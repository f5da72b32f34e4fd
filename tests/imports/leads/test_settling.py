"""Setting classes right after a batch: whoever shares a number or address, wherever it is, and the days that move by it."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.imports.leads import desk
from app.imports.leads.defaults import default_rules
from app.imports.leads.desk import Scope
from app.imports.leads.rules import Rule, RuleKind
from app.imports.leads.settling import reclassify
from app.models import DataHome, DirtyCause, Lane, LeadClass, LeadOverrule, LeadRules, Organization, ProviderAccount
from tests.support import factories, rows
from tests.support.rows import LeadRow

AT = datetime(2026, 9, 1, 15, tzinfo=UTC)
ANA, BEN = "3125550142", "3125550177"
GENUINE, DUPLICATE, INTERNAL = LeadClass.GENUINE, LeadClass.DUPLICATE, LeadClass.INTERNAL


def call(name: str, phone: str = ANA, *, days: float = 0, **attrs: str) -> LeadRow:
    return LeadRow(name, AT + timedelta(days=days), attrs={"phone": phone, **attrs})


def form(name: str, *, days: float = 0, **attrs: str) -> LeadRow:
    return LeadRow(name, AT + timedelta(days=days), "form_lead", attrs)


def said() -> dict[str, LeadClass]:
    return {lead: verdict for (_, _, lead), (verdict, _) in rows.classes().items()}


def two_connectors() -> tuple[ProviderAccount, ProviderAccount]:
    organization = factories.organization()
    return factories.connector(of=organization), factories.connector(of=organization)


def test_a_repeat_is_found_over_connectors_homes_and_data_types(app: Flask) -> None:
    one, other = two_connectors()
    rows.load(one, [call("later", days=2)])
    assert said() == {"later": GENUINE}
    rows.forget_dirty_days()
    rows.load(other, [form("first", phone="+1 (312) 555-0142")], data_type="forms", home=DataHome.TRAFFIC)
    assert said() == {"later": DUPLICATE, "first": GENUINE}
    # The later one's day moved, although nothing of its own batch came.
    assert rows.dirty_days(one) == [((AT + timedelta(days=2)).date(), DirtyCause.SOURCE)]


def test_another_organization_and_another_lane_are_nobodys_neighbours(app: Flask) -> None:
    one, _ = two_connectors()
    rows.load(one, [call("mine")])
    rows.load(factories.connector(), [call("theirs", days=1)])
    rows.load(one, [call("sample", days=1)], lane=Lane.SAMPLE)
    assert said() == {"mine": GENUINE, "theirs": GENUINE}
    assert {verdict for verdict, _ in rows.classes(lane=Lane.SAMPLE).values()} == {GENUINE}


def test_a_repeat_in_a_test_batch_is_found_and_touches_no_day(app: Flask) -> None:
    one, _ = two_connectors()
    rows.load(one, [call("a")], lane=Lane.SAMPLE)
    rows.forget_dirty_days()
    loaded = rows.load(one, [call("b", days=-1)], lane=Lane.SAMPLE, is_settled=False)
    rows.forget_dirty_days()
    rows.settle(loaded)
    assert sorted(verdict for verdict, _ in rows.classes(lane=Lane.SAMPLE).values()) == [DUPLICATE, GENUINE]
    assert rows.dirty_days(one) == []


def test_a_chain_by_phone_and_mail_is_followed_from_neighbour_to_neighbour(app: Flask) -> None:
    one, other = two_connectors()
    rows.load(one, [call("a")])
    rows.load(other, [form("c", days=2, email="ana@example.com")], data_type="forms")
    assert said() == {"a": GENUINE, "c": GENUINE}
    rows.load(other, [form("b", days=1, phone=ANA, email="Ana@Example.com")], data_type="forms", home=DataHome.APP)
    assert said() == {"a": GENUINE, "b": DUPLICATE, "c": DUPLICATE}


def test_a_changed_number_frees_who_repeated_it_and_a_reversal_brings_that_back(app: Flask) -> None:
    one, _ = two_connectors()
    rows.load(one, [call("first"), call("second", days=1)])
    assert said() == {"first": GENUINE, "second": DUPLICATE}
    change = rows.load(one, [call("first", BEN)])
    assert said() == {"first": GENUINE, "second": GENUINE}
    rows.forget_dirty_days()
    rows.reverse(change)
    assert said() == {"first": GENUINE, "second": DUPLICATE}
    assert rows.dirty_days(one) == [((AT + timedelta(days=1)).date(), DirtyCause.REVERSAL)]


def test_equal_instants_are_told_apart_by_names_not_by_arrival(app: Flask) -> None:
    for order in (("a", "b"), ("b", "a")):
        one = factories.connector()
        for name in order:
            rows.load(one, [call(name)])
        mine = {lead: verdict for (account, _, lead), (verdict, _) in rows.classes().items() if account == one.public_id}
        assert mine == {"a": GENUINE, "b": DUPLICATE}


def test_a_persons_word_sticks_and_who_was_called_no_lead_is_nobodys_first(app: Flask) -> None:
    one, _ = two_connectors()
    factories._save(LeadOverrule(account_id=one.id, data_type="calls", external_id="first", lead_class=INTERNAL))
    rows.load(one, [call("first"), call("second", days=1), call("third", days=2)])
    assert said() == {"first": INTERNAL, "second": GENUINE, "third": DUPLICATE}
    rows.load(one, [call("first", reason="changed")])
    assert said() == {"first": INTERNAL, "second": GENUINE, "third": DUPLICATE}


def test_settling_twice_writes_nothing_more(app: Flask) -> None:
    one, _ = two_connectors()
    loaded = rows.load(one, [call("first"), call("second", days=1)])
    rows.forget_dirty_days()
    assert rows.settle(loaded) == {"genuine": 1, "duplicate": 1}
    assert rows.dirty_days(one) == []
    with loaded.home.reading() as session:
        assert session.get_one(loaded.home.state, loaded.state_id).is_settled


def test_calls_that_we_made_and_leads_without_a_time_repeat_nothing(app: Flask) -> None:
    one, _ = two_connectors()
    rows.load(one, [call("in"), call("out", days=1, direction="Outbound"), LeadRow("timeless", None, attrs={"phone": ANA})])
    assert said() == {"in": GENUINE, "out": GENUINE, "timeless": GENUINE}


def test_a_number_that_very_many_share_says_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "HEAVY", 3)
    one, _ = two_connectors()
    rows.load(one, [call(f"c{n}", days=n, reason="x") for n in range(3)])
    assert said() == {"c0": GENUINE, "c1": DUPLICATE, "c2": DUPLICATE}
    more = rows.load(one, [call("c3", days=3)])
    assert set(said().values()) == {GENUINE}
    rows.reverse(more)
    assert said() == {"c0": GENUINE, "c1": DUPLICATE, "c2": DUPLICATE}


def test_small_groups_give_what_one_large_group_gives(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [call(f"c{n}", f"31255501{n % 7:02d}", days=n / 5) for n in range(40)]
    rows.load(two_connectors()[0], some)
    whole = said()
    for name in ("app.imports.leads.desk.MANY", "app.imports.leads.judging.MANY"):
        monkeypatch.setattr(name, 5)
    monkeypatch.setattr("app.imports.leads.settling.PIECE", 6)
    one = two_connectors()[0]
    rows.load(one, some)
    assert {lead: verdict for (account, _, lead), (verdict, _) in rows.classes().items() if account == one.public_id} == whole


def put_in_force(organization: Organization, number: int, *rules: Rule) -> None:
    base = default_rules()
    for rule in rules:
        base = base.with_rule(rule)
    db.session.execute(sa.update(LeadRules).where(LeadRules.organization_id == organization.id).values(active_key=None))
    factories._save(LeadRules(organization_id=organization.id, number=number, rules=base.to_text(), active_key=organization.id))


OWN = partial(Rule, "own-phones", RuleKind.PHONES, INTERNAL, "Own")


def test_new_rules_class_every_version_anew_and_the_former_ones_give_the_former_classes(app: Flask) -> None:
    one, _ = two_connectors()
    db.session.refresh(one, ["organization"])
    organization = one.organization
    rows.load(one, [call("first"), call("second", days=1), call("third", BEN)])
    change = rows.load(one, [call("first", BEN, days=-1)])
    before = rows.classes()
    rows.forget_dirty_days()
    put_in_force(organization, 1, OWN(entries=("312 555 0142",)))
    moved = _reclassify(organization)
    assert moved == {"genuine>internal": 1}
    assert said() == {"first": GENUINE, "second": INTERNAL, "third": DUPLICATE}
    assert rows.dirty_days(one) == [((AT + timedelta(days=1)).date(), DirtyCause.RULES)]
    rows.reverse(change)
    assert said() == {"first": INTERNAL, "second": INTERNAL, "third": GENUINE}  # the version that came back knows the new rules
    rows.load(one, [call("first", BEN, days=-1)])
    put_in_force(organization, 2)
    _reclassify(organization)
    assert rows.classes() == before
    assert _reclassify(organization) == {}


def _reclassify(organization: Organization) -> dict[str, int]:
    scope = Scope(organization.id, organization.public_id)
    db.session.rollback()
    moved = reclassify(scope, progress=lambda _rows, _moves, _words: None)
    return {f"{before.value}>{after.value}": count for (before, after), count in moved.moves.items()}


def test_rows_that_were_loaded_while_rules_changed_are_asked_again(app: Flask) -> None:
    one, _ = two_connectors()
    db.session.refresh(one, ["organization"])
    loaded = rows.load(one, [call("first")], is_settled=False)
    put_in_force(one.organization, 1, OWN(entries=(ANA,)))
    rows.settle(loaded)
    assert said() == {"first": INTERNAL}
