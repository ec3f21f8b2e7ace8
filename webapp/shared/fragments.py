"""htmx 4 over htmx-flask: page or fragment from one template, so that the two cannot drift."""

import json
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request
from jinja2 import Template


def is_partial() -> bool:
    """Whether htmx asks for a fragment. Boosted links, history and plain browsers want the whole page."""
    return (
        request.headers.get("HX-Request-Type") == "partial"
        and "HX-History-Restore-Request" not in request.headers
    )


def render_page_or_block(template: str, block: str, status: int = 200, **values: Any) -> Response:
    """The page `template`, or for a partial request only its block `block`, from the same values."""
    if is_partial():
        return make_response(render_block(template, block, **values), status)
    return make_response(render_template(template, **values), status)


def render_block(template: str, block: str, **values: Any) -> str:
    """One block of a template, with the globals, imports and sets that stand at the template's top."""
    current_app.update_template_context(values)
    found: Template = current_app.jinja_env.get_template(template)
    context = found.new_context(values)
    for output in found.root_render_func(
        context
    ):  # runs the top of the template: each import, and the blank line after it
        if not output.isspace():
            break
    return "".join(found.blocks[block](context))


def go_to(url: str) -> Response:
    """After a form was done: 303 for a browser, `HX-Location` for htmx (a 303 would be swapped into the form).

    A form with the field `in_place` (a deed in the bell) stays where it is: 204 and a toast.
    """
    if is_partial() and request.form.get("in_place"):
        return toast(Response(status=204), f"{request.form['in_place'][:60]}: done")
    if is_partial():
        return Response(
            status=204, headers={"HX-Location": json.dumps({"path": url, "target": "body"})}
        )
    return redirect(url, 303)  # type: ignore[return-value]


def trigger(response: Response, **events: Any) -> Response:
    """Adds client events (name, detail) to an answer, as `HX-Trigger`."""
    before = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**before, **events})
    return response


def toast(response: Response, text: str, kind: str = "good") -> Response:
    """Asks the page to show a toast; kind is good, bad, wait or info."""
    return trigger(response, toast={"text": text, "kind": kind})
