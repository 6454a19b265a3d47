"""Finding and running the programs of our own servers, under an account that they accept."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# initdb asks for the name of whoever runs it, so it has to be somebody whom every machine knows.
NOBODY = pwd.getpwnam("nobody")
UNSHARE = ("unshare", "--user", f"--map-user={NOBODY.pw_uid}", f"--map-group={NOBODY.pw_gid}")


class ServersError(Exception):
    """What a person has to do before the servers can start, in words to print as they are."""


class AlreadyRuns(ServersError):
    """Another process has the servers of this folder; they can be used, not started."""


@dataclass(frozen=True)
class Account:
    """How a program is started so that it is not root: the words before it, and the owner of its files."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def hand_over(self, folder: Path) -> None:
        """Give `folder` and all in it to the account, where that is somebody else than the caller."""
        if self.owner is None or folder.stat().st_uid == self.owner[0]:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *self.owner, follow_symlinks=False)

    def run(self, program: Path, *arguments: str) -> None:
        """Run `program` to its end; raises ServersError with the program's own last words."""
        done = subprocess.run(
            [*self.prefix, str(program), *arguments],
            cwd="/",
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            words = (done.stderr or done.stdout).strip()[-2000:]
            raise ServersError(f"{program.name} ended with status {done.returncode}:\n{words}")


def account_for(folder: Path) -> Account:
    """The account that may run PostgreSQL on `folder`, which need not exist yet.

    PostgreSQL refuses to be root. A user namespace, in which root's own files belong to a normal user, is
    tried first: it changes nothing on the disk. Many containers forbid it: there the server runs as
    `nobody`, who keeps the one right to reach its folder through folders that are closed to him.
    """
    if os.geteuid() != 0:
        return Account() if is_known(os.geteuid()) or not user_namespaces_work() else Account(UNSHARE)
    made_by = folder.stat() if folder.exists() else None
    if (made_by is None or made_by.st_uid == 0) and user_namespaces_work():
        return Account(UNSHARE)
    if shutil.which("setpriv") is None:
        raise ServersError("PostgreSQL does not run as root here. Start Recovery Clinic as a normal user.")
    if made_by is not None and made_by.st_uid != 0:
        uid, gid = made_by.st_uid, made_by.st_gid
    else:
        uid, gid = NOBODY.pw_uid, NOBODY.pw_gid
    # initdb asks access(2) for its programs, which forgets the right unless this bit is set.
    drop = ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--securebits=+no_setuid_fixup")
    return Account((*drop, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"), (uid, gid))


def is_known(uid: int) -> bool:
    """Whether the machine has a name for `uid`; some containers run under a number that has none."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def user_namespaces_work() -> bool:
    """Whether this machine lets us make a user namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def plain_environment() -> dict[str, str]:
    """Our environment without the PG* variables, any of which can point PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def first_on_path(names: Sequence[str]) -> Path | None:
    """The first of `names` that the shell would find."""
    found = (shutil.which(name) for name in names)
    return next((Path(path) for path in found if path), None)


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for a message to a person; empty where there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
