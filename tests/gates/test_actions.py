"""Every act of the audit trail is known either to change what evidence rests on, or to change nothing of it."""

from app.services import facet_changes, live_changes
from app.services.audit_words import ACTIONS


def test_every_act_is_mentioned() -> None:
    assert facet_changes.unmentioned(ACTIONS) == frozenset()


def test_no_act_changes_something_and_nothing() -> None:
    assert facet_changes.CHANGES_FACETS.keys() & facet_changes.IRRELEVANT == set()


def test_every_act_that_is_mentioned_has_words() -> None:
    mentioned = facet_changes.CHANGES_FACETS.keys() | facet_changes.IRRELEVANT | live_changes.NEEDS_NOTE | live_changes.PROTECTS.keys()
    assert mentioned - ACTIONS.keys() == set()


def test_what_needs_a_note_or_opens_one_changes_something() -> None:
    assert (live_changes.NEEDS_NOTE | live_changes.PROTECTS.keys()) <= facet_changes.CHANGES_FACETS.keys()
