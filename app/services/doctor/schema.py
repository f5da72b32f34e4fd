"""Whether both databases have the tables of this release, and belong together."""

from collections.abc import Iterator

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.config import ROOT
from app.services.doctor.finding import Finding, Setup, danger, ok, warning
from app.services.marks import read_marks


def look_at_migrations(setup: Setup) -> Iterator[Finding]:
    script = ScriptDirectory(str(ROOT / "migrations"))
    wanted = set(script.get_heads())
    known = {revision.revision for revision in script.walk_revisions()}
    for home, engine in setup.homes:
        title = f"Tables of the {home}"
        with engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
        if found == wanted:
            yield ok(title, f"At revision {', '.join(sorted(found))}, which is this release's.")
        elif not found:
            yield danger(title, "No migration was run on it.", "flask db upgrade")
        elif not found <= known:
            yield danger(
                title, f"Its revision {', '.join(sorted(found))} is unknown here: a newer release was run on it.", "Run that release."
            )
        else:
            yield danger(
                title, f"At revision {', '.join(sorted(found))}; this release needs {', '.join(sorted(wanted))}.", "flask db upgrade"
            )


def look_at_marks(setup: Setup) -> Iterator[Finding]:
    title = "Databases belong together"
    marks = read_marks(setup.app_engine, setup.traffic_engine)
    if marks.are_equal:
        yield ok(title, "Both carry the mark of this installation.")
    elif marks.app is None and marks.traffic is None:
        yield warning(title, "Neither is marked yet, so nobody would notice if one of them were from elsewhere.", "flask mark-databases")
    elif marks.traffic is None:
        yield danger(
            title,
            "The traffic database carries no mark: it is new, or not the one that belongs here.",
            "flask mark-databases   (if it is new)",
        )
    else:
        yield danger(
            title,
            "They carry different marks: one of them belongs to another installation.",
            "Check FIVEGATE_DATABASE_URL and FIVEGATE_TRAFFIC_DATABASE_URL; after a restore, restore both from the same backup.",
        )
