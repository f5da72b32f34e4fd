"""Security and caching headers of every answer."""

from flask import Flask, Response, current_app, request

from app.config import Settings
from app.web.access import declared_access

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap draws its check marks and arrows from data: addresses
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)
ONE_YEAR = 31_536_000


def init_app(app: Flask, settings: Settings) -> None:
    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if settings.is_https:
            headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
        response.vary.update(("HX-Request", "Cookie"))
        headers.setdefault("Cache-Control", _cache_control())
        return response


def _cache_control() -> str:
    view = current_app.view_functions.get(request.endpoint or "")
    access = declared_access(view) if view else None
    return "private, no-cache" if access is not None and access.is_panel else "no-store"
