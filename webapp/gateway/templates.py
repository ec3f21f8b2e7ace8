"""What every template may use: the person, rights, form keys, navigation."""

from flask import Flask, g, request

from settings import settings
from webapp.gateway import navigation
from webapp.shared.forms import csrf_token, form_keys
from webapp.shared.fragments import is_partial
from webapp.shared.problems import request_id
from webapp.shared.rights import can, signed_in


def install(app: Flask) -> None:
    """Registers the globals and the values that each rendering gets."""
    app.jinja_env.globals.update(can=can, csrf_token=csrf_token, form_keys=form_keys, is_partial=is_partial,
                                 request_id=request_id, signed_in=signed_in)
    app.context_processor(_values)


def _values() -> dict[str, object]:
    return {
        "person": g.get("person"),
        "nav": navigation.places(),
        "theme": _one_of("dm_theme", ("light", "dark", "auto")),
        "density": _one_of("dm_density", ("comfortable", "compact")),
        "for_demonstration": settings().embedded,
    }


def _one_of(cookie: str, allowed: tuple[str, ...]) -> str:
    value = request.cookies.get(cookie, "")
    return value if value in allowed else allowed[-1] if cookie == "dm_theme" else allowed[0]
