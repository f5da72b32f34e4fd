"""The customer agreed that exactly the connector's data types are read, and did not take it back.

Writing may be agreed to as well, apart from reading, and for no other data types. A client admin grants in the portal; by hand,
staff may record what the customer agreed to instead, with its proof.
"""

from app.readiness.check import Check, Outcome, Value
from app.readiness.facts import ConnectorFacts, ConsentFacts
from app.readiness.wording import day_in_words, listed, spoken


def ask(facts: ConnectorFacts) -> Outcome:
    consent = facts.consent
    if consent is None:
        return Outcome.not_run(f"No consent of the customer is recorded. {_how_to_get_it(facts)}")
    given_on, stored = day_in_words(consent.given_on), _stored(consent)
    if consent.is_withdrawn:
        return Outcome.failed(f"The customer withdrew the consent of {given_on}. Import nothing until there is a new one.", **stored)
    if not facts.data_types:
        return Outcome.not_run("No data type is chosen that the consent could be compared with. Choose what this connector brings.")
    if not consent.by_portal:
        if facts.mode != "manual":
            sentence = f"The consent of {given_on} was recorded by staff, which counts for supplied exports alone. {_how_to_get_it(facts)}"
            return Outcome.failed(sentence, **stored)
        if not consent.has_proof:
            return Outcome.failed(f"The consent of {given_on} was recorded without proof. Add what shows that they agreed.", **stored)
    return _compared(facts, consent)


def _compared(facts: ConnectorFacts, consent: ConsentFacts) -> Outcome:
    labels = {each.key: each.label for each in facts.data_types}
    missing = [key for key in labels if key not in consent.reads]
    beyond = sorted((consent.reads | consent.writes) - labels.keys())
    given_on, stored = day_in_words(consent.given_on), _stored(consent)
    found = []
    if missing:
        found.append(f"does not cover reading of {listed(labels[key] for key in missing)}")
    if beyond:
        found.append(f"covers {listed(spoken(key) for key in beyond)}, which this connector does not bring")
    if found:
        sentence = f"The customer's consent of {given_on} {', and it '.join(found)}. Ask for consent to exactly the chosen data types."
        return Outcome.failed(sentence, missing=[*missing], beyond=[*beyond], **stored)
    writing = f"writing of {listed(labels[key] for key in labels if key in consent.writes)}" if consent.writes else "no writing"
    return Outcome.passed(f"On {given_on} the customer agreed to reading of exactly the chosen data types, and to {writing}.", **stored)


def _how_to_get_it(facts: ConnectorFacts) -> str:
    if facts.mode == "manual":
        return "Record what the customer agreed to, with the date and the proof."
    return "Ask a client admin to grant reading of the chosen data types in the portal."


def _stored(consent: ConsentFacts) -> dict[str, Value]:
    return {
        "reads": [*sorted(consent.reads)],
        "writes": [*sorted(consent.writes)],
        "given_on": consent.given_on.isoformat(),
        "by_portal": consent.by_portal,
        "has_proof": consent.has_proof,
    }


CHECK = Check("customer-authorized", frozenset({"mode", "data-types", "consent"}), ask)
