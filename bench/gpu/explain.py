"""
Says what is live at a case's peak: runs it again with torch's allocation history on, replays the history to its
highest point, and adds the live blocks up by the line of Python that allocated them. Blocks allocated inside backward
have no line of Python; they stand under the line that began the backward pass, or under `backward`.
"""

import argparse
import collections
import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch  # noqa: E402

from cases import SECTIONS  # noqa: E402
from harness.meter import free_unused, warm_up  # noqa: E402
from section import run_case  # noqa: E402

# Frames of torch's own plumbing say less than the caller's line.
PLUMBING = ("/torch/nn/modules/", "/torch/_", "/torch/nn/functional", "/torch/utils/", "/torch/autograd", "/contextlib")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ids", help="case ids separated by commas")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    wanted = set(options.ids.split(","))
    warm_up("cuda")
    for case in (case for section in SECTIONS.values() for case in section.cases if case["id"] in wanted):
        torch.cuda.memory._record_memory_history(context="alloc", stacks="python", max_entries=2_000_000)
        row, failure = run_case(case, "cuda", False, {})
        events = torch.cuda.memory._snapshot()["device_traces"][0]
        torch.cuda.memory._record_memory_history(enabled=None)
        free_unused()
        entry = {"id": case["id"], "failure": failure, **peak_of(events)}
        if row is not None:
            entry["peakAllocatedBytes"] = row["measured"]["peakAllocatedBytes"]
        with open(os.path.join(options.out, "explained.jsonl"), "a") as file:
            file.write(json.dumps(entry) + "\n")


def peak_of(events: list[dict]) -> dict:
    """Live blocks at the highest sum of allocated bytes, by line and size, the largest sums first."""
    live: dict[int, dict] = {}
    total = highest = at = 0
    for index, event in enumerate(events):
        if event["action"] == "alloc":
            live[event["addr"]] = event
            total += event["size"]
            if total > highest:
                highest, at = total, index
        elif event["action"] == "free_completed" and event["addr"] in live:
            total -= live.pop(event["addr"])["size"]
    live.clear()
    for event in events[: at + 1]:
        if event["action"] == "alloc":
            live[event["addr"]] = event
        elif event["action"] == "free_completed":
            live.pop(event["addr"], None)
    sums: collections.Counter = collections.Counter()
    blocks: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for event in live.values():
        line = line_of(event)
        sums[line] += event["size"]
        blocks[line][event["size"]] += 1
    return {
        "tracedPeakBytes": highest,
        "reachedAt": line_of(events[at]) if events else "",
        "live": [
            {"line": line, "bytes": size, "blocks": blocks[line].most_common(4)} for line, size in sums.most_common(40)
        ],
    }


def line_of(event: dict) -> str:
    frames = [f"{frame['filename']}:{frame['line']} {frame['name']}" for frame in event.get("frames", [])]
    telling = [frame for frame in frames if not any(part in frame for part in PLUMBING)]
    shown = telling[:2] if telling else frames[:2]
    return " < ".join(frame.split("site-packages/")[-1] for frame in shown) or "backward"


if __name__ == "__main__":
    main()
