"""torch.compile over the whole model and layer by layer, and the same with checkpointing of chosen ops."""

from cases.adapters import lora
from cases.table import Section, case, numbered, trainer

GRANITE, OLMO, GPT2, GEMMA, QWEN, BERT = (
    "config/granite",
    "config/olmo2",
    "openai-community/gpt2",
    "config/gemma2",
    "Qwen/Qwen2.5-0.5B",
    "google-bert/bert-base-uncased",
)
GQA, LONG, PYTHIA, SMOL, MINI = (
    "config/llama-gqa",
    "config/gpt2-long",
    "EleutherAI/pythia-70m",
    "config/smollm3",
    "sentence-transformers/all-MiniLM-L6-v2",
)
CHECKPOINTED = {"gradientCheckpointing": True}
COMPILED = {"compile": True}
BY_LAYER = {"compile": "layers", "optimizer": "torch-adamw-fused"}


def loop(model: str, regime: str, micro_batch: int, length: int, **changes) -> dict:
    return case("plain-loop", model, regime, micro_batch, length, **{"optimizer": "torch-adamw-fused", **changes})


WHOLE = [
    *[trainer(name, "P", 4, 512, **COMPILED) for name in (GRANITE, GQA, GPT2, LONG, SMOL)],
    *[trainer(name, "A", 4, 512, **COMPILED) for name in (GRANITE, GQA, LONG, GEMMA)],
    *[trainer(name, "P", 4, 512, **COMPILED, **CHECKPOINTED) for name in (GRANITE, GQA)],
    *[trainer(name, "A", 4, 512, **COMPILED, **CHECKPOINTED) for name in (GRANITE, GQA)],
    *[trainer(name, "F", 2, 512, **COMPILED) for name in (GRANITE, GQA)],
    *[trainer(name, "P", 4, 512, **COMPILED, **lora()) for name in (GRANITE, GQA)],
    *[trainer(name, "P", 2, 512, **COMPILED, gradientAccumulation=2) for name in (GRANITE, GQA)],
    *[trainer(name, "A", 16, 128, task="mlm", **COMPILED) for name in (BERT, MINI)],
    trainer(QWEN, "P", 4, 512, **COMPILED),
    trainer(PYTHIA, "P", 8, 512, **COMPILED),
    *[loop(name, "B", 8, 1024, **COMPILED) for name in (GRANITE, GQA)],
    *[loop(name, "A", 4, 1024, **COMPILED) for name in (OLMO, SMOL)],
]
LAYERS = [
    *[loop(name, "B", 4, 1024, **BY_LAYER) for name in (GRANITE, GQA, GPT2, SMOL)],
    *[loop(name, "A", 4, 512, **BY_LAYER) for name in (OLMO, GQA)],
    *[loop(name, "B", 4, 1024, **BY_LAYER, **CHECKPOINTED) for name in (GRANITE, GQA)],
    *[loop(name, "B", 4, 1024, selective=kind, **BY_LAYER) for name in (GRANITE, GQA) for kind in ("matmuls", "every-second-matmul")],
]
KEPT = [
    *[loop(name, "B", 4, 1024, selective=kind) for name in (GRANITE, LONG) for kind in ("matmuls", "every-second-matmul", "attention")],
    *[trainer(name, "A", 4, 512, selective=kind) for name in (QWEN, SMOL) for kind in ("every-second-matmul", "attention")],
    *[trainer(name, "P", 4, 1024, checkpointKwargs={"every_n_layers": 3}, **CHECKPOINTED) for name in (GRANITE, SMOL)],
]
WHOLE_CASES = numbered("cpl", WHOLE)
SECTIONS = {
    **{f"whole-{part + 1}": Section("compiled", WHOLE_CASES[part::5]) for part in range(5)},
    "by-layer": Section("compiled", numbered("lay", LAYERS)),
    "kept-ops": Section("compiled", numbered("kep", KEPT)),
}
