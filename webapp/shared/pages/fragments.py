"""Render a page or one of its fragments from the same template, so that the two cannot drift."""

import json

from flask import Response, current_app, make_response, redirect, render_template, request
from jinja2 import Template


def is_partial() -> bool:
    """Check whether htmx asks for a fragment.

    Boosted links, history restores and plain browser requests get the whole page.
    """
    return (
        request.headers.get("HX-Request-Type") == "partial"
        and "HX-History-Restore-Request" not in request.headers
    )


def render_page_or_block(
    template: str, block: str, status: int = 200, **values: object
) -> Response:
    """Render the page `template`, or for a partial request only its block `block`.

    Both get the same values.
    """
    if is_partial():
        return make_response(render_block(template, block, **values), status)
    return make_response(render_template(template, **values), status)


def render_block(template: str, block: str, **values: object) -> str:
    """Render one block of a template, with the globals, imports and sets from the template's top."""
    current_app.update_template_context(values)
    found: Template = current_app.jinja_env.get_template(template)
    context = found.new_context(values)
    for output in found.root_render_func(
        context
    ):  # runs the template's top: its imports and the blank lines between them
        if not output.isspace():
            break
    return "".join(found.blocks[block](context))


def go_to(url: str) -> Response:
    """Redirect after a form was processed: 303 for a browser, `HX-Location` for htmx.

    htmx would swap the target of a 303 into the form. A form with the field `in_place` (an action
    in the bell) stays on its page: 204 and a toast that says so, `Approved DM-100042`.
    """
    if is_partial() and request.form.get("in_place"):
        return toast(Response(status=204), request.form["in_place"][:100])
    if is_partial():
        return Response(
            status=204, headers={"HX-Location": json.dumps({"path": url, "target": "body"})}
        )
    return redirect(url, 303)  # type: ignore[return-value]


def trigger(response: Response, **events: object) -> Response:
    """Add client events (name, detail) to a response, as `HX-Trigger`."""
    before = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**before, **events})
    return response


def toast(response: Response, text: str, kind: str = "good") -> Response:
    """Ask the page to show a toast; `kind` is good, bad, wait or info."""
    return trigger(response, toast={"text": text, "kind": kind})
