"""The table of figures, into results.md and the README."""

import os
import platform
from pathlib import Path

from .figures import Figure

BEGIN = "<!-- figures: written by bench/run -->"
END = "<!-- end of figures -->"


def table(figures: list[Figure], broken: list[str]) -> str:
    lines = [
        "| figure | limit | ours | ratio | wanted | met |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for figure in figures:
        met = {None: "", True: "yes", False: "**no**"}[figure.met]
        cells = (figure.name, figure.limit, figure.ours, figure.ratio, figure.wanted, met)
        lines.append(f"| {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    if broken:
        text += "\nNot measured, because something broke:\n\n"
        text += "".join(f"- {reason}\n" for reason in broken)
    return text


def machine() -> str:
    """What was measured on, without names or dates."""
    cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    release = platform.release().split("-")[0]
    return f"{os.cpu_count()} cores ({model}), {pages / 2**30:.0f} GiB, Linux {release}"


def write(folder: Path, figures: list[Figure], broken: list[str], rounds: int, seconds: float):
    measured = (
        f"Machine: {machine()}. Server and limit share one core, driver and stand-in the other; "
        f"{rounds} rounds of {seconds:g} s in turn, medians.\n\n{table(figures, broken)}"
    )
    (folder / "results.md").write_text(f"# Figures\n\n{measured}")
    readme = folder / "README.md"
    text = readme.read_text()
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    readme.write_text(f"{before}{BEGIN}\n{measured}{END}{after}")
