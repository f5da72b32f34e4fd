"""How figures, their lines and their dates are said on pages. What is unknown is a dash, never a nought."""

from collections.abc import Iterable, Sequence

from app.metrics.metric import Metric, Unit
from app.metrics.parts import Parts
from app.metrics.words import NO_VALUE, cause_in_words, kind_label, line_label, parts_in_words
from app.models import Surface

__all__ = ["NO_VALUE", "cause_in_words", "kind_label", "line_label", "list_in_words", "made_of", "parts_in_words", "surfaces_in_words"]


def made_of(metric: Metric, parts: Parts | None) -> str:
    """What is above and below the line of a ratio; empty for other figures."""
    if parts is None or metric.unit is not Unit.RATIO:
        return ""
    return f"{parts.num:,.0f} of {parts.den or 0:,.0f}"


def surfaces_in_words(surfaces: Iterable[Surface]) -> str:
    labels = [surface.label for surface in surfaces]
    return ", ".join([labels[0], *[label.lower() for label in labels[1:]]]) if labels else "Nowhere yet"


def list_in_words(words: Sequence[str]) -> str:
    """``calls, forms and leads``."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
