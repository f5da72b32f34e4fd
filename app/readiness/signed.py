"""What all sign-offs have in common: somebody who may still act looked, and said what they saw."""

from app.readiness.check import Outcome
from app.readiness.facts import ConnectorFacts


def signed(facts: ConnectorFacts, key: str, *, subject: str, unsigned: str) -> Outcome:
    """How the sign-off under a check's key stands.

    :param subject: what is signed, as the subject of a sentence
    :param unsigned: what to say while nobody has signed
    """
    sign_off = facts.sign_offs.get(key)
    if sign_off is None:
        return Outcome.not_run(unsigned)
    # The comment stays with the sign-off: it is free text, and evidence outlives what people may want removed.
    person, at = sign_off.person.id, sign_off.at.isoformat()
    if not sign_off.person.is_active:
        return Outcome.failed(
            f"{subject} was signed by somebody who is no longer active, so nobody stands behind it. "
            "Ask an active member of staff to look and sign again.",
            signed_by=person,
            signed_at=at,
        )
    if not sign_off.person.is_staff:
        return Outcome.failed(
            f"{subject} was signed by somebody outside the staff. Ask an active member of staff to look and sign.",
            signed_by=person,
            signed_at=at,
        )
    if not sign_off.comment.strip():
        return Outcome.failed(
            f"{subject} was signed without a comment, so it is not known what was looked at. Sign again and say what you saw.",
            signed_by=person,
            signed_at=at,
        )
    return Outcome.passed(f"{subject} was signed by an active member of staff, with a comment.", signed_by=person, signed_at=at)
