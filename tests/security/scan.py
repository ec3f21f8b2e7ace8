"""`python -m tests.security.scan`: the scanner Wapiti against a small office; ends with 1 if it finds a fault.

Wapiti is no dependency of ours: `pipx install wapiti3` puts it on PATH, or `--program` names it. Everything is on
loopback, and the database is thrown away. The crawler (crawler.py) knows the product better; a scanner tries what its
authors thought of.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from flask import Response, request
from werkzeug.serving import make_server

from settings import settings
from tests.conftest import migrated_cluster, running_postgres
from tests.factories.office import do_business
from tests.gateway.odd_provider import OddProvider
from tests.scratch import scratch_folder
from tests.web_client import app_over, known_people, sign_in

MODULES = "cookieflags,crlf,csp,csrf,exec,file,http_headers,permanentxss,redirect,sql,ssti,timesql,xss,xxe"
# What Wapiti reports and what we do on purpose, with the reason.
MEANT = {
    "Secure Flag cookie": "loopback without TLS; tests/gateway/test_sessions.py shows it over TLS",
    "HTTP Secure Headers": "HSTS, likewise",
    "HTTP Strict Transport Security (HSTS)": "likewise",
    "Cleartext Submission of Password": "likewise",
    "Internal Server Error": "503 too, where a service is not part of this; 500 is counted here",
}


class Fault(NamedTuple):
    """Something that Wapiti reported."""

    kind: str
    method: str
    path: str
    info: str

    @property
    def is_meant(self) -> bool:
        """Whether we do it on purpose."""
        return self.kind in MEANT


def main() -> int:
    """Serve the office, scan it as one person, print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.scan", description=__doc__)
    parser.add_argument("--program", default="wapiti")
    parser.add_argument("--person", default="michael.scott")
    parser.add_argument("--seconds", type=int, default=600, help="for crawling, and per module")
    asked = parser.parse_args()
    with scratch_folder("scan") as folder:
        subprocess.run(["cp", "-a", migrated_cluster(), folder / "data"], check=True)
        with running_postgres(folder / "data") as address:
            os.environ["DM_DATABASE_URL"] = f"postgresql://{address.split('@')[1]}/dundermifflin"
            os.environ["DM_OIDC_ISSUER"] = OddProvider().issuer
            settings.cache_clear()
            report = scan(folder, asked)
    faults = faults_in(report)
    for each in faults:
        if not each.is_meant:
            print("FAULT:", *each)
    for kind, times in Counter(each.kind for each in faults if each.is_meant).items():
        print(f"meant, {times} times: {kind} ({MEANT[kind]})")
    crawled = report["infos"].get("crawled_pages_nbr", 0)
    print(f"{crawled} pages crawled, {sum(not each.is_meant for each in faults)} faults")
    return int(crawled < 20 or any(not each.is_meant for each in faults))


def scan(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Wapiti's report on the office as this person sees it."""
    do_business()
    people = known_people()
    app = app_over(people)
    server_errors: list[str] = []

    @app.after_request
    def note(response: Response) -> Response:
        if response.status_code == 500:
            server_errors.append(f"{request.method} {request.full_path}")
        return response

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    session = sign_in(app, people[asked.person]).get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert session is not None
    url, found = f"http://127.0.0.1:{server.server_port}/", folder / "report.json"
    words = [
        "--url",
        url,
        "--module",
        MODULES,
        "--header",
        f"Cookie: {session.key}={session.value}",
    ]
    # A scanner that signs itself out scans the sign-in page from then on.
    limits = [
        "--exclude",
        f"{url}auth/logout",
        "--max-scan-time",
        str(asked.seconds),
        "--max-attack-time",
        str(asked.seconds),
    ]
    told = ["--format", "json", "--output", str(found), "--store-session", str(folder / "wapiti")]
    subprocess.run([asked.program, *words, *limits, *told, "--no-bugreport"], check=True)
    server.shutdown()
    report: dict[str, Any] = json.loads(found.read_text())
    report["server errors"] = server_errors
    return report


def faults_in(report: dict[str, Any]) -> list[Fault]:
    """Everything that the report calls a vulnerability or an anomaly."""
    kinds = {**report["vulnerabilities"], **report["anomalies"]}
    ours = [Fault("500", "", path, "answered by the product") for path in report["server errors"]]
    return ours + [
        Fault(kind, each["method"], each["path"], each["info"])
        for kind, several in kinds.items()
        for each in several
    ]


if __name__ == "__main__":
    sys.exit(main())
