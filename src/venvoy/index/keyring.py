"""The keyring, asked through its own command: importing the package takes long, and it may live in another Python."""

from __future__ import annotations

import threading

from venvoy.errors import Problem
from venvoy.index.auth import Credential
from venvoy.system import process
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.events import Reporter

_PATIENCE = 60.0


class Keyring:
    """Asks ``keyring``, each question once; it may open a window to unlock itself, so one question at a time.

    Args:
        environ: the environment variables, for finding and running the command.
        reporter: told when it does not answer; it is not asked again then.
        patience: in seconds, how long it may take.
    """

    def __init__(self, environ: Mapping[str, str], reporter: Reporter, patience: float = _PATIENCE) -> None:
        self._environ = dict(environ)
        self._reporter = reporter
        self._patience = patience
        self._silent = False
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], Credential | None] = {}

    def __call__(self, service: str, user: str) -> Credential | None:
        """The credential that is kept for a service, None when there is none or no keyring."""
        with self._lock:
            key = (service, user)
            if key not in self._answers:
                self._answers[key] = self._ask(service, user)
            return self._answers[key]

    def _ask(self, service: str, user: str) -> Credential | None:
        import shutil  # noqa: PLC0415 - only who is asked for a password

        command = shutil.which("keyring", path=self._environ.get("PATH"))
        if command is None or self._silent:
            return None
        if user:
            lines = self._run([command, "get", service, user])
            return Credential(user, lines[0]) if lines else None
        lines = self._run([command, "--mode", "creds", "get", service])
        return Credential(lines[0], lines[1]) if len(lines) > 1 else None

    def _run(self, arguments: list[str]) -> list[str]:
        try:
            finished = process.run(arguments, environment=self._environ, timeout=self._patience)
        except Problem as problem:
            if problem.code == "command-timeout":
                self._silent = True
                self._reporter.warn(
                    f"The keyring did not answer within {self._patience:g} seconds, perhaps because it waits for "
                    "somebody to unlock it. It is not asked again. The variable "
                    "PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring switches it off."
                )
            return []
        return finished.stdout.splitlines() if finished.code == 0 else []
