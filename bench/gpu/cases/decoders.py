"""Decoder families that no earlier row covers, in every precision regime, with and without checkpointing."""

from cases.models import DECODERS, default_attention
from cases.table import Section, numbered, trainer

# Micro batch and sequence length by turns, so that sizes vary over the families.
SHAPES = [(2, 1024), (4, 512), (1, 2048), (8, 256), (3, 768)]
# Rows elsewhere repeat these, or they are too large for this table.
LEFT_OUT = {"meta-llama/Llama-3.2-1B", "Qwen/Qwen2.5-0.5B", "Qwen/Qwen3-1.7B", "allenai/OLMo-2-0425-1B", "openai-community/gpt2"}
PLAIN = {"optimizer": "adamw_torch_fused"}
CHECKPOINTED = {"gradientCheckpointing": True}


def of_family(index: int, name: str) -> list[dict]:
    micro_batch, length = SHAPES[index % len(SHAPES)]
    small = max(1, micro_batch // 2)
    return [
        trainer(name, "P", micro_batch, length, **PLAIN),
        trainer(name, "P", 2 * micro_batch, length, **PLAIN, **CHECKPOINTED),
        trainer(name, "A", micro_batch, length, **PLAIN),
        trainer(name, "A", small, length, **eager_or_recomputed(name)),
        trainer(name, "F", small, length, **PLAIN),
        trainer(name, "P", micro_batch, length, method="lora", lora={"r": 16, "target": "all-linear", "dropout": 0.0}),
    ]


def eager_or_recomputed(name: str) -> dict:
    """Plain attention where the row above has a fused kernel; else checkpointing, which that row has not."""
    return {"attention": "eager"} if default_attention(name) != "eager" else CHECKPOINTED


# The first rows of the measurements there were, run again: the two harnesses agree where these do.
REPEATED = [
    trainer("meta-llama/Llama-3.2-1B", "P", 1, 1024),
    trainer("meta-llama/Llama-3.2-1B", "P", 2, 1024),
    trainer("Qwen/Qwen2.5-0.5B", "A", 2, 1024),
]
LARGER = [
    trainer("allenai/OLMo-2-0425-1B", "P", 2, 1024, **PLAIN),
    trainer("allenai/OLMo-2-0425-1B", "P", 4, 1024, **PLAIN, **CHECKPOINTED),
    trainer("Qwen/Qwen3-1.7B", "P", 2, 1024, method="lora", lora={"r": 32, "target": ["q_proj", "v_proj"], "dropout": 0.05}),
    trainer("Qwen/Qwen3-1.7B", "P", 1, 2048, optimizer="adafactor", **CHECKPOINTED),
]
FAMILIES = [name for name in DECODERS if name not in LEFT_OUT]
ALL = numbered("dec", [*REPEATED, *(one for index, name in enumerate(FAMILIES) for one in of_family(index, name)), *LARGER])
# Three processes share the table.
SECTIONS = {f"decoders-{part + 1}": Section("decoders", ALL[part::3]) for part in range(3)}
