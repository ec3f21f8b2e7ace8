"""nginx with the module nchan (Debian's libnginx-mod-nchan), one worker, as a peer for fan-out; a
configuration of ours.
"""

import http.client
import shutil
import subprocess
from pathlib import Path

from tests.conftest import free_port
from tests.wuphf.live_browser import wait_for

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
CONFIGURATION = """
load_module {module};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 12000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  nchan_shared_memory_size 256m;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location ~ ^/hear/(\\w+)$ {{
      nchan_subscriber eventsource;
      nchan_channel_id everybody $1;
    }}
    location ~ ^/tell/(\\w+)$ {{
      nchan_publisher;
      nchan_channel_id $1;
    }}
  }}
}}
"""


def is_installed() -> bool:
    """Whether this machine has both."""
    return shutil.which("nginx") is not None and MODULE.exists()


class Nchan:
    """A server of its own in `folder`, ended on exit."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()

    def __enter__(self) -> "Nchan":
        self.folder.mkdir(exist_ok=True)
        written = self.folder / "nginx.conf"
        written.write_text(CONFIGURATION.format(module=MODULE, folder=self.folder, port=self.port))
        command = ["nginx", "-p", str(self.folder), "-c", str(written)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for(self._answers, 20)
        self.publisher = http.client.HTTPConnection("127.0.0.1", self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.publisher.close()
        self.process.terminate()
        self.process.wait(10)

    def tell(self, channel: str, words: bytes) -> None:
        """Publishes to everybody, or to one channel; returns when nginx has taken it."""
        self.publisher.request("POST", f"/tell/{channel}", words)
        self.publisher.getresponse().read()

    def _answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/")
            return bool(connection.getresponse().status)
        except OSError:
            return False
