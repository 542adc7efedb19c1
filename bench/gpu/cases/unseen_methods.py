"""The methods of `methods.py` and `compiled.py` on architectures that played no part in modelling them."""

from cases.adapters import CHECKPOINTED, PAIR, lora, nf4
from cases.compiled import BY_LAYER, COMPILED, loop
from cases.methods import other, trained
from cases.table import Section, numbered, trainer

PHI, OPT, BERT, MISTRAL, QWEN3, EXPERTS, STARCODER, OLMO, STABLE, SEED = (
    "config/phi3-gqa",
    "facebook/opt-125m",
    "FacebookAI/roberta-large",
    "config/mistral-window",
    "Qwen/Qwen3-1.7B",
    "config/qwen3-moe-b",
    "config/starcoder2-b",
    "config/olmo",
    "config/stablelm",
    "config/seed-oss",
)
SAVED = ["embed_tokens", "lm_head"]
PARTS = [
    trainer(PHI, "P", 4, 512, **trained("self_attn")),
    trainer(PHI, "A", 4, 512, **trained(r"layers\.[6-9]\.")),
    trainer(OPT, "A", 8, 512, **trained("fc1", "fc2")),
    trainer(BERT, "A", 8, 256, task="classification", **trained(r"layer\.(2[0-3])\.", "classifier")),
    trainer(BERT, "A", 8, 256, task="classification", **trained("bias")),
    trainer(QWEN3, "P", 2, 512, **trained(r"layers\.2[4-7]\."), **CHECKPOINTED),
    trainer(EXPERTS, "P", 2, 512, **trained("self_attn")),
    trainer(MISTRAL, "P", 2, 1024, **lora(16, modulesToSave=SAVED)),
    trainer(QWEN3, "P", 2, 512, **lora(16, modulesToSave=SAVED), **CHECKPOINTED),
    trainer(STARCODER, "A", 2, 1024, **lora(16, ["c_fc", "c_proj"])),
    trainer(OPT, "P", 8, 512, **lora(16, ["fc1", "fc2"])),
    trainer(MISTRAL, "P", 4, 512, **other("oft", blockSize=32, target="all-linear")),
    trainer(OLMO, "P", 4, 512, **other("ia3", target=["k_proj", "v_proj", "down_proj"], feedforward=["down_proj"])),
    trainer(OLMO, "A", 4, 512, **other("vera", r=128, target=PAIR)),
    trainer(SEED, "P", 4, 512, **other("adalora", r=8, target=PAIR)),
    trainer(QWEN3, "P", 2, 512, **lora(), **nf4(False), **CHECKPOINTED),
    trainer(STABLE, "P", 4, 512, **lora(), **nf4(False)),
]
KEPT = [
    loop(PHI, "B", 4, 1024, selective="matmuls"),
    loop(PHI, "B", 4, 1024, selective="every-second-matmul"),
    loop(EXPERTS, "B", 2, 1024, selective="attention"),
    loop(MISTRAL, "B", 2, 2048, selective="every-second-matmul"),
    loop(STARCODER, "A", 4, 1024, selective="matmuls"),
]
FUSED = [
    loop(PHI, "B", 4, 1024, **BY_LAYER),
    loop(MISTRAL, "B", 4, 512, **BY_LAYER),
    loop(QWEN3, "B", 2, 512, **BY_LAYER),
    loop(STARCODER, "A", 4, 512, **BY_LAYER),
    loop(STABLE, "B", 4, 1024, selective="every-second-matmul", **BY_LAYER),
    trainer(PHI, "P", 4, 512, **COMPILED),
    trainer(OLMO, "A", 4, 512, **COMPILED),
    trainer(OPT, "A", 8, 512, **COMPILED),
    trainer(STABLE, "P", 4, 512, **COMPILED, **lora()),
    loop(SEED, "B", 4, 1024, **COMPILED),
    trainer(BERT, "A", 8, 256, task="classification", **COMPILED),
]
FUSED_CASES = numbered("unc", FUSED)
SECTIONS = {
    "unseen-parts": Section("unseen-methods", numbered("unm", PARTS)),
    "unseen-kept": Section("unseen-methods", numbered("unk", KEPT)),
    **{f"unseen-compiled-{part + 1}": Section("unseen-methods", FUSED_CASES[part::4]) for part in range(4)},
}
