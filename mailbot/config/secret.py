"""Secrets: fetched where rules.toml says they are, at the moment they are needed, and never shown.

Whatever goes wrong is told without the secret and without what might be one by mistake: a
password put where the name of a variable or a file belongs is not repeated either.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

from mailbot.config.merging import OPERATOR_FILE
from mailbot.errors import ConfigError, Problem
from mailbot.rules import Rules, Secret, WebAddress

_COMMAND_SECONDS = 30


def read_secret(secret: Secret, folder: Path, key: str = "") -> str:
    """Return the secret: the variable, or the first line of the file or of what the command prints.

    A relative file starts at `folder`, where the command runs, too: without a shell, for at
    most 30 s. A URL that is written out is returned as it is. Raise ConfigError, naming `key` and which of the three
    it was, never the secret.
    """
    if isinstance(secret, WebAddress) and secret.url:
        return secret.url
    if secret.env:
        found, trouble = os.environ.get(secret.env, ""), f"{_variable(secret.env)} is not set"
    elif secret.file:
        found, trouble = _from_file(secret, folder)
    else:
        found, trouble = _from_command(secret, folder)
    if not found:
        raise ConfigError((Problem(OPERATOR_FILE, key, trouble),))
    return found


def secret_files(rules: Rules, folder: Path) -> frozenset[Path]:
    """Return the files in which these rules say that secrets are."""
    signs_in = (rules.relay.sign_in, rules.relay.fallback.sign_in, *(box.sign_in for box in rules.mailbox))
    secrets = [secret for one in signs_in for secret in (one.password, one.token)]
    secrets += [secret for agent in rules.agent for pager in agent.pager for secret in (pager.webhook, pager.secret)]
    return frozenset(_path(secret, folder) for secret in secrets if secret is not None and secret.file)


def trouble_with(secret: Secret, folder: Path) -> tuple[str, str]:
    """Return what stands in the way of reading the secret and the next step, both "" for nothing.

    The command is looked for, not run.
    """
    if isinstance(secret, WebAddress) and secret.url:
        return "", ""
    if secret.env:
        if os.environ.get(secret.env):
            return "", ""
        return f"{_variable(secret.env)} is not set", "set it for the user and the service that run mailbot"
    if secret.command:
        program = next(iter(_words(secret.command)), "")
        if shutil.which(folder / program if "/" in program else program):
            return "", ""
        return "the program of the command is not there, or may not be run", "write the whole path of the program"
    path = _path(secret, folder)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            return "what it names is no file", "name the file itself"
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            return "everybody on this machine may read or change the file", "chmod 600 that file"
        if not path.read_bytes().strip():
            return "the file is empty", "put the secret on its first line"
    except OSError as error:
        return f"the file cannot be read: {error.strerror}", f"a relative path starts in {folder.resolve()}"
    return "", ""


def _from_file(secret: Secret, folder: Path) -> tuple[str, str]:
    try:
        return _first_line(_path(secret, folder).read_bytes()), "the file has nothing on its first line"
    except OSError as error:
        return "", f"the file cannot be read: {error.strerror}"


def _from_command(secret: Secret, folder: Path) -> tuple[str, str]:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own program, without a shell
            _words(secret.command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=folder,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"the command did not end within {_COMMAND_SECONDS} s"
    except (OSError, IndexError) as error:
        return "", f"the command cannot be run: {getattr(error, 'strerror', None) or 'it is empty'}"
    if done.returncode:
        return "", f"the command failed with exit code {done.returncode}"
    return _first_line(done.stdout), "the command printed nothing on its first line"


def _first_line(content: bytes) -> str:
    text = content.decode("utf-8", errors="surrogateescape")
    return text.removeprefix("\ufeff").partition("\n")[0].rstrip("\r")


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _path(secret: Secret, folder: Path) -> Path:
    return folder / Path(secret.file).expanduser()


def _variable(name: str) -> str:
    """Return how to speak of a variable: by its name, if that looks like one and not like a password."""
    conventional = re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", name)
    return f"the environment variable {name}" if conventional else "the environment variable it names"
