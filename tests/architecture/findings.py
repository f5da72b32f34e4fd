"""How the rules here answer: each is a function that lists what it found, used on the project and on a bad example."""

from collections.abc import Iterable


def assert_none(findings: Iterable[str], advice: str = "") -> None:
    """Nothing was found, or the test says all of it."""
    lines = list(findings)
    assert not lines, "\n".join(["", *lines, advice])
