"""What a WSGI server and the `flask` command load."""

import sys

from app import create_app
from app.config import SettingsError

try:
    app = create_app()
except SettingsError as exc:
    # One sentence, no traceback. With any status but 3 gunicorn would start its workers again and again.
    print(f"Fivegate does not start: {exc}", file=sys.stderr)  # noqa: T201
    sys.exit(3 if "gunicorn" in sys.modules else 1)
