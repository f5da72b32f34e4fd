"""The live panel of an act that has its own page: the newest job of one kind, followed until it is over."""

import hashlib
from dataclasses import dataclass
from typing import Self

from flask import request
from flask.typing import ResponseReturnValue

from app.admin.job_panel import JobLine
from app.audit import canonical_json
from app.models import ProviderAccount
from app.queue import JobKind
from app.services import check_jobs
from app.web.htmx import STOP_POLLING, fragment, unchanged


@dataclass(frozen=True)
class ActPanel:
    """What the panel shows, and which version of it that is."""

    title: str
    job: JobLine | None
    """None: nobody asked for it yet."""
    poll_path: str
    outcome_label: str = ""
    outcome_url: str = ""
    """Where what came of it can be read, once it is over."""

    @classmethod
    def of(cls, account: ProviderAccount, kind: JobKind, *, title: str, poll_path: str, outcome: tuple[str, str] = ("", "")) -> Self:
        job = check_jobs.latest(account, kind)
        return cls(title, JobLine.of(job) if job is not None else None, poll_path, *outcome)

    @property
    def is_live(self) -> bool:
        return self.job is not None and not self.job.status.is_final

    @property
    def version(self) -> str:
        """Changes with whatever the panel shows but for time going by, which the page counts itself."""
        job = self.job
        shown = [job.public_id, job.status, job.done, job.expected, job.sentence, job.attempts] if job is not None else []
        return hashlib.blake2s(canonical_json([shown, self.outcome_url]).encode(), digest_size=8).hexdigest()

    @property
    def poll_url(self) -> str:
        return f"{self.poll_path}?seen={self.version}"

    @property
    def announcement(self) -> str:
        """For people who do not see it: state by state, not number by number."""
        if self.job is None:
            return ""
        state = f"{self.title}: {self.job.status.label}."
        return f"{state} {self.job.sentence}" if self.job.status.is_final else state

    def answer(self, page: str, block: str) -> ResponseReturnValue:
        """286 ends the polling; 204 says that the browser shows this version already."""
        if not self.is_live:
            return fragment(page, block, status=STOP_POLLING, panel=self)
        if request.args.get("seen") == self.version:
            return unchanged()
        return fragment(page, block, panel=self)
