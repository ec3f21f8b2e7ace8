"""`python -m stack.native.slapd FOLDER PORT [HOST]`: OpenLDAP serving FOLDER/directory.ldif.

The database is rebuilt from the LDIF at the next start after that file changed. `cn=admin` may
write (its password is in LDAP_ADMIN_PASSWORD); the reader reads, passwords serve only for binds,
and nobody else sees anything.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from stack.native.requirements import slapd

BASE = "dc=dundermifflin,dc=com"
CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile "{folder}/slapd.pid"
argsfile "{folder}/slapd.args"
disallow bind_anon
threads 4
database mdb
suffix "{base}"
rootdn "cn=admin,{base}"
rootpw {password}
directory "{folder}/data"
maxsize 67108864
index objectClass,uid,cn,member,mail eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,{base}" read by self read by anonymous auth by * none
"""


def main() -> None:
    """Load the LDIF if it is new, then exec slapd."""
    folder, port, host = (
        Path(sys.argv[1]) / "slapd",
        sys.argv[2],
        (sys.argv[3:] or ["127.0.0.1"])[0],
    )
    folder.mkdir(exist_ok=True)
    configuration = folder / "slapd.conf"
    configuration.touch(0o600)
    configuration.write_text(
        CONFIGURATION.format(
            folder=_quoted(folder), base=BASE, password=os.environ["LDAP_ADMIN_PASSWORD"]
        )
    )
    _load(folder, configuration, folder.parent / "directory.ldif")
    address = f"ldap://{host}:{port}"
    words = [str(slapd()), "-d", "0", "-f", str(configuration), "-h", address]
    os.execv(slapd(), words)  # noqa: S606


def _load(folder: Path, configuration: Path, ldif: Path) -> None:
    mark, digest = folder / "loaded", hashlib.sha256(ldif.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    shutil.rmtree(folder / "data", ignore_errors=True)
    (folder / "data").mkdir()
    subprocess.run([slapd(), "-Tadd", "-q", "-f", configuration, "-l", ldif], check=True)
    mark.write_text(digest)


def _quoted(folder: Path) -> str:
    """Escape a path for slapd.conf's quotation marks."""
    return str(folder).replace("\\", "\\\\").replace('"', '\\"')


if __name__ == "__main__":
    main()
