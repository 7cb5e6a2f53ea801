"""Starting, watching and stopping the processes of one measurement."""

import json
import os
import resource
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

# A server starts in milliseconds; ten seconds mean that it never will.
START_TIMEOUT_SECONDS = 10.0
# Draining ends sooner; a process that takes longer is killed.
STOP_TIMEOUT_SECONDS = 10.0
# Shorter than anything that is measured by asking again.
POLL_SECONDS = 0.0005

SERVER_CORE = 0
DRIVER_CORE = 1

BENCH = Path(__file__).resolve().parent.parent
# Everything is built as the server is shipped.
BUILT = BENCH / "target/dist"
STUB = BUILT / "stub"
LIMITS = {"bare hyper": BUILT / "bare", "axum": BUILT / "limit", "plain rmcp": BUILT / "plain"}
LOAD = BUILT / "load"
MIRROR = BUILT / "mirror"
JOURNAL = BUILT / "journal"
CALLER = BUILT / "caller"
GRANTS = BUILT / "grants"
SERVER = BENCH.parent / "target/dist/webex-mcp"
# What the README's first command builds.
RELEASE = BENCH.parent / "target/release/webex-mcp"


class Broken(Exception):
    """Something could not be measured; the text says what and why."""


def prepare_machine() -> None:
    """Keeps this process and what it starts on the driver's core, with as many files as allowed."""
    if os.cpu_count() < 2:
        raise Broken("two cores are needed: one for the server, one for everything else")
    os.sched_setaffinity(0, {DRIVER_CORE})
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_address() -> str:
    """An address on loopback whose port the system chose."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


class Process:
    """A process on one core, stopped when the `with` block ends."""

    def __init__(self, argv, core=DRIVER_CORE, variables=None, folder=None, **pipes):
        self.name = Path(argv[0]).name
        self.errors = (folder / f"{self.name}.{time.monotonic_ns()}.log").open("w+b")
        # Only what a measurement needs: settings of the person who runs it must not count.
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        os.sched_setaffinity(0, {core})
        try:
            self.popen = subprocess.Popen(
                [str(part) for part in argv],
                env=kept | (variables or {}),
                stderr=self.errors,
                **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE} | pipes),
            )
        finally:
            os.sched_setaffinity(0, {DRIVER_CORE})
        self.pid = self.popen.pid
        self.address = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout, self.errors):
            if pipe:
                pipe.close()

    def said(self) -> str:
        """The end of what it wrote to standard error."""
        self.errors.flush()
        return Path(self.errors.name).read_text(errors="replace")[-600:]

    def announced_address(self) -> "Process":
        """Reads the address that the stand-in and the limit print first."""
        self.address = self.popen.stdout.readline().decode().strip()
        if not self.address:
            raise Broken(f"{self.name} did not start: {self.said()}")
        return self

    def listening_on(self, address: str) -> "Process":
        """Waits until the address takes connections."""
        self.address = address
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.popen.poll() is None:
            try:
                host, port = address.split(":")
                socket.create_connection((host, int(port))).close()
                return self
            except ConnectionRefusedError:
                time.sleep(POLL_SECONDS)
        raise Broken(f"{self.name} did not start: {self.said()}")

    def memory_kib(self, field: str) -> int:
        """`VmRSS`, what it has, or `VmHWM`, the most it had."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise Broken(f"the kernel does not tell {field} of {self.name}")

    def cpu_us(self) -> float:
        """User and system time in microseconds, all threads, as exactly as the scheduler counts it."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((one / "schedstat").read_text().split()[0]) for one in threads) / 1000

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


def stub(folder: Path, delay_ms: int = 0) -> Process:
    return Process([STUB, "--delay-ms", delay_ms], folder=folder).announced_address()


def limit(folder: Path, upstream: Process, which: str = "axum") -> Process:
    argv = [LIMITS[which], "--upstream", f"http://{upstream.address}/v1"]
    token = {"WEBEX_ACCESS_TOKEN": "bench"}
    return Process(argv, SERVER_CORE, token, folder).announced_address()


def serve_argv(
    folder: Path, upstream: Process, address: str, auth: str = "static", program: Path = SERVER
) -> list:
    base = f"http://{upstream.address}/v1"
    argv = [program, "serve", "--listen", address, "--upstream", base]
    return argv + ["--auth", auth, "--data-dir", folder / "data"]


def server(
    folder: Path,
    upstream: Process,
    auth: str = "static",
    program: Path = SERVER,
    config: Path | None = None,
) -> Process:
    """The server as it is shipped: its own defaults, its own log level, but for a `config`."""
    address = free_address()
    argv = serve_argv(folder, upstream, address, auth, program)
    argv += ["--config", config] if config else []
    token = {"WEBEX_ACCESS_TOKEN": "bench"} if auth == "static" else {}
    if program in (SERVER, RELEASE):
        # All load comes from one address, which as a client's would have a share of the connections.
        token["WEBEX_MCP_SERVER_TRUSTED_PROXIES"] = "127.0.0.1"
    return serve(folder, argv, address, token)


def serve(folder: Path, argv: list, address: str, settings: dict) -> Process:
    with (folder / "serve.out").open("wb") as output:
        started = Process(argv, SERVER_CORE, settings, folder, stdout=output)
    return started.listening_on(address)


def sandbox(folder: Path, *arguments: str) -> Process:
    """The simulated Webex as it is shipped."""
    address = free_address()
    argv = [SERVER, "sandbox", "--listen", address, *arguments]
    started = Process(argv, SERVER_CORE, folder=folder, stdout=subprocess.DEVNULL)
    return started.listening_on(address)


def mirror(folder: Path, source: Process, token: str, paths: list[str]) -> Process:
    """A bare handler that gives the answers of another server again."""
    argv = [MIRROR, "--from", source.address, "--token", token, *paths]
    return Process(argv, SERVER_CORE, folder=folder).announced_address()


def load(command: str, target: Process, **options) -> dict:
    """Runs the driver against a server and gives what it reports."""
    return report([LOAD, command, "--address", target.address, "--pid", target.pid], options)


def caller(command: str, upstream: Process, **options) -> dict:
    """Runs the client, or its limit, on the server's core and gives what it reports of itself."""
    argv = [CALLER, "--upstream", f"http://{upstream.address}/v1", command]
    return report(argv, options, SERVER_CORE)


def report(argv: list, options: dict, core: int = DRIVER_CORE) -> dict:
    """Runs a program of this folder to its end and reads the JSON that it prints."""
    for name, value in options.items():
        argv += [f"--{name.replace('_', '-')}", value]
    os.sched_setaffinity(0, {core})
    try:
        done = subprocess.run([str(part) for part in argv], capture_output=True, text=True)
    finally:
        os.sched_setaffinity(0, {DRIVER_CORE})
    if done.returncode != 0:
        raise Broken(f"{Path(argv[0]).name}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def counted(upstream: Process) -> dict:
    """How often the stand-in was asked for what."""
    with urllib.request.urlopen(f"http://{upstream.address}/_count") as answer:
        return json.load(answer)
