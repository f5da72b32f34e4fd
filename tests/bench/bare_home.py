"""The portal's home as a bare route of Flask renders it: the same templates, every value a constant, no session, no database."""

import os
import pickle
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from jinja2 import StrictUndefined

from app.config import ROOT
from app.web import filters

VALUES = "BENCH_HOME_VALUES"
"""Environment variable: the file that ``tests/bench/portal.py`` wrote the values into."""


def create(values: dict[str, Any]) -> Flask:
    app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "templates"))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    filters.init_app(app)
    assets, token, context = values["assets"], values["form_token"], values["context"]
    app.jinja_env.globals.update(asset=lambda name: f"/static/{assets.get(name, name)}", csrf_token=lambda: token)
    called = {name: _always(value) for name, value in values["called"].items()}

    def home() -> str:
        return render_template(values["template"], **context, **called)

    for rule, endpoint, methods in values["addresses"]:
        app.add_url_rule(rule, endpoint, home, methods=methods)
    return app


def _always(value: Any) -> Any:
    return lambda: value


if VALUES in os.environ:
    app = create(pickle.loads(Path(os.environ[VALUES]).read_bytes()))  # written by this run
