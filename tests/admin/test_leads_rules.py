"""Lead rules in the browser: changing, ordering, trying out, saving and going back."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from bs4 import BeautifulSoup

from app.extensions import db
from app.jobs.entry import drain
from app.models import LeadClass, LeadRules, ProviderAccount, SyncJob
from app.queue import QueueClass
from tests.support import factories, rows
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_unknown_is_missing
from tests.support.client import PageClient
from tests.support.rows import LeadRow

AT = datetime(2026, 9, 1, 15, tzinfo=UTC)
GENUINE, INTERNAL, DUPLICATE = LeadClass.GENUINE, LeadClass.INTERNAL, LeadClass.DUPLICATE


def fields_of(page: BeautifulSoup) -> dict[str, str]:
    """The form as a browser would send it."""
    form = page.select_one("form[action$=lead-rules]")
    assert form is not None
    sent = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[name]:not([type=checkbox])")}
    sent |= {str(each["name"]): str(each["value"]) for each in form.select("input[type=checkbox][checked]")}
    sent |= {str(each["name"]): each.text for each in form.select("textarea")}
    for each in form.select("select"):
        chosen = each.select_one("option[selected]") or each.select_one("option")
        sent[str(each["name"])] = str(chosen["value"]) if chosen else ""
    sent.pop("csrf_token")
    return sent


def parsed(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def number_of(sent: dict[str, str], key: str) -> str:
    """Prefix of the fields of the rule with this key."""
    return next(name.removesuffix("key") for name, value in sent.items() if name.endswith("-key") and value == key)


def some_leads() -> tuple[ProviderAccount, str]:
    account = factories.connector()
    phones = ("2015550100", "3125550142", "3125550142", "3125550177")
    rows.load(account, [LeadRow(f"c{n}", AT + timedelta(hours=n), attrs={"phone": phone}) for n, phone in enumerate(phones)])
    db.session.refresh(account, ["organization"])
    return account, f"/admin/organizations/{account.organization.public_id}/lead-rules"


def classes() -> list[LeadClass]:
    return [said for _, (said, _) in sorted(rows.classes().items())]


def test_rules_are_tried_out_saved_applied_and_taken_back(as_admin: PageClient) -> None:
    account, path = some_leads()
    public_id = account.public_id
    sent = fields_of(as_admin.page(path))
    own = number_of(sent, "own-phones")
    sent[f"{own}entries"] = "(201) 555-0100"
    tried = as_admin.post(path, data={**sent, "do": "try"})
    assert tried.status_code == 200
    assert "1 from genuine to internal" in parsed(tried.text).get_text(" ", strip=True)
    assert "••• 00" in tried.text
    assert classes() == [GENUINE, GENUINE, DUPLICATE, GENUINE]
    assert db.session.scalar(sa.select(sa.func.count(LeadRules.id))) == 0
    rows.forget_dirty_days()

    assert as_admin.post(path, data={**sent, "do": "save"}).status_code == 303
    assert classes() == [GENUINE, GENUINE, DUPLICATE, GENUINE]
    drain(QueueClass.IMPORT.value)
    assert classes() == [INTERNAL, GENUINE, DUPLICATE, GENUINE]
    account = db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == public_id)).one()
    page = as_admin.page(path)
    text = page.get_text(" ", strip=True)
    assert "Version 2 is in force." in text
    assert "1 from genuine to internal" in text
    job = db.session.scalars(sa.select(SyncJob).where(SyncJob.kind == "reclassify_leads")).one()
    assert "1 changed their class: 1 from genuine to internal" in job.result_note

    first = page.select_one("form[action$=restore] input[name=rules]")
    assert first is not None
    response = as_admin.post(f"{path}/restore", data={"rules": first["value"], "version": "2"})
    assert response.status_code == 303
    drain(QueueClass.IMPORT.value)
    assert classes() == [GENUINE, GENUINE, DUPLICATE, GENUINE]
    assert "Version 1 is in force." in as_admin.page(path).get_text(" ", strip=True)


def test_rules_are_ordered_added_and_removed_in_the_form_alone(as_admin: PageClient) -> None:
    _, path = some_leads()
    sent = fields_of(as_admin.page(path))
    moved = fields_of(parsed(as_admin.post(path, data={**sent, "do": "up:own-phones"}).text))
    assert [moved["rules-1-key"], moved["rules-2-key"]] == ["own-phones", "test-phones"]
    moved = fields_of(parsed(as_admin.post(path, data={**moved, "do": "remove:spam-words"}).text))
    assert "spam-words" not in moved.values()
    page = parsed(as_admin.post(path, data={**moved, "add-kind": "words", "do": "add"}).text)
    added = fields_of(page)
    assert page.select_one("details[open]") is not None
    assert int(added["count"]) == int(sent["count"])
    key = next(value for name, value in added.items() if name.endswith("-key") and value.startswith("words-"))
    prefix = number_of(added, key)
    added |= {f"{prefix}title": "Recruiters", f"{prefix}entries": "we are hiring", f"{prefix}class": "spam"}
    assert as_admin.post(path, data={**added, "do": "save"}).status_code == 303
    text = as_admin.page(path).get_text(" ", strip=True)
    assert "“Recruiters” was added" in text
    assert "“Spam words” was removed." in text
    assert "The order of the rules was changed." in text
    # Row rules stay before set rules.
    saved = db.session.scalars(sa.select(LeadRules).where(LeadRules.active_key.is_not(None))).one()
    assert saved.rules.index(key) < saved.rules.index("market-repeat")


def test_a_second_editor_is_told_and_overwrites_nothing(as_admin: PageClient) -> None:
    _, path = some_leads()
    sent = fields_of(as_admin.page(path))
    mine = {**sent, f"{number_of(sent, 'own-phones')}entries": "2015550100"}
    theirs = {**sent, f"{number_of(sent, 'own-domains')}entries": "acme.example"}
    assert as_admin.post(path, data={**mine, "do": "save"}).status_code == 303
    response = as_admin.post(path, data={**theirs, "do": "save"})
    assert response.status_code == 409
    assert "acme.example" in response.text
    assert db.session.scalar(sa.select(sa.func.max(LeadRules.number))) == 2
    again = fields_of(parsed(response.text))
    assert as_admin.post(path, data={**again, "do": "save"}).status_code == 303


def test_nothing_is_saved_when_nothing_changed_or_while_leads_are_classed(as_admin: PageClient) -> None:
    _, path = some_leads()
    sent = fields_of(as_admin.page(path))
    assert as_admin.post(path, data={**sent, "do": "save"}).status_code == 422
    changed = {**sent, f"{number_of(sent, 'own-phones')}entries": "2015550100"}
    assert as_admin.post(path, data={**changed, "do": "save"}).status_code == 303
    with db.engine.begin() as connection:
        connection.execute(sa.update(SyncJob).values(status="running"))
    later = fields_of(as_admin.page(path))
    later[f"{number_of(later, 'own-phones')}entries"] = "2015550101"
    response = as_admin.post(path, data={**later, "do": "save"})
    assert response.status_code == 422
    assert "being classed" in response.text


def test_support_reads_the_rules_in_words_and_changes_none(as_support: PageClient) -> None:
    _, path = some_leads()
    page = as_support.page(path)
    assert "The same phone number or mail address as any lead of the last 7 days" in page.get_text(" ", strip=True)
    assert not page.select("main form")
    assert as_support.post(path, data={"do": "save"}).status_code == 403
    assert as_support.post(f"{path}/restore", data={}).status_code == 403


def test_the_form_refuses_bad_input(as_admin: PageClient) -> None:
    account, path = some_leads()
    sent = fields_of(as_admin.page(path))
    own, words, repeat, short, often = (number_of(sent, key) for key in ("own-phones", "test-words", "repeat", "short-calls", "often"))
    form = FormUnderTest(
        path,
        {**sent, f"{own}entries": "2015550100"},
        required=(f"{own}title", f"{repeat}days", f"{often}times"),
        texts={f"{own}title": 80},
        choices=(f"{own}class",),
        wrong={
            f"{own}entries": ("no number", "123", "1" * 101),
            f"{words}entries": ("ab", "x" * 101, "\n".join(f"word {n}" for n in range(501))),
            f"{repeat}days": ("0", "366", "-1", "seven", "1e3"),
            f"{short}seconds": ("0", "61"),
            f"{often}times": ("2", "51"),
        },
    )
    assert_refuses_bad_input(as_admin, form)
    tampered = [
        *({f"{own}key": key} for key in ("", "person", "own-domains", "Ünsafe")),
        *({"count": count} for count in ("-1", "42", "x", "")),
        {f"{own}kind": "nonsense"},
        {"do": "nonsense"},
        {"do": "add", "add-kind": "nonsense"},
    ]
    for each in tampered:
        assert as_admin.post(path, data={**form.valid, "do": "save", **each}).status_code == 422, each
    assert db.session.scalar(sa.select(sa.func.count(LeadRules.id))) == 0
    assert_unknown_is_missing(as_admin, path, account.organization.public_id, data=form.valid)


def test_going_back_refuses_what_is_no_version_of_the_organization(as_admin: PageClient) -> None:
    _, path = some_leads()
    sent = fields_of(as_admin.page(path))
    as_admin.post(path, data={**sent, f"{number_of(sent, 'own-phones')}entries": "2015550100", "do": "save"})
    for bad in ("", "nonsense", "01890000-0000-7000-8000-000000000000"):
        assert as_admin.post(f"{path}/restore", data={"rules": bad, "version": "2"}).status_code == 404
    first = db.session.scalars(sa.select(LeadRules).where(LeadRules.number == 1)).one()
    as_admin.post(f"{path}/restore", data={"rules": first.public_id, "version": "1"})
    assert "Another version of these rules came in force" in as_admin.get(path).text
    db.session.expire_all()
    assert first.active_key is None
