"""How a section's cases are written down: defaults, and the changes from them."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from cases.models import MODELS, default_attention

# Precision regimes: dtype of the stored weights, and of autocast.
REGIMES = {"P": ("bf16", "bf16"), "A": ("fp32", "bf16"), "F": ("fp32", None), "H": ("fp32", "fp16"), "B": ("bf16", None)}

DEFAULTS = {
    "task": "causal-lm",
    "method": "full",
    "lora": None,
    "optimizer": "adamw_torch",
    "gradientAccumulation": 1,
    "targetLength": None,
    "gradientCheckpointing": False,
    "useReentrant": None,
    "maxGradNorm": 1.0,
    "labelSmoothing": 0.0,
}


@dataclass(frozen=True)
class Section:
    """`file`: the data file the rows go to, without its ending. `environment`: set for the section's process."""

    file: str
    cases: list[dict]
    environment: dict[str, str] = field(default_factory=dict)


def case(harness: str, model: str, regime: str, micro_batch: int, length: int, **changes) -> dict:
    weights, autocast = REGIMES[regime]
    return {
        "harness": harness,
        "split": MODELS[model]["split"],
        "model": model,
        **DEFAULTS,
        "attention": default_attention(model),
        "weightsDtype": weights,
        "autocast": autocast,
        "microBatch": micro_batch,
        "sequenceLength": length,
        **changes,
    }


def trainer(model: str, regime: str, micro_batch: int, length: int, **changes) -> dict:
    return case("transformers-trainer", model, regime, micro_batch, length, **changes)


def numbered(prefix: str, cases: Iterable[dict]) -> list[dict]:
    return [{"id": f"{prefix}-{index}", **one} for index, one in zip(itertools.count(1), cases)]
