"""Attention kernels, padding, packing, and what of the activations is kept."""

from cases.table import Section, numbered, trainer

DEEP, GQA, QWEN = "config/llama-deep", "config/llama-gqa", "Qwen/Qwen2.5-0.5B"
BOTH = (DEEP, GQA)
CHECKPOINTED = {"gradientCheckpointing": True}
MASKS = [
    *[trainer(name, regime, 4, 512, padding="right") for name in BOTH for regime in "PAF"],
    *[trainer(name, "P", 4, 512, padding="left") for name in BOTH],
    *[trainer(name, "P", 2, 2048, padding="right", **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 4, 512, padding="right", attention="eager") for name in BOTH],
    *[trainer(name, "P", 1, 4096, packed=8) for name in BOTH],
    *[trainer(name, "A", 1, 2048, packed=4) for name in BOTH],
    *[trainer(name, "P", 1, 4096, packed=8, **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 2, 1024, padding="right") for name in (QWEN, "openai-community/gpt2", "config/gpt2-long", "google/gemma-3-270m", "config/phi3")],
    *[trainer(name, "P", 1, 4096) for name in BOTH],
    *[trainer(name, "P", 1, 4096, attention="eager", **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "H", 4, 512) for name in BOTH],
    *[trainer(name, "B", 4, 512) for name in (*BOTH, "openai-community/gpt2", "config/phi", "config/gpt2-long")],
]
KEPT = [
    *[trainer(name, "P", 4, 1024, selective=kind) for name in BOTH for kind in ("matmuls", "every-second-matmul", "attention", "every-second-layer")],
    *[trainer(name, "A", 4, 1024, selective=kind) for name in BOTH for kind in ("matmuls", "every-second-layer")],
    *[trainer(name, "P", 4, 1024, checkpointKwargs={"every_n_layers": 2}, **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 4, 1024, checkpointKwargs={"offload": True}, **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 4, 1024, useReentrant=True, **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 2, 512, activationOffload=True) for name in BOTH],
    *[trainer(name, "A", 2, 512, activationOffload=True) for name in BOTH],
    *[trainer(name, "P", 4, 512, labelSmoothing=0.1, **CHECKPOINTED) for name in BOTH],
]
FLEX = [
    *[trainer(name, "P", 2, 1024, attention="flex") for name in BOTH],
    trainer("config/gemma2", "P", 2, 1024, attention="flex"),
]
SECTIONS = {
    "masks": Section("attention", numbered("att", MASKS)),
    "kept": Section("attention", numbered("act", KEPT)),
    "flex": Section("attention", numbered("flex", FLEX)),
}
