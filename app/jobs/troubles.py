"""Telling errors that may pass from those that another attempt would meet again."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from app.services.job_engine import Claim


def may_pass(exc: DBAPIError) -> bool:
    """The database was away or busy: another attempt may go well."""
    return isinstance(exc, OperationalError | InterfaceError) or exc.connection_invalidated


def broken_sentence(claim: Claim) -> str:
    """What people are told about an error of ours."""
    return (
        "Something broke on our side, and nothing half done was saved. "
        f"The log tells more under {claim.public_id}; run the job again once the cause is mended."
    )
