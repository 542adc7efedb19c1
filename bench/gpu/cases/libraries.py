"""What libraries beside transformers change: Liger's kernels, bitsandbytes' optimizers and 4-bit layers, torchao's fp8."""

from cases.adapters import lora
from cases.table import Section, case, numbered, trainer

LLAMA, QWEN, QWEN3, GEMMA2, GEMMA3, MISTRAL, PHI, DEEP, GQA, OLMO2 = (
    "meta-llama/Llama-3.2-1B",
    "Qwen/Qwen2.5-0.5B",
    "Qwen/Qwen3-1.7B",
    "config/gemma2-b",
    "google/gemma-3-270m",
    "config/mistral-window",
    "config/phi3-gqa",
    "config/llama-deep",
    "config/llama-gqa",
    "allenai/OLMo-2-0425-1B",
)
CHECKPOINTED = {"gradientCheckpointing": True}
FUSED = {"optimizer": "adamw_torch_fused"}
LIGER = {"liger": True, **FUSED}

KERNELS = [
    *[trainer(name, "P", 4, 1024, **LIGER) for name in (LLAMA, QWEN, QWEN3, GEMMA2, GEMMA3, MISTRAL, PHI, OLMO2)],
    *[trainer(name, "P", 8, 1024, **LIGER, **CHECKPOINTED) for name in (LLAMA, QWEN3, GEMMA3, PHI)],
    *[trainer(name, "A", 4, 512, **LIGER) for name in (LLAMA, QWEN, GQA, GEMMA2)],
    *[trainer(name, "A", 4, 1024, **LIGER, **CHECKPOINTED) for name in (QWEN, DEEP)],
    *[trainer(name, "P", 4, 1024, **LIGER, **lora()) for name in (LLAMA, QWEN3, MISTRAL)],
    *[trainer(name, "P", 8, 1024, **LIGER, **lora(), **CHECKPOINTED) for name in (LLAMA, QWEN)],
    trainer(LLAMA, "P", 4, 1024, **LIGER, gradientAccumulation=4),
    trainer(QWEN3, "P", 2, 4096, **LIGER, **CHECKPOINTED),
]
EIGHT_BIT = ["adamw_bnb_8bit", "paged_adamw_8bit", "paged_adamw_32bit", "lion_8bit", "lion_32bit", "ademamix_8bit", "rmsprop_bnb_8bit"]
STATES = [
    *[trainer(DEEP, "P", 2, 256, optimizer=name) for name in EIGHT_BIT],
    *[trainer(GQA, "A", 2, 256, optimizer=name) for name in EIGHT_BIT[:4]],
    *[trainer(LLAMA, "P", 2, 512, optimizer=name) for name in EIGHT_BIT[:2]],
    *[trainer(QWEN, "P", 2, 512, optimizer="adamw_bnb_8bit", gradientAccumulation=steps) for steps in (1, 4)],
    trainer(LLAMA, "P", 4, 512, optimizer="adamw_bnb_8bit", **CHECKPOINTED),
]
NF4 = {"quantization": "nf4"}
QUANTISED = [
    *[trainer(name, "P", 4, 512, **lora(), **NF4, kbitPrepare=prepare) for name in (LLAMA, GQA, QWEN3) for prepare in (False, True)],
    *[trainer(name, "P", 4, 1024, **lora(), **NF4, kbitPrepare=True, **CHECKPOINTED) for name in (LLAMA, QWEN3, MISTRAL)],
    *[trainer(name, "P", 4, 1024, **lora(64, dropout=0.05), **NF4, **CHECKPOINTED) for name in (LLAMA, GQA)],
    trainer(QWEN, "P", 4, 512, **lora(), **NF4, kbitPrepare=True, optimizer="paged_adamw_8bit", **CHECKPOINTED),
    *[trainer(name, "P", 4, 512, **lora(), quantization="int8", kbitPrepare=prepare) for name in (LLAMA, GQA) for prepare in (False, True)],
    trainer(LLAMA, "P", 4, 1024, **lora(), quantization="int8", kbitPrepare=True, **CHECKPOINTED),
]
FP8 = [
    *[case("plain-loop", name, "B", 4, 1024, optimizer="torch-adamw-fused", float8="tensorwise") for name in (LLAMA, DEEP, GQA)],
    *[case("plain-loop", name, "B", 4, 1024, optimizer="torch-adamw-fused", float8=recipe, compile=True) for name in (LLAMA, GQA) for recipe in ("tensorwise", "rowwise")],
    *[case("plain-loop", name, "B", 4, 1024, optimizer="torch-adamw-fused", float8="tensorwise", **CHECKPOINTED) for name in (LLAMA, GQA)],
    *[case("plain-loop", name, "A", 4, 1024, optimizer="torch-adamw-fused", float8="tensorwise") for name in (DEEP, GQA)],
]
SECTIONS = {
    "liger": Section("libraries", numbered("lig", KERNELS)),
    "bitsandbytes-states": Section("libraries", numbered("bnb", STATES)),
    "bitsandbytes-weights": Section("libraries", numbered("bnq", QUANTISED)),
    "float8": Section("libraries", numbered("fp8", FP8)),
}
