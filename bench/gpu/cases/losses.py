"""Losses: chunked cross-entropy, preference pairs, a teacher, in-batch negatives; and compiled models."""

from cases.table import Section, case, numbered, trainer

DEEP, GQA, QWEN, LLAMA = "config/llama-deep", "config/llama-gqa", "Qwen/Qwen2.5-0.5B", "meta-llama/Llama-3.2-1B"
BERT, MINI, ROBERTA = "google-bert/bert-base-uncased", "sentence-transformers/all-MiniLM-L6-v2", "FacebookAI/roberta-large"
CHECKPOINTED = {"gradientCheckpointing": True}
LORA = {"method": "lora", "lora": {"r": 16, "target": "all-linear", "dropout": 0.0}}


def dpo(model: str, regime: str, micro_batch: int, length: int, how: str, reference: str, **changes) -> dict:
    return case(
        "plain-loop", model, regime, micro_batch, length,
        **{"objective": "dpo", "optimizer": "torch-adamw-fused", "reference": reference, "logProbabilities": how, **changes},
    )


def pairs(model: str, regime: str, micro_batch: int, length: int, **changes) -> dict:
    return case(
        "contrastive-loop", model, regime, micro_batch, length,
        **{"task": "embedding", "objective": "in-batch-negatives", "textsPerRow": 2, "optimizer": "torch-adamw-foreach", "maxGradNorm": 0.0, **changes},
    )


CHUNKED = [
    *[trainer(name, "P", 4, 1024, loss="chunked-checkpointed", lossChunks=chunks) for name in (QWEN, GQA) for chunks in (4, 16)],
    *[trainer(name, "P", 8, 1024, loss="chunked-checkpointed", lossChunks=16, **CHECKPOINTED) for name in (QWEN, GQA)],
    *[trainer(name, "A", 4, 1024, loss="chunked-checkpointed", lossChunks=8) for name in (QWEN, GQA)],
    *[trainer(name, "P", 4, 1024, loss="chunked-loss", lossChunks=8) for name in (QWEN, GQA)],
    *[trainer(name, "P", 4, 1024, loss="bf16-loss") for name in (QWEN, GQA)],
    *[trainer(name, "F", 2, 1024, loss="chunked-checkpointed", lossChunks=8) for name in (DEEP, GQA)],
    *[trainer(name, "P", 4, 1024, loss="chunked-checkpointed", lossChunks=8, **LORA) for name in (LLAMA, GQA)],
]
PREFERENCES = [
    *[dpo(name, "B", 2, 512, how, "copy") for name in (QWEN, GQA) for how in ("gather", "rows", "logsumexp")],
    *[dpo(name, "A", 2, 512, how, "copy") for name in (DEEP, GQA) for how in ("gather", "logsumexp")],
    *[dpo(name, "B", 2, 512, "gather", "precomputed") for name in (DEEP, GQA)],
    *[dpo(name, "P", 2, 512, "rows", "adapter-off", **LORA) for name in (LLAMA, GQA)],
    *[dpo(name, "B", 4, 512, "rows", "copy", **CHECKPOINTED) for name in (QWEN, GQA)],
    *[dpo(name, "B", 2, 512, "rows", "copy", gradientAccumulation=2) for name in (DEEP, GQA)],
    *[case("plain-loop", name, "B", 2, 512, objective="distillation", optimizer="torch-adamw-fused") for name in (QWEN, GQA)],
    *[case("plain-loop", name, "A", 2, 512, objective="distillation", optimizer="torch-adamw-fused") for name in (DEEP, GQA)],
]
CONTRASTIVE = [
    *[pairs(name, "A", size, 128) for name in (BERT, MINI) for size in (32, 128)],
    *[pairs(name, "F", 64, 128) for name in (BERT, MINI)],
    *[pairs(name, "A", 64, 128, textsPerRow=3) for name in (BERT, MINI)],
    *[pairs(name, "A", 32, 256, **CHECKPOINTED) for name in (BERT, ROBERTA)],
    *[pairs(name, "A", 256, 128, objective="cached-in-batch-negatives", miniBatch=mini) for name in (BERT, MINI) for mini in (16, 64)],
    *[pairs(name, "A", 128, 128, objective="cached-in-batch-negatives", miniBatch=32, textsPerRow=3) for name in (BERT, ROBERTA)],
    *[pairs(name, "B", 64, 128) for name in (BERT, MINI)],
]
# Compilation takes most of these cases' time, so the models are small.
COMPILED = [
    case("plain-loop", name, regime, 4, 512, compile=True, optimizer="torch-adamw-fused", **changes)
    for name, regime, changes in (
        ("config/olmo2", "A", {}),
        ("EleutherAI/pythia-70m", "A", {}),
        ("config/granite", "B", {}),
        ("config/smollm3", "B", CHECKPOINTED),
        ("openai-community/gpt2", "A", {}),
        ("config/gemma2-b", "B", {}),
    )
]
SECTIONS = {
    "chunked": Section("objectives", numbered("loss", CHUNKED)),
    "preferences": Section("objectives", numbered("pref", PREFERENCES)),
    "contrastive": Section("objectives", numbered("con", CONTRASTIVE)),
    "compiled": Section("objectives", numbered("com", COMPILED)),
}
