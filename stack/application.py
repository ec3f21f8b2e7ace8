"""The product's own processes, whatever stack is around them: web, a worker per listening service, the relay."""

import sys
from pathlib import Path

from stack.processes import Spec, await_http

ROOT = Path(__file__).parents[1]
WORKERS = ("orders", "inventory", "notifications")


def specs(ports: dict[str, int], env: dict[str, str]) -> list[Spec]:
    """What to run, with the settings `env` and each worker's status on its own port."""
    return [
        _spec("web", [sys.executable, "-m", "gunicorn", "-c", "webapp/gunicorn_conf.py", "webapp.app:create_app()"],
              ports["web"], env),
        *(_spec(f"worker-{name}", [sys.executable, "-m", "consumers.worker", name], ports[f"worker-{name}"], env)
          for name in WORKERS),
        _spec("relay", [sys.executable, "-m", "consumers.relay"], ports["relay"], env),
    ]


def _spec(name: str, command: list[str], port: int, env: dict[str, str]) -> Spec:
    bind = {} if name == "web" else {"DM_WORKER_BIND": f"127.0.0.1:{port}"}
    return Spec(name, command, lambda: await_http(f"http://127.0.0.1:{port}/readyz"), env={**env, **bind}, cwd=ROOT)
