"""Every night: count the days that were left over, and prove on a sample that points equal a recount."""

from app.jobs.handle import JobHandle, Outcome, reading
from app.services import point_checks, points
from app.services.point_checks import LiveStream, StreamVerdict


def prove_points(handle: JobHandle) -> Outcome:
    """Look at every connector's data types in turn. What is not sound opens a task with the end of the job."""
    streams = point_checks.live_streams()
    verdicts: list[StreamVerdict] = []
    rolled_up = 0
    for number, stream in enumerate(streams, start=1):
        handle.progress(number - 1, len(streams), f"Looking at {stream.data_type}")
        if stream.is_waiting and not _is_being_imported(stream):
            rolled_up += roll_up(handle, stream, done=number - 1)
        with reading():
            account = point_checks.account_of(stream)
            if account is not None:
                verdicts.append(point_checks.prove(account, stream))
    bad = sum(1 for verdict in verdicts if not verdict.is_sound)
    return Outcome(
        point_checks.sentence_of(verdicts, rolled_up),
        {"data_types": len(verdicts), "days": sum(verdict.days for verdict in verdicts), "bad": bad, "left_over": rolled_up},
        effect=lambda: point_checks.tell(verdicts, actor=handle.claim.actor),
    )


def roll_up(handle: JobHandle, stream: LiveStream, *, done: int = 0) -> int:
    """Count the days of one data type that wait.

    :return: how many days
    """
    with reading():
        account = point_checks.account_of(stream)
        if account is None:
            return 0
        counted = points.count_points(account, stream.data_type)
    with handle.piece() as piece:
        points.write_points(counted, batch=None)
        piece.done, piece.note = done, f"Counting days of {stream.data_type}"
    points.forget_dirty_days(counted)
    return len(counted.days) - len(counted.skipped)


def roll_up_others(handle: JobHandle, organization_public_id: str, *, done: int) -> int:
    """Count what a job left waiting at other connectors and data types of the organization: leads that repeat each
    other change their classes together. Also where one of them is being imported: that import may have counted already.

    :param done: how far the job is
    :return: how many days
    """
    waiting = [stream for stream in point_checks.live_streams(organization_public_id) if stream.is_waiting]
    return sum(roll_up(handle, stream, done=done) for stream in waiting)


def _is_being_imported(stream: LiveStream) -> bool:
    """Then its import counts the days itself."""
    with reading():
        account = point_checks.account_of(stream)
        return account is not None and point_checks.is_being_imported(account, stream.data_type)
