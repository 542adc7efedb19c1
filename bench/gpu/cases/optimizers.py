"""Optimizers, and steps taken inside backward."""

from cases.table import Section, case, numbered, trainer

DEEP, GQA = "config/llama-deep", "config/llama-gqa"
OWN = [
    "torch-adamw-loop",
    "torch-adamw-amsgrad",
    "torch-adam",
    "torch-nadam",
    "torch-radam",
    "torch-adamax",
    "torch-adadelta",
    "torch-adafactor",
    "torch-rprop",
    "torch-rmsprop-momentum",
    "torch-sgd-momentum",
    "torch-sgd-nesterov-decay",
    "torch-sgd-momentum-fused",
    "torch-muon",
]
NAMED = ["adamw_torch", "adamw_torch_fused", "adafactor", "sgd", "rmsprop", "adagrad"]


def inside(name: str, model: str, regime: str, **changes) -> dict:
    return case("plain-loop", model, regime, 2, 512, optimizer=name, optimizerInBackward=True, maxGradNorm=0.0, **changes)


# Few tokens, so that the optimizer's own moment is the peak.
CASES = [
    *[trainer(DEEP, regime, 2, 256, optimizer=name) for regime in "PA" for name in OWN],
    *[trainer(GQA, "P", 2, 256, optimizer=name) for name in OWN],
    *[trainer(GQA, "A", 2, 256, optimizer=name) for name in NAMED],
    *[trainer(DEEP, "P", 2, 256, optimizer=name, gradientAccumulation=2) for name in NAMED],
    *[inside(name, model, regime) for model in (DEEP, GQA) for regime in "BA" for name in ("torch-adamw-loop", "torch-sgd")],
    inside("torch-adamw-fused", DEEP, "B", gradientCheckpointing=True),
    inside("torch-adamw-fused", GQA, "B", gradientCheckpointing=True),
    inside("torch-adafactor", GQA, "B"),
    inside("torch-sgd-momentum", DEEP, "F"),
]
SECTIONS = {"optimizers": Section("optimizers", numbered("opt", CASES))}
