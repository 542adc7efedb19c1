"""
Runs sections side by side, each in a process of its own, and starts a section again behind the case that ended its
process. Torch counts memory by process, so neighbours on one device do not show in each other's rows as long as the
device does not run full.
"""

import argparse
import os
import subprocess
import sys
import time

from cases import SECTIONS

RESTARTS = 4


def main() -> None:
    options = parse()
    os.makedirs(options.out, exist_ok=True)
    deadline = time.time() + options.seconds
    waiting = [(name, RESTARTS) for name in (options.sections.split(",") if options.sections else SECTIONS)]
    running: dict = {}
    while waiting or running:
        while waiting and len(running) < options.jobs and time.time() < deadline:
            name, tries = waiting.pop(0)
            running[name] = (start(name, options, deadline), tries)
        if time.time() > deadline:
            waiting.clear()
        time.sleep(0.2)
        for name, (process, tries) in list(running.items()):
            code = process.poll()
            if code is None and time.time() > deadline + options.grace:
                process.kill()
                code = process.wait()
                tries = 0
            if code is None:
                continue
            del running[name]
            print(f"{name}: exit {code}", flush=True)
            if code != 0 and tries > 0:
                waiting.insert(0, (name, tries - 1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, help="folder for the rows and the log")
    parser.add_argument("--sections", default="", help="names separated by commas; all of them unless given")
    parser.add_argument("--jobs", type=int, default=1, help="sections at once")
    parser.add_argument("--seconds", type=float, default=3600, help="no case starts after this many seconds")
    parser.add_argument("--grace", type=float, default=30, help="seconds a case may run on after that")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--only", default="", help="ids separated by commas")
    parser.add_argument("--tiny", action="store_true")
    return parser.parse_args()


def start(name: str, options: argparse.Namespace, deadline: float) -> subprocess.Popen:
    command = [sys.executable, "section.py", name, "--out", options.out, "--deadline", str(deadline)]
    command += ["--limit", str(options.limit)] if options.limit else []
    command += ["--only", options.only] if options.only else []
    command += ["--tiny"] if options.tiny else []
    environment = {**os.environ, **SECTIONS[name].environment, "OMP_NUM_THREADS": "2"}
    output = open(os.path.join(options.out, "output.txt"), "a")
    return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


if __name__ == "__main__":
    main()
