"""Runs the cases of one section in this process, one row a line, errors in the log."""

import argparse
import importlib
import json
import os
import time
import traceback
from importlib.metadata import version

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch  # noqa: E402

from cases import SECTIONS  # noqa: E402
from harness.meter import ON_GPU, free_unused, warm_up  # noqa: E402
from harness.models import config_json  # noqa: E402

LIBRARIES = ("transformers", "peft", "accelerate", "timm", "sentence-transformers")
# Which module runs a case, by what the row calls its harness.
HARNESSES = {
    "transformers-trainer": "trainer",
    "transformers-trainer-evaluation": "evaluation",
    "transformers-generate": "generation",
    "plain-loop": "loop",
    "contrastive-loop": "contrastive",
    "timm-loop": "images",
    "fsdp2-one-rank": "sharded",
    "ddp-one-rank": "sharded",
    "tensor-parallel-one-rank": "sharded",
    "pipeline-one-stage": "pipeline",
}


def main() -> None:
    options = parse()
    device = "cuda" if ON_GPU else "cpu"
    warm_up(device)
    shared = environment()
    for case in pending(options):
        if time.time() > options.deadline:
            break
        log(options, {"id": case["id"], "event": "start"})
        begun = time.time()
        torch.manual_seed(0)
        row, failure = run_case(case, device, options.tiny, shared)
        torch._dynamo.reset() if case.get("compile") else None
        free_unused()
        if failure is not None:
            log(options, {"id": case["id"], "event": "failed", "error": failure})
        if row is not None:
            append(os.path.join(options.out, f"{SECTIONS[options.section].file}.jsonl"), row)
        log(options, {"id": case["id"], "event": "end", "seconds": round(time.time() - begun, 2)})


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("section")
    parser.add_argument("--out", required=True)
    parser.add_argument("--deadline", type=float, default=float("inf"), help="seconds since the epoch; no case starts after it")
    parser.add_argument("--limit", type=int, default=0, help="run this many cases, spread over the section")
    parser.add_argument("--only", default="", help="ids separated by commas")
    parser.add_argument("--tiny", action="store_true", help="two layers and few tokens: a check of the scripts, not a measurement")
    return parser.parse_args()


def pending(options: argparse.Namespace) -> list[dict]:
    """The section's cases that no earlier process of this run began."""
    cases = SECTIONS[options.section].cases
    if options.only:
        cases = [case for case in cases if case["id"] in options.only.split(",")]
    if options.limit:
        step = max(1, len(cases) // options.limit)
        cases = cases[::step][: options.limit]
    begun = begun_ids(options)
    return [case for case in cases if case["id"] not in begun]


def begun_ids(options: argparse.Namespace) -> set[str]:
    path = os.path.join(options.out, "log.jsonl")
    if not os.path.exists(path):
        return set()
    with open(path) as lines:
        return {entry["id"] for entry in map(json.loads, lines) if entry.get("event") == "start"}


def run_case(case: dict, device: str, tiny: bool, shared: dict) -> tuple[dict | None, str | None]:
    try:
        harness = importlib.import_module(f"harness.{HARNESSES[case['harness']]}")
        measured = harness.measure(case, device, tiny)
    except torch.cuda.OutOfMemoryError as error:
        return {**described(case), **shared, "measured": {"outOfMemory": True}}, repr(error)[:300]
    except Exception:
        return None, traceback.format_exc()[-1500:]
    return {**described(case), **shared, "measured": measured}, None


def described(case: dict) -> dict:
    if case["harness"] == "timm-loop":
        return dict(case)
    return {**case, "config": config_json(case["model"])}


def environment() -> dict:
    facts: dict = {"versions": {"torch": torch.__version__, **{name: version(name) for name in LIBRARIES}}}
    if ON_GPU:
        facts["gpu"] = torch.cuda.get_device_name()
        facts["gpuTotalBytes"] = torch.cuda.get_device_properties(0).total_memory
    if os.environ.get("PYTORCH_CUDA_ALLOC_CONF"):
        facts["allocatorConfig"] = os.environ["PYTORCH_CUDA_ALLOC_CONF"]
    return facts


def log(options: argparse.Namespace, entry: dict) -> None:
    append(os.path.join(options.out, "log.jsonl"), {"section": options.section, **entry})


def append(path: str, row: dict) -> None:
    with open(path, "a") as file:
        file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
