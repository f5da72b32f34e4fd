"""Groups of checks by what they are, from the registry."""

from app.readiness.gates import CHECKS, CheckScope, Gate, checks_of

EVERY_CHECK = tuple(spec.key for spec in CHECKS)
OF_INSTALLATION = frozenset(spec.key for spec in CHECKS if spec.scope is CheckScope.INSTALLATION)
WAIVABLE = frozenset(spec.key for spec in CHECKS if spec.waivable)


def keys_of(gate: Gate | None) -> tuple[str, ...]:
    """Checks of a gate; all of them for none."""
    return tuple(spec.key for spec in checks_of(gate)) if gate is not None else EVERY_CHECK
