"""The live panel of one import: state, rows, lead classes, stages. It polls while the import or its reversal is open."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from flask import url_for

from app.admin.batch_words import classes_of, dates_in_words, seconds_in_words, stored
from app.admin.job_panel import JobLine
from app.audit import canonical_json
from app.models import BatchKind, BatchStatus, ImportBatch, Lane
from app.security.permissions import Permission
from app.services import imports
from app.web.current import the_person
from app.web.filters import duration, whole

BATCH_PAGE = "admin/imports/show.html"
SURE_AFTER_SECONDS = 3
"""Before that a rate says more about the start than about the work."""

COUNTS = (
    ("rows_read", "Read", "lines of data in the file"),
    ("rows_new", "New", "were not there before"),
    ("rows_changed", "Changed", "replace an earlier version"),
    ("rows_unchanged", "Unchanged", "were there already, word for word"),
    ("rows_rejected", "Rejected", "could not be taken, each with its reason"),
    ("rows_repeated", "Repeated", "their id came again further down, and the last one won"),
    ("rows_left_out", "Left out", "beyond the bounds of a test batch"),
)
"""Column → what it is called and what it means."""


@dataclass(frozen=True)
class CountLine:
    label: str
    meaning: str
    rows: int | None
    """None: not known yet."""
    url: str = ""
    """Where these rows can be looked at."""


@dataclass(frozen=True)
class StageLine:
    """One step of the import, done."""

    label: str
    rows: int | None
    seconds: float | None
    unit: str = "rows"
    """What is counted: rows, but for stages that go by days."""

    @property
    def size(self) -> str:
        return whole(self.rows) if self.unit == "rows" or self.rows is None else f"{whole(self.rows)} {self.unit}"

    @property
    def time(self) -> str:
        return seconds_in_words(self.seconds)

    @property
    def rate(self) -> int | None:
        """Rows per second; None where there are none to count, or no time to count them by."""
        return round(self.rows / self.seconds) if self.rows and self.seconds and self.unit == "rows" else None


@dataclass(frozen=True)
class NextStep:
    """Where to go on from here."""

    label: str
    url: str
    style: str = "btn-quiet"


@dataclass(frozen=True)
class BatchPanel:
    """What the panel shows, and which version of it that is."""

    batch: ImportBatch
    job: JobLine
    """What was asked for last: the import, or its reversal."""
    is_reversal: bool
    stages: Sequence[StageLine]
    counts: Sequence[CountLine]
    classes: Sequence[tuple[str, int]]
    may_write: bool
    why_not_reversible: str
    """Empty when it can be reversed, or when nobody would expect it."""
    file_url: str
    """Of the uploaded file; empty once it is gone."""

    @classmethod
    def of(cls, batch: ImportBatch) -> Self:
        job = batch.reversal_job or batch.job
        may_write = the_person().may(Permission.IMPORT_WRITE)
        is_asked = may_write and batch.status is BatchStatus.COMPLETE and job.status.is_final
        return cls(
            batch=batch,
            job=JobLine.of(job),
            is_reversal=batch.reversal_job is not None,
            stages=list(stages_of(batch)),
            counts=list(counts_of(batch)),
            classes=list(classes_of(batch)),
            may_write=may_write,
            why_not_reversible=imports.why_not_reversible(batch) if is_asked else "",
            file_url=url_for("admin.show_file", connector_id=batch.account.public_id, file_id=batch.file.public_id) if batch.file else "",
        )

    @property
    def is_live(self) -> bool:
        return not self.job.status.is_final

    @property
    def poll_url(self) -> str:
        return url_for("admin.batch_panel", batch_id=self.batch.public_id, seen=self.version)

    @property
    def version(self) -> str:
        """Changes with whatever the panel shows but for time going by, which the page counts itself."""
        job, batch = self.job, self.batch
        shown = [
            [job.public_id, job.status, job.done, job.expected, job.sentence, job.attempts],
            [batch.status, batch.error_note, batch.stages, batch.first_date, batch.last_date],
            [count.rows for count in self.counts],
            [batch.class_counts, self.may_write, self.why_not_reversible],
        ]
        return hashlib.blake2s(canonical_json(shown).encode(), digest_size=8).hexdigest()

    @property
    def announcement(self) -> str:
        """For people who do not see it: stage by stage, not number by number."""
        what = "Reversal" if self.is_reversal else "Import"
        if self.job.status.is_final:
            return f"{what}: {self.job.status.label}. {self.job.sentence} {self.error_note}".strip()
        done = f" {self.stages[-1].label}: done." if self.stages else ""
        return f"{what}: {self.job.status.label}.{done}"

    @property
    def error_note(self) -> str:
        """Of the batch, where the job has not said it already."""
        return "" if self.batch.error_note in self.job.sentence else self.batch.error_note

    @property
    def pace(self) -> str:
        """Rows per second and time left of the stage that is being done, once that can be told; empty otherwise."""
        job, seconds = self.job, self._seconds_of_stage
        if not job.is_running or not job.done or seconds < SURE_AFTER_SECONDS:
            return ""
        rate = f"{whole(round(job.done / seconds))} rows per second"
        if not job.expected or job.expected <= job.done:
            return f"{rate}."
        return f"{rate}, about {duration((job.expected - job.done) * seconds / job.done)} left of this stage."

    @property
    def _seconds_of_stage(self) -> float:
        """Since the last stage ended. A reversal's stages stand behind those of its import, so there it is not known."""
        if self.job.seconds is None or self.is_reversal:
            return 0
        return self.job.seconds - self._seconds_done

    @property
    def _seconds_done(self) -> float:
        return sum(stage.seconds or 0 for stage in self.stages)

    @property
    def total(self) -> StageLine:
        """All stages together; rows go through each of them, so they are not added."""
        return StageLine("Together", None if self.is_reversal else self.batch.rows_read, self._seconds_done)

    @property
    def dates(self) -> str:
        return dates_in_words(self.batch)

    @property
    def next_steps(self) -> Sequence[NextStep]:
        batch, steps = self.batch, []
        if batch.rows_rejected:
            steps.append(NextStep("Look at the rejected rows", url_for("admin.batch_rejects", batch_id=batch.public_id)))
        if self.may_write and batch.status is BatchStatus.FAILED and not self.is_live:
            again = url_for("admin.upload_file", connector_id=batch.account.public_id, data_type=batch.data_type)
            steps.append(NextStep("Back to the file", self.file_url) if self.file_url else NextStep("Upload the file again", again))
        if batch.status is BatchStatus.COMPLETE and not self.is_live:
            steps += self._ways_on
        if self.may_reverse:
            url = url_for("admin.reverse_batch", batch_id=batch.public_id)
            steps.append(NextStep("Reverse this import…", url, style="btn-danger-quiet"))
        return steps

    @property
    def _ways_on(self) -> Sequence[NextStep]:
        """Where people go once it is complete: from a sample to the whole file, from what counts to the figures."""
        if self.batch.kind is BatchKind.PRODUCTION:
            return [NextStep("See the figures", url_for("admin.figures", connector_id=self.batch.account.public_id))]
        if self.file_url and self.may_write:
            return [NextStep("Go on with the file", self.file_url, style="btn-primary")]
        return []

    @property
    def leads_url(self) -> str:
        """Where the leads of this connector and data type are reviewed."""
        batch, lane = self.batch, self.batch.kind.lane
        return url_for(
            "admin.review_leads",
            organization_id=batch.account.organization.public_id,
            connector=batch.account.public_id,
            type=batch.data_type,
            lane=lane.value if lane is not Lane.LIVE else None,
        )

    @property
    def may_reverse(self) -> bool:
        return self.may_write and self.batch.status is BatchStatus.COMPLETE and not self.is_live and not self.why_not_reversible


def counts_of(batch: ImportBatch) -> Iterator[CountLine]:
    for column, label, meaning in COUNTS:
        rows = getattr(batch, column)
        is_link = column == "rows_rejected" and rows is not None
        yield CountLine(label, meaning, rows, url_for("admin.batch_rejects", batch_id=batch.public_id) if is_link else "")


def stages_of(batch: ImportBatch) -> Iterator[StageLine]:
    for stage in stored(batch.stages, list):
        yield StageLine(str(stage.get("stage", "")), stage.get("rows"), stage.get("seconds"), str(stage.get("unit", "rows")))
