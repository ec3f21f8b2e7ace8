"""One block of a template is what the whole template shows there."""

import pytest
from flask import Flask
from jinja2 import DictLoader

from webapp.shared.pages.fragments import render_block

TEMPLATES = {
    "one.html": "{% macro say(word) %}one {{ word }}{% endmacro %}",
    "two.html": "{% macro say(word) %}two {{ word }} {{ who }}{% endmacro %}",
    "base.html": "<html>{% block main %}{% endblock %}</html>",
    "alone.html": """{#- About it. -#}
{% from "one.html" import say as one %}
{% from "two.html" import say as two with context %}
{% set more = 3 %}
{% block main %}{{ one(1) }}, {{ two(2) }}, {{ more }}{% endblock %}""",
}
TEMPLATES["page.html"] = '{% extends "base.html" %}\n' + TEMPLATES["alone.html"]


@pytest.mark.parametrize("template", ["alone.html", "page.html"])
def test_a_block_knows_every_import_and_set_above_it(template: str):
    app = Flask("blocks")
    app.jinja_env.loader = DictLoader(TEMPLATES)
    with app.test_request_context():
        assert render_block(template, "main", who="you") == "one 1, two 2 you, 3"
