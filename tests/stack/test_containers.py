"""docker-compose.yml and the Dockerfile, read and compared with what the product knows; no engine
runs here (docs/reference/stacks.md).
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import Settings, read_settings
from stack import services
from stack.database import DESCRIPTION as ROLES
from stack.keycloak import realm
from stack.native import artifacts
from stack.native.keycloak import FILLED_IN

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [
    name for name, service in SERVICES.items() if service.get("image") == "dunder-mifflin/product:1"
]
ONE_SHOT = ["prepare", "topics"]
ONLY_A_PROGRAM = ["jaeger"]  # its image holds no shell to check it with
ADDRESSES = {
    "DM_DATABASE_URL",
    "DM_KAFKA_BOOTSTRAP",
    "DM_OIDC_ISSUER",
    "DM_OIDC_INTERNAL_BASE",
    "DM_LDAP_URL",
    "DM_PUBLIC_URL",
    "DM_INTERNAL_API_BASE",
}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def steps() -> list[tuple[str, str]]:
    """Instruction and words of each step, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]  # type: ignore[misc]


def stages() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for word, rest in steps():
        if word == "FROM":
            name = rest.split(" AS ")[1]
            found[name] = []
        found[name].append((word, rest))
    return found


STAGES = stages()


@pytest.mark.parametrize("name", OURS)
def test_each_process_is_given_every_address_and_no_setting_that_we_do_not_know(name: str):
    given = set(SERVICES[name]["environment"])
    known = {f"DM_{field.upper()}" for field in Settings.__struct_fields__} | (
        {"DM_ADMIN_DSN"} if name == "prepare" else set()
    )
    assert given <= known
    assert given >= ADDRESSES


@pytest.mark.parametrize("name", OURS)
def test_its_values_are_good_settings(name: str):
    given = SERVICES[name]["environment"]
    assert all(isinstance(value, str) for value in given.values()), "they must be text in YAML"
    assert read_settings(given).oidc_base() == "http://keycloak:8080/realms/dundermifflin"


def test_the_processes_are_those_of_every_stack_with_their_commands():
    assert set(OURS) == {*services.PRODUCT, *ONE_SHOT}
    (folder, local) = (
        Path("/nowhere"),
        dict.fromkeys(("web", *services.WORKERS, "relay", "jobs"), 1),
    )
    plans = services.plans(
        _no_servers,
        {**local, "postgres": 1, "kafka": 1, "ldap": 1, "internal": 1},
        folder,
        {},
        services.PRODUCT,
    )
    for name in services.PRODUCT:
        assert SERVICES[name]["command"][1:] == plans[name].command[1:], name


class _NoServers:
    NAME = "compose"

    def environment(self, local: dict[str, str], folder: Path) -> dict[str, str]:
        return {}


_no_servers: Any = _NoServers()


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name: str):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_by_version_and_no_container_may_gain_rights(name: str):
    service = SERVICES[name]
    assert re.search(r":v?\d[\w.-]*$", service["image"]) and "privileged" not in service
    assert "/var/run/docker.sock" not in str(service.get("volumes", []))
    if "build" in service:
        assert (
            service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"]
        )
        assert service["build"]["target"] in STAGES


@pytest.mark.parametrize("name", OURS)
def test_the_product_runs_on_a_read_only_root(name: str):
    assert SERVICES[name]["read_only"] is True and SERVICES[name]["tmpfs"] == ["/tmp"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_serves_has_a_health_check_and_starts_after_the_health_of_what_it_needs(name: str):
    service = SERVICES[name]
    without = ONE_SHOT + ONLY_A_PROGRAM
    assert name in without or service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    for other, how in service.get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert how == {"condition": wanted}, f"{name} → {other}"


def test_keycloak_is_given_what_the_realm_asks_for_and_stands_on_its_own_role():
    given = SERVICES["keycloak"]["environment"]
    asked = set(re.findall(r"\$\{(\w+)\}", realm.FILE.read_text()))
    assert asked == set(FILLED_IN) == {name for name in given if name.startswith("DM_")}
    defaults = Settings()
    assert given["DM_OIDC_CLIENT_SECRET"] == defaults.oidc_client_secret.reveal()
    assert given["DM_LDAP_BIND_PASSWORD"] == defaults.ldap_bind_password.reveal()
    assert {given["KC_DB_SCHEMA"]: given["KC_DB_USERNAME"]} == ROLES["guests"]
    assert given["KC_HOSTNAME_BACKCHANNEL_DYNAMIC"] == "true", (
        "the browser and the servers call it by different names"
    )
    issuer = SERVICES["web"]["environment"]["DM_OIDC_ISSUER"]
    assert issuer == f"{given['KC_HOSTNAME']}/realms/{json.loads(realm.FILE.read_text())['realm']}"


def test_no_secret_but_the_demos_stands_in_the_files():
    for text in (DOCKERFILE, (ROOT / "docker-compose.yml").read_text()):
        for value in re.findall(r"(?:PASSWORD|SECRET|KEY): ([^\s,}]+)", text):
            assert value.startswith("demo-only-"), value


def test_versions_are_those_of_the_native_stack():
    pom = artifacts.POM.read_text()
    kafka, keycloak = (
        re.search(rf"<artifactId>{name}</artifactId>\s*<version>([\d.]+)<", pom)[1]  # type: ignore[index]
        for name in ("kafka_2.13", "keycloak-quarkus-dist")
    )
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka}"
    assert (
        SERVICES["keycloak"]["image"].endswith(f":{keycloak}")
        and f"keycloak/keycloak:{keycloak} AS keycloak" in DOCKERFILE
    )
    features = next(
        option for option in artifacts.BUILD_OPTIONS if option.startswith("--features-disabled=")
    ).split("=")[1]
    assert f"KC_FEATURES_DISABLED={features}" in DOCKERFILE, "both are built alike"


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_stands_on_a_pinned_base(stage: str):
    base = STAGES[stage][0][1].split(" AS ")[0]
    assert base in STAGES or re.search(r":\d+\.\d+[\w.-]*$", base), base


@pytest.mark.parametrize("stage", ["product", "ldap", "keycloak"])
def test_what_is_run_runs_as_nobody_special(stage: str):
    users = [rest for word, rest in STAGES[stage] if word == "USER"]
    assert users and users[-1] not in ("root", "0", "0:0")
    last = [word for word, _ in STAGES[stage]]
    assert last.index("CMD") > len(last) - 1 - last[::-1].index("USER"), (
        "the command stands after the user"
    )


def test_the_dockerfile_fetches_nothing_by_address_and_copies_no_whole_folder():
    for word, rest in steps():
        assert word != "ADD", "COPY does what is wanted; ADD fetches and unpacks"
        assert not (word == "COPY" and shlex.split(rest)[-2] == "."), "name what goes in"
        assert not (word == "RUN" and re.search(r"curl|wget|sudo|chmod 777|https?://", rest)), rest
        if word == "RUN" and "apt-get install" in rest:
            assert "--no-install-recommends" in rest and "rm -rf /var/lib/apt/lists" in rest
        if word in ("ENV", "ARG"):
            assert not re.search(r"PASSWORD|SECRET|TOKEN", rest)


def test_everything_that_is_copied_is_in_the_repository_and_not_left_out():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for word, rest in steps():
        if word == "COPY" and "--from=" not in rest:
            for source in [part for part in shlex.split(rest)[:-1] if not part.startswith("--")]:
                assert (ROOT / source).exists(), source
                assert source.split("/")[0] not in ignored, source


def test_the_assets_are_built_in_their_own_stage_and_the_data_stays_out():
    product = " ".join(rest for _, rest in STAGES["product"])
    assert "--from=assets" in product and "npm" not in product and "pip" not in product
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".git", ".data", ".venv", "node_modules", "static/vendor"} <= set(ignored)
