"""All checks, in the order in which they are told."""

import structlog
from sqlalchemy.exc import DBAPIError

from app.services.doctor import batches, database, files, keys, mail, privileges, processes, queue, schema, web
from app.services.doctor.finding import Check, Finding, Level, Report, Setup

log = structlog.get_logger(__name__)

CHECKS = (
    Check("environment", "Environment", web.look_at_environment),
    Check("secret-key", "Secret key", keys.look_at_secret_key),
    Check("key-ring", "Key ring", keys.look_at_key_ring),
    Check("debug", "Debugger", web.look_at_debug),
    Check("cookies", "Cookies", web.look_at_cookies),
    Check("database", "Databases", database.look_at_servers),
    Check("privileges", "Database privileges", privileges.look_at_privileges),
    Check("migrations", "Migrations", schema.look_at_migrations),
    Check("marks", "Databases belong together", schema.look_at_marks),
    Check("clock", "Clock", database.look_at_clock),
    Check("transactions", "Open transactions", database.look_at_transactions),
    Check("local-infile", "Fast loading", database.look_at_local_infile),
    Check("queue", "Queue", queue.look_at_queue),
    Check("processes", "Workers and scheduler", processes.look_at_beats),
    Check("jobs", "Jobs", processes.look_at_jobs),
    Check("batches", "Imports", batches.look_at_batches),
    Check("mails", "Mails on their way", mail.look_at_mails),
    Check("mail-server", "Mail server", mail.look_at_server),
    Check("data-directory", "Data directory", files.look_at_modes),
    Check("disk", "Disk", files.look_at_disk),
)


def examine(setup: Setup) -> Report:
    """Run every check. One that breaks becomes a finding and stops none of the others: not known is not safe."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check.run(setup)
        except Exception as exc:  # whatever a half set-up installation throws
            log.info("doctor.check_broke", check=check.key, error=type(exc).__name__)
            findings.append(_broken(check, exc))
    return Report(findings)


def _broken(check: Check, exc: Exception) -> Finding:
    """Without the error's own text: messages of drivers and libraries repeat addresses and values."""
    sentence = f"This could not be checked ({_cause(exc)})."
    return Finding(Level.DANGER, check.title, sentence, "Mend what stands above, then run flask doctor again.", check.key)


def _cause(exc: Exception) -> str:
    number = exc.orig.args[0] if isinstance(exc, DBAPIError) and exc.orig is not None and exc.orig.args else None
    return f"{type(exc).__name__} {number}" if isinstance(number, int) else type(exc).__name__
