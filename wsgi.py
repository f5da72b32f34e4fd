"""What a WSGI server and the `flask` command load."""

import gc
import sys

# What is loaded here stays: looking through it for garbage, again and again and once more at the end, takes as long as loading it.
gc.disable()

from app import create_app  # noqa: E402
from app.config import SettingsError  # noqa: E402

try:
    app = create_app()
    gc.freeze()
    gc.enable()
except SettingsError as exc:
    # One sentence, no traceback. With any status but 3 gunicorn would start its workers again and again.
    print(f"Fivegate does not start: {exc}", file=sys.stderr)  # noqa: T201
    sys.exit(3 if "gunicorn" in sys.modules else 1)
