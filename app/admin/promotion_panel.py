"""The live panel of a promotion: who asked, who approved, what may be done now, and the job that brings it live."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.admin.job_panel import JobLine
from app.audit import canonical_json
from app.models import Promotion, PromotionStatus, ProviderAccount, StaffRole
from app.readiness.check import Result
from app.security.permissions import Permission
from app.services import accounts, promotions
from app.services.promotions import TITLES
from app.web.current import the_person
from app.web.htmx import STOP_POLLING, fragment, unchanged

PAGE = "admin/promotions/show.html"
BLOCK = "promotion_panel"
WAIVED = "waived"


@dataclass(frozen=True)
class PromotionPanel:
    """The open promotion, or the newest one, with what this person may do about it."""

    promotion: Promotion | None
    job: JobLine | None
    vouched: Sequence[tuple[str, str]]
    """Title of a check → the result that is vouched for."""
    poll_path: str
    page_url: str
    may_write: bool
    is_requester: bool
    needs_second_admin: bool
    """Nobody else is there who could approve it."""

    @classmethod
    def of(cls, account: ProviderAccount, newest: Promotion | None) -> Self:
        """:param newest: the open promotion, or else the newest"""
        person = the_person()
        is_requester = newest is not None and newest.requested_by.public_id == person.public_id
        waits = newest is not None and newest.status is PromotionStatus.REQUESTED
        return cls(
            promotion=newest,
            job=JobLine.of(newest.job) if newest is not None and newest.job is not None else None,
            vouched=_vouched(newest) if newest is not None and newest.status.is_open else [],
            poll_path=url_for("admin.promotion_panel", connector_id=account.public_id),
            page_url=url_for("admin.promotions", connector_id=account.public_id),
            may_write=person.may(Permission.PROMOTION_WRITE),
            is_requester=is_requester,
            needs_second_admin=waits and is_requester and active_admins() < 2,
        )

    @property
    def is_live(self) -> bool:
        return self.job is not None and not self.job.status.is_final

    @property
    def may_withdraw(self) -> bool:
        return self.may_write and self.promotion is not None and self.promotion.status.is_open

    @property
    def waits_for_approval(self) -> bool:
        return self.promotion is not None and self.promotion.status is PromotionStatus.REQUESTED

    @property
    def may_approve(self) -> bool:
        return self.may_write and self.waits_for_approval and not self.is_requester

    @property
    def may_start(self) -> bool:
        """It is approved, and its job is over without having brought it live."""
        is_approved = self.promotion is not None and self.promotion.status is PromotionStatus.APPROVED
        return self.may_write and is_approved and not self.is_live

    @property
    def packet_url(self) -> str:
        has_packet = self.promotion is not None and self.promotion.packet
        return url_for("admin.show_promotion", promotion_id=self.promotion.public_id) if self.promotion and has_packet else ""

    @property
    def version(self) -> str:
        """Changes with whatever the panel shows but for time going by, which the page counts itself."""
        job, promotion = self.job, self.promotion
        shown = [
            [job.public_id, job.status, job.done, job.expected, job.sentence, job.attempts] if job is not None else [],
            [promotion.public_id, promotion.status, promotion.void_reason] if promotion is not None else [],
            [self.may_write, self.is_requester],
        ]
        return hashlib.blake2s(canonical_json(shown).encode(), digest_size=8).hexdigest()

    @property
    def poll_url(self) -> str:
        return f"{self.poll_path}?seen={self.version}"

    @property
    def announcement(self) -> str:
        """For people who do not see it: state by state, not number by number."""
        if self.promotion is None:
            return ""
        state = f"Promotion {self.promotion.number}: {self.promotion.status.label}."
        if self.job is None:
            return state
        said = f" {self.job.sentence}" if self.job.status.is_final else ""
        return f"{state} {self.job.label}: {self.job.status.label}.{said}"

    def answer(self) -> ResponseReturnValue:
        """286 ends the polling; 204 says that the browser shows this version already."""
        if not self.is_live:
            return fragment(PAGE, BLOCK, status=STOP_POLLING, panel=self)
        if request.args.get("seen") == self.version:
            return unchanged()
        return fragment(PAGE, BLOCK, panel=self)


def active_admins() -> int:
    """How many people could approve."""
    return sum(person.staff_role is StaffRole.ADMIN for person in accounts.active_staff())


def _vouched(promotion: Promotion) -> list[tuple[str, str]]:
    found = promotions.vouched_of(promotion)
    return [(title, _result_in_words(found[key].result)) for key, title in TITLES.items() if key in found]


def _result_in_words(result: str) -> str:
    if result == WAIVED:
        return "Waived"
    return Result(result).label if result in set(Result) else result or Result.NOT_RUN.label
