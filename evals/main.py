"""Judges the tools' texts and plays the tasks; `evals/run` installs what this needs and calls it.

The exit code is 0 only if no figure is worse than the committed one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import figures as measured
import play


def judge(catalogue: Path, report: Path) -> dict[str, float]:
    # Only the judge needs the model.
    from embed import Model
    from judge import judge as judge_all
    from judge import summary, what_confuses

    judgement = judge_all(catalogue, Model())
    report.write_text(what_confuses(judgement))
    print(f"{summary(judgement)}\nWhy, for each sentence: {report}\n")
    return judgement.figures()


def tasks(origin: str, only: list[str]) -> dict[str, float]:
    outcomes, waiting = play.play_all(origin, only)
    print(play.table(outcomes, waiting) + "\n")
    return play.figures(outcomes, waiting)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, help="the tools as `webex-mcp tools --json` prints them")
    parser.add_argument("--report", type=Path, help="where to write what confuses")
    parser.add_argument("--server", help="scheme, host and port of a running `webex-mcp serve --sandbox`")
    parser.add_argument("--record", metavar="COMMIT", help="commit to the figures, and add them to the history")
    parser.add_argument("only", nargs="*", metavar="TASK", help="play only these tasks; nothing is compared")
    options = parser.parse_args()
    now: measured.Figures = {}
    if options.catalogue:
        now["judge"] = judge(options.catalogue, options.report)
    if options.server:
        now["tasks"] = tasks(options.server, options.only)
    for part in now.values():
        print("  ".join(f"{name} {value:g}" for name, value in part.items()))
    if options.only:
        return int(now["tasks"]["tasksFailed"] > 0)
    for aim in measured.aims(now):
        print(f"{'reached' if aim.met else 'not yet'}  {aim.words}")
    if options.record:
        measured.record(now, options.record)
        return 0
    fallen = measured.worse(now, measured.committed())
    for line in fallen:
        print(f"WORSE  {line}")
    return int(bool(fallen))


if __name__ == "__main__":
    sys.exit(main())
