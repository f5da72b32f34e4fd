"""What retention rules remove, and the receipts of it."""

from dataclasses import dataclass

from app.audit import Actor


@dataclass(frozen=True)
class DuePurge:
    account_id: int
    data_class: str
    days: int


def due() -> list[DuePurge]:
    return []


def carry_out(one: DuePurge, *, job_id: str, actor: Actor) -> int:
    raise NotImplementedError(one, job_id, actor)


def sentence_of(removed: int) -> str:
    return "Nothing's time was over, so nothing was removed." if not removed else f"{removed:,} removed; the receipts say what."
