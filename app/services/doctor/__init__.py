"""Is this installation set up safely? Every check looks at one thing and says in words what it found.

Nothing is changed here. A check is a function in a module of this package and a line in registry.py.
"""

from app.services.doctor.finding import Finding, Level, Report, Setup, WebFlags
from app.services.doctor.registry import CHECKS, examine

__all__ = ["CHECKS", "Finding", "Level", "Report", "Setup", "WebFlags", "examine"]
