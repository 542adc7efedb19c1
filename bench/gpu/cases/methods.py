"""Fine-tuning methods: further adapters, modules saved whole, frozen parts by name, 4-bit bases as they are loaded."""

from cases.adapters import CHECKPOINTED, DEEP, GPT2, GQA, LLAMA, PAIR, QWEN, lora, nf4
from cases.table import Section, numbered, trainer

BOTH = (DEEP, GQA)
SMOL, MOE, PHI, PHI_GQA = "HuggingFaceTB/SmolLM2-360M", "config/qwen2-moe", "config/phi3", "config/phi3-gqa"
SAVED = ["embed_tokens", "lm_head"]


def other(method: str, **fields) -> dict:
    return {"method": method, "lora": fields}


def trained(*patterns: str) -> dict:
    """All is frozen but the parameters whose names one of the patterns finds."""
    return {"method": "freeze", "trained": list(patterns)}


ADAPTERS = [
    *[trainer(name, "P", 4, 512, **other("oft", blockSize=32, target=PAIR)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("loha", r=8, target=PAIR)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("lokr", r=8, target=PAIR)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("vera", r=64, target=["q_proj", "v_proj", "down_proj"])) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("hra", r=8, target=PAIR)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("miss", r=16, target=PAIR)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("fourierft", frequencies=1000, target=PAIR)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("p-tuning", virtualTokens=20, width=256)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("ln-tuning")) for name in BOTH],
    *[trainer(name, "A", 4, 512, **other("adalora", r=16, target="all-linear")) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("oft", blockSize=64, target="all-linear"), **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "A", 2, 512, **other("loha", r=16, target=PAIR)) for name in BOTH],
    *[trainer(name, "P", 4, 512, **other("ia3", target=["k_proj", "v_proj", "down_proj"], feedforward=["down_proj"]), **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 2, 1024, **other("prefix", virtualTokens=64)) for name in (QWEN, SMOL)],
    *[trainer(name, "P", 2, 1024, **other("prompt", virtualTokens=64), **CHECKPOINTED) for name in (QWEN, SMOL)],
]
SAVES = [
    *[trainer(name, "P", 4, 512, **lora(16, modulesToSave=SAVED)) for name in (QWEN, SMOL)],
    *[trainer(name, "P", 4, 512, **lora(16, modulesToSave=["embed_tokens"])) for name in (QWEN, SMOL, *BOTH)],
    *[trainer(name, "P", 4, 512, **lora(16, modulesToSave=SAVED), **CHECKPOINTED) for name in (LLAMA, GQA)],
    *[trainer(name, "A", 4, 512, **lora(16, modulesToSave=SAVED)) for name in BOTH],
    *[trainer(name, "B", 4, 512, **lora(16, modulesToSave=SAVED), adapterDtype="weights") for name in BOTH],
    *[trainer(name, "P", 4, 512, **lora(16, modulesToSave=SAVED), **nf4(True), **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 4, 512, **lora(16, modulesToSave=SAVED), gradientAccumulation=2) for name in BOTH],
    *[trainer(name, "P", 4, 512, **lora(16, [*PAIR, "embed_tokens"])) for name in (QWEN, *BOTH)],
    *[trainer(name, "P", 4, 512, **lora(16, [*PAIR, "lm_head"])) for name in BOTH],
    *[trainer(name, "P", 4, 512, **lora(16, PAIR, layers=[8, 9, 10, 11])) for name in BOTH],
]
FROZEN = [
    *[trainer(name, "P", 4, 512, **trained("^lm_head")) for name in BOTH],
    *[trainer(name, "P", 4, 512, **trained("self_attn")) for name in BOTH],
    *[trainer(name, "P", 4, 512, **trained("mlp")) for name in BOTH],
    *[trainer(name, "P", 4, 512, **trained("norm")) for name in BOTH],
    *[trainer(name, "P", 4, 512, **trained(r"layers\.[0-3]\.")) for name in BOTH],
    *[trainer(name, "P", 4, 512, **trained("embed_tokens", "^lm_head")) for name in (QWEN, *BOTH)],
    *[trainer(name, "A", 4, 512, **trained("self_attn")) for name in BOTH],
    *[trainer(name, "A", 4, 512, **trained(r"layers\.[0-3]\.")) for name in BOTH],
    *[trainer(name, "A", 4, 512, **trained(r"layers\.(8|9|10|11)\.", "^lm_head")) for name in BOTH],
    *[trainer(name, "P", 4, 512, **trained(r"layers\.(8|9|10|11)\."), **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 4, 512, **trained("mlp"), **CHECKPOINTED) for name in BOTH],
    trainer(GPT2, "A", 4, 512, **trained("attn")),
    trainer("config/gpt2-long", "A", 4, 512, **trained("attn")),
]
LOADED = [
    *[trainer(name, "P", 4, 512, **lora(), **nf4(False)) for name in (QWEN, PHI, SMOL, PHI_GQA)],
    *[trainer(name, "B", 4, 512, **lora(), **nf4(False)) for name in BOTH],
    *[trainer(name, "B", 4, 512, **lora(), **nf4(False), adapterDtype="weights", **CHECKPOINTED) for name in BOTH],
    *[trainer(name, "P", 4, 1024, **lora(16, PAIR), **nf4(False), **CHECKPOINTED) for name in (QWEN, SMOL)],
    *[trainer(name, "P", 2, 512, **lora(), **nf4(True)) for name in (QWEN, SMOL)],
    trainer(MOE, "P", 2, 512, **lora()),
    trainer(MOE, "P", 2, 512, **lora(16, PAIR)),
    trainer(MOE, "P", 2, 512, **lora(16, ["gate_proj", "up_proj", "down_proj"])),
    trainer(MOE, "P", 2, 512, **lora(16, PAIR, targetParameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj"])),
    *[trainer(name, "P", 2, 256, optimizer=optimizer) for name in BOTH for optimizer in ("torch-rmsprop-momentum-plain", "torch-rmsprop-centred")],
]
SECTIONS = {
    "more-adapters": Section("methods", numbered("met", ADAPTERS)),
    "saved-modules": Section("methods", numbered("sav", SAVES)),
    "frozen-parts": Section("methods", numbered("fro", FROZEN)),
    "loaded-bases": Section("methods", numbered("loa", LOADED)),
}
