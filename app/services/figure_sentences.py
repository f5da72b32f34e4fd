"""What was published of a figure, in sentences: for notes, tasks and signals. Made of a card's words, so that all say the same."""

from collections.abc import Iterator
from itertools import groupby

from app.metrics.comparability import Verdict
from app.metrics.windows import Window
from app.services.card_figures import Words


def window_of(words: Words) -> Window | None:
    """The window whose figure was published."""
    span = words["details"].get("window")
    return Window.parse("..".join(span)) if span else None


def is_whole(words: Words) -> bool:
    """Whether there is a figure of a window, and every day of the window is known."""
    span = words["details"].get("window")
    if not span or not (words["value"] or words["lines"]):
        return False
    return any(start <= span[0] and span[1] <= end for start, end in words["details"]["known"])


def figure(words: Words) -> str:
    """``128``, or line by line, or why there is none."""
    if words["value"]:
        return str(words["value"])
    if words["lines"]:
        return "; ".join(_kinds(words))
    return str(words["value_note"])


def movement(words: Words) -> str:
    """How it moved, with its caveats, or why that is not told. Empty where there is no figure."""
    if not words["verdict"]:
        return ""
    reasons, verdict = " ".join(words["reasons"]), words["verdict"]
    if verdict == Verdict.NOT_COMPARABLE.label:
        return f"{verdict}, so no movement is shown. {reasons}".rstrip()
    if words["movement"]:
        moved = words["movement"]
        said = f"{moved[0].upper()}{moved[1:]}."
    elif words["lines"]:
        said = ""  # each line has its own
    else:
        said = "No movement is shown: one of the two windows has no figure."
    return f"{said} {f'{verdict}: {reasons}' if reasons else ''}".strip()


def whole(words: Words) -> str:
    """All of it, with both windows."""
    parts = (f"{words['title']}: {figure(words).rstrip('.')}.", movement(words), f"{words['windows']}." if words["windows"] else "")
    return " ".join(filter(None, parts))


def _kinds(words: Words) -> Iterator[str]:
    for kind, lines in groupby(words["lines"], key=lambda line: line["kind"]):
        said = [f"{line['name']} {line['value']}{' (' + line['movement'] + ')' if line['movement'] else ''}" for line in lines]
        yield f"{kind}: {', '.join(said)}"
