"""
Writes server/data/vision-steps.json: what a training step of every timm model keeps, as a few moments whose bytes are
a line over the batch. Nothing is downloaded and no GPU is needed; a model takes one to ten seconds of one core.
"""

import argparse
import json
import multiprocessing
import os
import signal

# Between these two batches a moment's bytes are taken for a line.
BATCHES = (16, 64)
# Moments are kept until the highest of them is this near to the peak for every batch, the most usual batches first.
NEAR = 0.997
PROBES = (48, 256, 8, 24, 128, 1, 4, 16, 96, 512, 2, 32, 64, 192, 1024)
COLUMNS = ["name", "imageSize", "parameters", "buffers", "autocast", "full", "checkpointed"]
SOURCE = "timm 1.0.29 as torch 2.11 runs it, traced without a GPU by bench/gpu/trace_images.py"
KIB = 1024
# A recurrent model, which cuDNN runs as one operation.
LEFT_OUT = ("sequencer",)


def main() -> None:
    options = parse()
    with open(options.catalogue) as file:
        catalogue = json.load(file)
    timm_sources = {at for at, source in enumerate(catalogue["sources"]) if source["library"] == "timm"}
    names = sorted({row[0] for row in catalogue["rows"] if row[7] in timm_sources and not row[0].startswith(LEFT_OUT)})
    rows: dict[str, list] = {}
    if os.path.exists(options.out):
        with open(options.out) as file:
            rows = {row[0]: row for row in json.load(file)["rows"]}
    missing = [name for name in names if name not in rows or name in options.only.split(",")]
    wanted = [name for name in missing if not options.only or name in options.only.split(",")]
    with multiprocessing.Pool(options.jobs, maxtasksperchild=40) as pool:
        for name, row, failure in pool.imap_unordered(trace_model, wanted):
            if row is not None:
                rows[name] = row
            else:
                print(f"{name}: {failure}", flush=True)
    with open(options.out, "w") as file:
        lines = ",\n".join("    " + json.dumps(rows[name], separators=(",", ":")) for name in sorted(rows))
        head = f'  "source": {json.dumps(SOURCE)},\n  "columns": {json.dumps(COLUMNS)},\n'
        file.write("{\n" + head + '  "rows": [\n' + lines + "\n  ]\n}\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--catalogue", default="../../server/data/vision-models.json")
    parser.add_argument("--out", default="../../server/data/vision-steps.json")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help="names separated by commas, traced anew; all that are missing unless given")
    return parser.parse_args()


def trace_model(name: str, seconds: int = 200) -> tuple[str, list | None, str]:
    signal.alarm(seconds)
    signal.signal(signal.SIGALRM, stop)
    try:
        return name, row_of(name), ""
    except Exception as error:  # A model that cannot be traced stays out of the table.
        return name, None, repr(error)[:200]
    finally:
        signal.alarm(0)


def stop(*_) -> None:
    raise TimeoutError


def row_of(name: str) -> list:
    model = build(name)
    side = model.default_cfg["input_size"][-1]
    weights = 4 * sum(one.numel() for one in model.parameters())
    row = [name, side, weights // 4, sum(one.numel() for one in model.buffers())]
    row += [moments(model, side, weights, autocast) for autocast in (True, False)]
    try:
        model.set_grad_checkpointing(True)
    except (AssertionError, AttributeError):
        return [*row, None]
    return [*row, moments(model, side, weights, True)]


def build(name: str):
    import timm
    import torch

    try:
        with torch.device("meta"):
            return timm.create_model(name, pretrained=False, num_classes=1000).train()
    except NotImplementedError:
        return timm.create_model(name, pretrained=False, num_classes=1000).train().to("meta")


def moments(model, side: int, weights: int, autocast: bool) -> list[int]:
    from tracing.step import trace_step

    small, large = (trace_step(model, batch, side, autocast) for batch in BATCHES)
    if len(small.live) == len(large.live):
        pairs = list(zip(small.live, large.live, small.gradients, strict=True))
    else:
        # Other operations for another batch: the two peaks alone are comparable.
        top = max(range(len(small.live)), key=small.live.__getitem__)
        pairs = [(small.live[top], max(large.live), small.gradients[top])]
    lines = [line(*pair, weights) for pair in pairs]
    chosen: list[tuple[float, float, int]] = []
    for batch in PROBES:
        best = max(lines, key=lambda one: height(one, batch, weights))
        if not chosen or max(height(one, batch, weights) for one in chosen) < NEAR * height(best, batch, weights):
            chosen.append(best)
    return [round(number / KIB) for one in chosen for number in one]


def line(low: float, high: float, gradients: int, weights: int) -> tuple[float, float, int]:
    slope = (high - low) / (BATCHES[1] - BATCHES[0])
    return slope, low - BATCHES[0] * slope - weights - gradients, gradients


def height(one: tuple[float, float, int], batch: int, weights: int) -> float:
    slope, fixed, gradients = one
    return weights + fixed + gradients + slope * batch


if __name__ == "__main__":
    main()
