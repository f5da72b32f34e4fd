"""Which function carries out which kind of job."""

from collections.abc import Callable

from app.jobs.access import check_access
from app.jobs.audit_trail import verify_audit
from app.jobs.digests import send_digests
from app.jobs.files import remove_files
from app.jobs.handle import JobHandle, Outcome
from app.jobs.imports import import_batch
from app.jobs.leads import overrule_leads, reclassify_leads
from app.jobs.points import prove_points
from app.jobs.purges import purge
from app.jobs.readiness import drill_rollback, promote, roll_back, run_checks
from app.jobs.rechecks import prove_facets, recheck
from app.jobs.reversals import reverse_batch
from app.jobs.samples import remove_samples
from app.jobs.sign_ins import purge_sign_ins
from app.jobs.watch import look_after
from app.queue import JobKind

Handler = Callable[[JobHandle], Outcome]

HANDLERS: dict[JobKind, Handler] = {
    JobKind.CHECK_ACCESS: check_access,
    JobKind.VERIFY_AUDIT: verify_audit,
    JobKind.PURGE_SIGN_INS: purge_sign_ins,
    JobKind.IMPORT_BATCH: import_batch,
    JobKind.REVERSE_BATCH: reverse_batch,
    JobKind.REMOVE_SAMPLES: remove_samples,
    JobKind.REMOVE_FILES: remove_files,
    JobKind.PROVE_POINTS: prove_points,
    JobKind.RECLASSIFY_LEADS: reclassify_leads,
    JobKind.OVERRULE_LEADS: overrule_leads,
    JobKind.RUN_CHECKS: run_checks,
    JobKind.PROMOTE: promote,
    JobKind.DRILL_ROLLBACK: drill_rollback,
    JobKind.ROLL_BACK: roll_back,
    JobKind.RECHECK: recheck,
    JobKind.PROVE_FACETS: prove_facets,
    JobKind.PURGE: purge,
    JobKind.SEND_DIGESTS: send_digests,
    JobKind.WATCH: look_after,
}


def handler_of(kind: JobKind) -> Handler:
    return HANDLERS[kind]
