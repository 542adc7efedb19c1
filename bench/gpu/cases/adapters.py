"""Adapters of many kinds, frozen parts, and base weights in 4 and 8 bits."""

from cases.table import Section, numbered, trainer

LLAMA, GQA, DEEP, QWEN, GPT2 = (
    "meta-llama/Llama-3.2-1B",
    "config/llama-gqa",
    "config/llama-deep",
    "Qwen/Qwen2.5-0.5B",
    "openai-community/gpt2",
)
CHECKPOINTED = {"gradientCheckpointing": True}


def lora(r=16, target="all-linear", dropout=0.0, **rest) -> dict:
    return {"method": "lora", "lora": {"r": r, "target": target, "dropout": dropout, **rest}}


def nf4(prepare: bool, **rest) -> dict:
    return {"quantization": "nf4-emulated", "kbitPrepare": prepare, **rest}


PAIR = ["q_proj", "v_proj"]
CASES = [
    *[trainer(name, "P", 4, 512, **lora(dora=True)) for name in (LLAMA, GQA)],
    *[trainer(name, "P", 4, 512, **lora(dora=True, dropout=0.05), **CHECKPOINTED) for name in (LLAMA, GQA)],
    *[trainer(name, "A", 4, 512, **lora(8, PAIR, dora=True)) for name in (QWEN, GQA)],
    *[trainer(name, "P", 4, 512, **lora(64, rslora=True)) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, **lora(16, PAIR, bias="lora_only")) for name in (QWEN, GQA)],
    *[trainer(name, "P", 4, 512, **lora(16, PAIR, bias="all")) for name in (QWEN,)],
    *[trainer(name, "P", 4, 512, **lora(16, modulesToSave=["embed_tokens", "lm_head"])) for name in (DEEP, GQA)],
    *[trainer(name, "A", 4, 512, **lora(16, modulesToSave=["lm_head"])) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, **lora(), adapterDtype="weights") for name in (LLAMA, GQA)],
    *[trainer(name, "B", 4, 512, **lora(), adapterDtype="weights", **CHECKPOINTED) for name in (LLAMA, GQA)],
    *[trainer(name, "B", 4, 512, **lora()) for name in (DEEP, GQA)],
    *[trainer(name, "F", 2, 512, **lora()) for name in (DEEP, GQA)],
    *[trainer(name, "A", 2, 1024, **lora(16, PAIR), **CHECKPOINTED) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, **lora(16, PAIR, layers=[0, 1, 2, 3])) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, **lora(16, PAIR), gradientAccumulation=4) for name in (DEEP, GQA)],
    trainer(GPT2, "P", 8, 512, **lora(16, ["c_attn"])),
    trainer("config/gpt2-long", "A", 2, 1024, **lora(16, ["c_attn", "c_proj"], dropout=0.1)),
    # Experts' own matrices.
    trainer("config/qwen3-moe", "P", 2, 512, **lora(8, PAIR, targetParameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj"])),
    trainer("config/mixtral-b", "P", 2, 512, **lora(8, PAIR, targetParameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj"])),
    # Other adapters.
    *[trainer(name, "P", 4, 512, method="ia3", lora={"target": ["k_proj", "v_proj", "down_proj"], "feedforward": ["down_proj"]}) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, method="vera", lora={"r": 128, "target": ["q_proj"]}) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, method="adalora", lora={"r": 16, "target": PAIR}) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, method="prompt", lora={"virtualTokens": 32}) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 512, method="prefix", lora={"virtualTokens": 32}) for name in (DEEP, GQA)],
    # Frozen parts of a full model.
    *[trainer(name, "P", 4, 512, method="freeze", freeze="embeddings") for name in (QWEN, GQA)],
    *[trainer(name, "A", 2, 512, method="freeze", freeze="embeddings") for name in (QWEN, GQA)],
    *[trainer(name, "P", 4, 512, method="freeze", freeze="all-but-last-4") for name in (LLAMA, GQA)],
    *[trainer(name, "A", 4, 512, method="freeze", freeze="all-but-last-2") for name in (DEEP, GQA)],
    trainer(GPT2, "A", 8, 512, method="freeze", freeze="all-but-biases"),
    # 4-bit and 8-bit base weights.
    *[trainer(name, "P", 4, 512, **lora(), **nf4(False)) for name in (LLAMA, GQA)],
    *[trainer(name, "P", 4, 512, **lora(), **nf4(True)) for name in (LLAMA, GQA)],
    *[trainer(name, "P", 4, 1024, **lora(), **nf4(True), **CHECKPOINTED) for name in (LLAMA, GQA)],
    *[trainer(name, "P", 4, 1024, **lora(64, dropout=0.05), **nf4(False), **CHECKPOINTED) for name in (LLAMA, GQA)],
    *[trainer(name, "B", 4, 512, **lora(16, PAIR), **nf4(True), **CHECKPOINTED) for name in (DEEP, GQA)],
]
ALL = numbered("ada", CASES)
SECTIONS = {f"adapters-{part + 1}": Section("adapters", ALL[part::2]) for part in range(2)}
