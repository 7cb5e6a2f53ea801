"""A server that is killed again and again, and those who use it meanwhile."""

import http.client
import threading
import time
from pathlib import Path

from . import mcp, processes

POLL_SECONDS = 0.01
# A server is back in milliseconds; so many tries mean that it never will be.
TRIES = 5_000
PAUSE_SECONDS = 0.005


class Server:
    """A server of one person, started again at once after each kill."""

    def __init__(self, folder: Path, sandbox: processes.Process, settings: dict):
        self.address = processes.free_address()
        self.argv = processes.serve_argv(folder, sandbox, self.address)
        self.folder, self.settings = folder, settings
        self.kills = 0
        self.process = self.start()

    def start(self) -> processes.Process:
        return processes.serve(self.folder, self.argv, self.address, self.settings)

    def kill(self) -> None:
        self.process.popen.kill()
        self.process.popen.wait()
        self.process.stop()
        self.kills += 1
        self.process = self.start()

    def kill_while_used(self, users: list["User"], lives_seconds: tuple[float, ...]) -> None:
        """Kills it so long after each start, in turn, until nobody uses it any more."""
        for user in users:
            user.start()
        while any(user.is_alive() for user in users):
            deadline = time.monotonic() + lives_seconds[self.kills % len(lives_seconds)]
            while time.monotonic() < deadline and any(user.is_alive() for user in users):
                time.sleep(POLL_SECONDS)
            if any(user.is_alive() for user in users):
                self.kill()
        self.process.stop()
        broken = [user.failed for user in users if user.failed]
        if broken:
            raise processes.Broken(broken[0])


class User(threading.Thread):
    """Somebody who goes on while the server is killed."""

    def __init__(self, address: str):
        super().__init__(daemon=True)
        self.address = address
        self.connection: http.client.HTTPConnection | None = None
        self.failed = ""

    def use(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        try:
            self.use()
        except Exception as error:  # noqa: BLE001 - the thread that waits for it tells it
            self.failed = f"{type(error).__name__}: {error}"

    def post(self, path: str, body: bytes, headers: dict) -> tuple[int, bytes] | None:
        """Status and body of the answer, where there is one."""
        try:
            if self.connection is None:
                self.connection = mcp.connect(self.address)
            self.connection.request("POST", path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return None
