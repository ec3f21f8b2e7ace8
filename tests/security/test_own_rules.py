"""The rules of our own see what they are for, and nothing in our code breaks one."""

import pytest

from tests.security.own_rules import EXCUSED, RULES, findings, findings_in

BAD = {
    "markup_of_parts": [
        'Markup(f"<b>{name}</b>")',
        'Markup("<b>%s</b>" % name)',
        'markupsafe.Markup("<b>" + name)',
    ],
    "template_from_text": ["render_template_string(typed)", "env.from_string(typed)"],
    "ldap_filter_of_parts": ['connection.search(base, f"(uid={uid})")'],
    "redirect_to_what_was_sent": [
        'redirect(request.args["next"])',
        'go_to(request.form.get("back", "/"))',
    ],
    "without_time_out": [
        "httpx.get(address)",
        "socket.create_connection(place)",
        "httpx.Client(base_url=address)",
    ],
    "unchecked_certificate": ["httpx.get(address, verify=False, timeout=1)"],
    "token_without_algorithms": ["jwt.decode(raw, key)"],
    "unsafe_loading": ["pickle.loads(raw)", "yaml.load(raw)", "eval(raw)"],
    "secret_by_chance": ["random.choice(letters)", "uuid.uuid1()"],
    "compared_secret": ["given == session.csrf", "self.password != typed"],
    "whole_form_into_record": [
        "Lead(**request.form)",
        "NewLead(**dict(request.form))",
        "Lead(**request.get_json())",
    ],
    "debug_switched_on": ["app.run(port=1)", "create(debug=True)"],
    "process_by_a_fork": [
        'subprocess.run(["inspect"], input=data)',
        "Popen(command)",
        "os.fork()",
        "multiprocessing.Process(target=inspect)",
        "concurrent.futures.ProcessPoolExecutor()",
    ],
}
GOOD = [
    'Markup("<b>{}</b>").format(name)',
    'connection.search(base, f"(uid={escape_filter_chars(uid)})")',
    "redirect(local_path(next_))",
    'go_to(request.form["back"] if request.form["back"].startswith("/inventory/") else "/")',
    "httpx.get(address, timeout=1)",
    "jwt.decode(raw, key, algorithms=ALGORITHMS)",
    "secrets.token_urlsafe(18)",
    "hmac.compare_digest(given, session.csrf)",
    'Lead(company=request.form["company"])',
    'kind == "password"',
    'search(f"{address}/people?q=1")',
    'run_module("models.finance.voucher_files", data, seconds=9)',
]


@pytest.mark.parametrize(
    ("rule", "code"), [(rule, code) for rule, codes in BAD.items() for code in codes]
)
def test_a_rule_sees_what_it_is_for(rule: str, code: str):
    assert rule in {found.rule for found in findings_in(code, "webapp/x.py")}


@pytest.mark.parametrize("code", GOOD)
def test_the_right_way_passes(code: str):
    assert list(findings_in(code, "webapp/x.py")) == []


def test_every_rule_is_shown_and_says_why():
    assert {rule.__name__ for rule in RULES} == set(BAD)
    assert all(rule.__doc__ for rule in RULES) and all(EXCUSED.values())


def test_nothing_of_ours_breaks_a_rule():
    assert findings() == []
