"""The web server of `make run`; good for production behind a proxy, too (bind and workers are given on the command line)."""

from pathlib import Path

import gunicorn.http.wsgi  # type: ignore[import-untyped]

wsgi_app = "wsgi:app"
worker_class = "gthread"
workers = 2
threads = 4
preload_app = True
"""One import instead of one a worker. Nothing is connected yet when the workers are forked."""
timeout = 60
graceful_timeout = 5
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None
"""The application logs requests itself, by rule: paths hold link tokens."""
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = ""
"""Who may name the visitor's address is FIVEGATE_TRUSTED_PROXIES's business alone."""
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a heartbeat file must not wait for a disk


class Response(gunicorn.http.wsgi.Response):  # type: ignore[misc]
    """Without its Server header: nobody needs to know what answers."""

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


gunicorn.http.wsgi.Response = Response
