"""The journeys of one real Python SDK against a running sandbox.

One line per check on stdout, then how many of the SDK's calls each group made; the exit code is 0
only if every check held.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import socket
import sys
import warnings
from typing import Any

from coverage import Coverage, judge_outside
from stage import Report, Sandbox

SDKS = {"webexpythonsdk": "with_webexpythonsdk", "wxc_sdk": "with_wxc_sdk"}


def stay_here() -> None:
    """An SDK's calls that would leave this machine find no address."""
    look_up = socket.getaddrinfo

    def loopback_only(host: Any, *arguments: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", "localhost"):
            raise OSError("The journeys stay on this machine.")
        return look_up(host, *arguments, **options)

    socket.getaddrinfo = loopback_only
    os.environ["NO_PROXY"] = "127.0.0.1"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="where `webex-mcp sandbox` listens, without /v1")
    parser.add_argument("sdk", choices=SDKS)
    arguments = parser.parse_args()
    stay_here()
    # An SDK that waits for its rate limit, or is asked for what is outdated, warns of it.
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    calls = importlib.import_module(f"{SDKS[arguments.sdk]}.calls")
    journeys = importlib.import_module(SDKS[arguments.sdk]).JOURNEYS
    sandbox = Sandbox(arguments.base)
    calls.use(sandbox)
    report = Report(arguments.sdk)
    coverage = Coverage(calls.GROUPS)
    for journey in journeys:
        report.run(journey, sandbox)
    judge_outside(report, calls.connect(sandbox, sandbox.ada), calls.GROUPS, calls.OUTSIDE, calls.status_of)
    coverage.judge(report, sandbox, calls.EXCLUDED, calls.status_of)
    print(f"{arguments.sdk}: {report.passed} checks held, {report.failed} did not")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
