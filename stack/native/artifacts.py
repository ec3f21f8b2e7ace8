"""Kafka and Keycloak from their Maven artifacts.

They are downloaded once, verified against checksums.sha256 and kept outside git. `python -m
stack.native.artifacts pin` rewrites the checksums after a change of pom.xml.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from models.shared.counts import counted
from stack.failures import explain
from stack.native.requirements import Missing
from stack.processes import Say

HERE = Path(__file__).parent
POM, CHECKSUMS = HERE / "pom.xml", HERE / "checksums.sha256"
BUILD_OPTIONS = ("--db=postgres", "--features-disabled=kerberos,device-flow,ciba,par,impersonation")


def place() -> Path:
    """Return the folder of this version's artifacts.

    Another pom, checksum or build option gives another folder.
    """
    given = POM.read_bytes() + CHECKSUMS.read_bytes() + " ".join(BUILD_OPTIONS).encode()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache")
    return cache / "dunder-mifflin" / f"native-{hashlib.sha256(given).hexdigest()[:12]}"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # HOME is not set, and this user has no name
        return HERE.parents[1]


def libraries() -> Path:
    """Return the folder with the jars of Kafka and its tools."""
    return place() / "artifacts"


def keycloak() -> Path:
    """Return Keycloak's folder, built for PostgreSQL."""
    return next(place().glob("keycloak-*"))


def make_ready(say: Say) -> None:
    """Download, verify and build what is missing. Raises Missing with the reason if that fails."""
    folder = place()
    if (folder / "complete").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second stack waits for the first one's download
        if not (folder / "complete").exists():
            _fetch(libraries(), say)
            _verify(libraries())
            say("Building Keycloak for PostgreSQL (once; about half a minute)")
            _build_keycloak(folder)
            (folder / "complete").touch()


def _fetch(target: Path, say: Say) -> None:
    say("Downloading Kafka and Keycloak with Maven, about 210 MB (once)")
    command = [
        "mvn",
        "-B",
        "-C",
        "-f",
        str(POM),
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={target}",
    ]
    shutil.rmtree(target, ignore_errors=True)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as maven:
        assert maven.stdout
        words, count = [], 0
        for line in maven.stdout:
            words.append(line.rstrip())
            if line.startswith(("[INFO] Downloaded", "Downloaded")):
                count += 1
                if count % 20 == 0:
                    say(
                        f"  {counted(count, 'file')} so far, now {line.split(' (')[0].rsplit('/', 1)[-1].strip()}"
                    )
    if maven.returncode:
        raise Missing(
            "Maven could not download Kafka and Keycloak",
            "Check the network and Maven's settings (~/.m2/settings.xml); DM_DEBUG=1 shows its output",
            words="\n".join(words[-12:]),
        )


def _verify(target: Path) -> None:
    """Raise Missing if a file differs from checksums.sha256, or is missing from it."""
    pinned = {
        name: digest
        for digest, name in (line.split("  ", 1) for line in CHECKSUMS.read_text().splitlines())
    }
    found = _checksums(target)
    if found != pinned:
        wrong = sorted(
            name for name in pinned.keys() | found.keys() if pinned.get(name) != found.get(name)
        )
        shutil.rmtree(target)
        raise Missing(
            f"Not the pinned files (stack/native/checksums.sha256): {', '.join(wrong[:8])}"
        )


def _checksums(target: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(target.iterdir())
    }


def _build_keycloak(folder: Path) -> None:
    for old in folder.glob("keycloak-*"):
        shutil.rmtree(old)
    archive = next(libraries().glob("keycloak-*.zip"))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    done = subprocess.run(
        ["sh", str(keycloak() / "bin" / "kc.sh"), "build", *BUILD_OPTIONS],
        capture_output=True,
        text=True,
        env={**os.environ, "JAVA_OPTS_KC_HEAP": "-Xmx400m"},
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise Missing(f"Keycloak could not be built: {explain(said)[0]}", words=said)
    archive.unlink()


def _pin() -> None:
    target = place().with_name("pinning")
    _fetch(target, print)
    CHECKSUMS.write_text(
        "".join(f"{digest}  {name}\n" for name, digest in _checksums(target).items())
    )
    shutil.rmtree(target)


if __name__ == "__main__":
    _pin() if sys.argv[1:] == ["pin"] else make_ready(print)
