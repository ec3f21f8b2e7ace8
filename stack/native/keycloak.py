"""`python -m stack.native.keycloak FOLDER PORT`: Keycloak on the schema `keycloak`, with our realm.

Its folder holds only what belongs to this stack: links to the built server, the realm to import
(stack/keycloak), the theme. It execs Keycloak, so that the supervisor's signals reach it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from settings import settings
from stack.keycloak import realm, theme
from stack.native import artifacts

FILLED_IN = (
    "DM_PUBLIC_URL",
    "DM_WEB_INTERNAL_URL",
    "DM_LDAP_URL",
    "DM_LDAP_BASE",
    "DM_LDAP_BIND_DN",
    "DM_LDAP_BIND_PASSWORD",
    "DM_OIDC_CLIENT_SECRET",
    "DM_SERVICE_CLIENT_SECRET",
)


def main() -> None:
    """Import the realm at the first start and whenever it changed, then run the server."""
    folder, port = Path(sys.argv[1]), sys.argv[2]
    _lay_out(folder)
    os.environ.update(_environment(port))
    digest = hashlib.sha256(
        realm.FILE.read_bytes() + repr([os.environ[name] for name in FILLED_IN]).encode()
    ).hexdigest()
    imported = folder / "imported"
    if imported.exists() and imported.read_text() != digest:
        words = (
            "import",
            "--optimized",
            "--override",
            "true",
            "--file",
            str(folder / "data/import/realm.json"),
        )
        subprocess.run(_java(folder, *words), check=True)
    imported.write_text(digest)
    command = _java(folder, "start", "--optimized", "--import-realm")
    os.execvp(command[0], command)  # noqa: S606


def _lay_out(folder: Path) -> None:
    """Prepare this Keycloak's folder; the server's programs stay in the cache."""
    shutil.rmtree(
        folder / "data" / "tmp", ignore_errors=True
    )  # otherwise Keycloak serves the theme's files cached at the last start
    (folder / "data" / "import").mkdir(parents=True, exist_ok=True)
    shutil.copy(realm.FILE, folder / "data" / "import" / "realm.json")
    shutil.copytree(artifacts.keycloak() / "conf", folder / "conf", dirs_exist_ok=True)
    theme.write(folder / "themes")
    for name in ("lib", "providers"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(artifacts.keycloak() / name)


def _environment(port: str) -> dict[str, str]:
    """Return Keycloak's own settings, and ours that the realm's placeholders name."""
    config, issuer = settings(), urlsplit(settings().oidc_issuer)
    dsn = urlsplit(config.database_dsn("keycloak"))
    return {
        "KC_DB_URL": f"jdbc:postgresql://{dsn.hostname}:{dsn.port}{dsn.path}",
        "KC_DB_SCHEMA": "keycloak",
        "KC_DB_USERNAME": dsn.username or "",
        "KC_DB_PASSWORD": config.database_password("keycloak"),
        "KC_DB_POOL_MAX_SIZE": "10",
        "KC_CACHE": "local",
        "KC_HTTP_ENABLED": "true",
        "KC_HTTP_HOST": "127.0.0.1",
        "KC_HTTP_PORT": port,
        "KC_HOSTNAME": f"{issuer.scheme}://{issuer.netloc}",
        "KC_LOG_LEVEL": "warn",
        "KC_LOG_CONSOLE_COLOR": "false",
        "DM_PUBLIC_URL": config.public_url,
        "DM_LDAP_URL": config.ldap_url,
        "DM_LDAP_BASE": config.ldap_base,
        "DM_LDAP_BIND_DN": config.ldap_bind_dn,
        "DM_LDAP_BIND_PASSWORD": config.ldap_bind_password.reveal(),
        "DM_OIDC_CLIENT_SECRET": config.oidc_client_secret.reveal(),
        "DM_SERVICE_CLIENT_SECRET": config.service_client_secret.reveal(),
    }


def _java(folder: Path, *words: str) -> list[str]:
    jar = artifacts.keycloak() / "lib" / "quarkus-run.jar"
    opens = [
        word
        for name in ("java.util", "java.util.concurrent", "java.security")
        for word in ("--add-opens", f"java.base/{name}=ALL-UNNAMED")
    ]
    return [
        "java",
        "-Xms64m",
        "-Xmx400m",
        "-XX:MaxMetaspaceSize=256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-Dfile.encoding=UTF-8",
        f"-Dkc.home.dir={folder}",
        f"-Djboss.server.config.dir={folder / 'conf'}",
        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
        "-Dpicocli.disable.closures=true",
        "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
        "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
        *opens,
        "-cp",
        str(jar),
        "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
        *words,
    ]


if __name__ == "__main__":
    main()
