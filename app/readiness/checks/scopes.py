"""The provider granted every scope that the chosen data types need. Only an API has scopes; one that nothing needs is a warning."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import listed

WITHOUT_SCOPES = {
    "manual": "Data comes in as supplied exports, and files have no scopes.",
    "webhook": "The source sends its events by itself, and nothing is read that would need a scope.",
}


def ask(facts: ConnectorFacts) -> Outcome:
    if facts.mode in WITHOUT_SCOPES:
        return Outcome.not_applicable(WITHOUT_SCOPES[facts.mode], mode=facts.mode)
    if not facts.data_types:
        return Outcome.not_run("No data type is chosen, so it is not known which scopes are needed. Choose what this connector brings.")
    if facts.scopes_granted is None:
        return Outcome.not_run("The provider was not asked yet which scopes it granted. Test access from the connector's page.")
    needed, granted = sorted(facts.scopes_needed), sorted(facts.scopes_granted)
    missing = sorted(facts.scopes_needed - facts.scopes_granted)
    if missing:
        sentence = f"The chosen data types need {listed(missing)}, which the provider did not grant. Have it granted, then test again."
        return Outcome.failed(sentence, needed=[*needed], granted=[*granted], missing=[*missing])
    unneeded = sorted(facts.scopes_granted - facts.scopes_needed)
    if unneeded:
        return _more_than_needed(facts, unneeded)
    if not needed:
        return Outcome.not_applicable("The chosen data types need no scope, and the provider granted none.", needed=[], granted=[])
    return Outcome.passed("The provider granted exactly the scopes that the chosen data types need.", needed=[*needed], granted=[*granted])


def _more_than_needed(facts: ConnectorFacts, unneeded: list[str]) -> Outcome:
    items = {_item(scope): scope for scope in unneeded}
    still_open = [scope for item, scope in items.items() if item not in facts.acknowledged]
    if still_open:
        sentence = (
            f"Every scope that is needed is granted, but no chosen data type needs {listed(still_open)}. "
            "Have what is too much taken back, or acknowledge it."
        )
    else:
        sentence = f"Every scope that is needed is granted. No data type needs {listed(unneeded)}; somebody acknowledged that."
    return Outcome.warning(sentence, *items, needed=[*sorted(facts.scopes_needed)], unneeded=[*unneeded])


def _item(scope: str) -> str:
    """Unlike the item of any other check, and another one for another scope."""
    return f"Granted scope that nothing needs: {scope}"


CHECK = Check("scopes", frozenset({"mode", "data-types", "credential", "scopes"}), ask)
