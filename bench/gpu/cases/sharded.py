"""One rank of FSDP2, hybrid sharding, DDP, tensor parallel and a pipeline."""

from cases.table import Section, case, numbered

DEEP, GQA, LLAMA, WIDE, QWEN = (
    "config/llama-deep",
    "config/llama-gqa",
    "meta-llama/Llama-3.2-1B",
    "config/llama-wide-heads",
    "Qwen/Qwen2.5-0.5B",
)
FUSED = {"optimizer": "adamw_torch_fused"}
CHECKPOINTED = {"gradientCheckpointing": True}


def fsdp(model: str, shards: int, micro_batch: int, length: int, stored="fp32", reduce="fp32", **changes) -> dict:
    row = case("fsdp2-one-rank", model, "F" if stored == "fp32" else "B", micro_batch, length)
    return {
        **row,
        "sharding": "fsdp2",
        "computeDtype": "bf16",
        "reduceDtype": reduce,
        "dataParallelShards": shards,
        "reshardAfterForward": True,
        "wrap": "transformer-layer",
        **FUSED,
        **changes,
    }


def ddp(model: str, regime: str, micro_batch: int, length: int, bucket_view: bool, **changes) -> dict:
    row = case("ddp-one-rank", model, regime, micro_batch, length)
    return {**row, "sharding": "ddp", "dataParallelReplicas": 8, "bucketView": bucket_view, "bucketMiB": 25, **FUSED, **changes}


def tensor(model: str, degree: int, micro_batch: int, length: int, regime="B", **changes) -> dict:
    row = case("tensor-parallel-one-rank", model, regime, micro_batch, length)
    return {**row, "tensorParallel": degree, "sequenceParallel": False, **FUSED, "maxGradNorm": 0.0, **changes}


def stage(model: str, index: int, stages: int, micro_batches: int, **changes) -> dict:
    row = case("pipeline-one-stage", model, "B", 2, 512)
    return {
        **row, "stage": index, "pipelineStages": stages, "pipelineMicroBatches": micro_batches,
        "optimizer": "torch-adamw-fused", "maxGradNorm": 0.0, **changes,
    }


FULLY_SHARDED = [
    *[fsdp(name, n, 2, 1024, reduce=reduce) for name in (DEEP, GQA) for n in (2, 4, 16, 64) for reduce in ("fp32", "bf16")],
    *[fsdp(name, n, 1, 1024, **CHECKPOINTED) for name in (LLAMA, WIDE) for n in (2, 8, 32)],
    *[fsdp(name, 8, 1, 1024, cpuOffload=True, **CHECKPOINTED) for name in (LLAMA, WIDE)],
    *[fsdp(name, 2, 1, 1024, cpuOffload=True) for name in (DEEP, GQA)],
    *[fsdp(name, 8, 2, 1024, stored="bf16", reduce="bf16") for name in (DEEP, GQA)],
    *[fsdp(name, 8, 2, 1024, computeDtype="fp32") for name in (DEEP, GQA)],
    *[fsdp(name, 8, 2, 1024, reshardAfterForward=False) for name in (DEEP, GQA)],
    *[fsdp(name, 4, 2, 1024, dataParallelReplicas=2) for name in (LLAMA, GQA)],
    *[fsdp(name, 8, 2, 1024, dataParallelReplicas=8, reduce="bf16", **CHECKPOINTED) for name in (DEEP, WIDE)],
    *[fsdp(name, 8, 2, 512, gradientAccumulation=2) for name in (DEEP, GQA)],
    *[fsdp(name, 8, 2, 1024, maxGradNorm=0.0) for name in (DEEP, GQA)],
    *[fsdp(name, 8, 2, 1024, optimizer="adamw_torch", **CHECKPOINTED) for name in (LLAMA, WIDE)],
    *[fsdp(name, 8, 2, 1024, selective="matmuls") for name in (DEEP, GQA)],
    *[fsdp(name, 2, 1, 256, **FUSED) for name in (LLAMA, WIDE)],
    *[fsdp(name, 64, 1, 256, reduce="fp32") for name in (LLAMA, WIDE)],
    *[fsdp(name, 8, 2, 1024) for name in ("config/qwen3-moe", "config/olmo2", "config/gemma")],
]
REPLICATED = [
    *[ddp(name, regime, 2, 512, view) for name in (DEEP, GQA) for regime in "AB" for view in (False, True)],
    *[ddp(name, "A", 2, 512, True, bucketMiB=100) for name in (DEEP, GQA)],
    *[ddp(name, "A", 4, 1024, False, **CHECKPOINTED) for name in (DEEP, GQA)],
    *[ddp(name, "A", 2, 512, True, gradientAccumulation=2) for name in (DEEP, GQA)],
    *[ddp(name, "A", 2, 512, False, gradientAccumulation=2) for name in (DEEP, GQA)],
    *[ddp(name, "A", 2, 512, False, bucketHook="bf16") for name in (DEEP, GQA)],
    *[ddp(name, "F", 2, 512, True, staticGraph=True) for name in (DEEP, GQA)],
    *[ddp(name, "A", 2, 256, False, optimizerSharding=True) for name in (DEEP, GQA)],
    *[ddp(name, "A", 2, 256, True, optimizer="adamw_torch") for name in (QWEN, GQA)],
    ddp("openai-community/gpt2", "A", 4, 512, False),
    ddp("config/gpt2-long", "A", 4, 512, True),
]
SPLIT = [
    *[tensor(name, degree, 4, 1024) for name in (DEEP, WIDE) for degree in (2, 4, 8)],
    *[tensor(name, 4, 4, 1024, sequenceParallel=True) for name in (DEEP, WIDE)],
    *[tensor(name, 4, 4, 1024, lossParallel=True) for name in (DEEP, WIDE)],
    *[tensor(name, 4, 4, 1024, sequenceParallel=True, lossParallel=True) for name in (DEEP, GQA)],
    *[tensor(name, 4, 4, 1024, regime="F") for name in (DEEP, GQA)],
    *[tensor(name, 2, 4, 1024, **CHECKPOINTED) for name in (GQA, WIDE)],
    *[stage(name, index, 4, 8) for name in (DEEP, GQA) for index in range(4)],
    *[stage(name, 0, 4, 8, **CHECKPOINTED) for name in (DEEP, GQA)],
    *[stage(name, 0, 2, 4) for name in (DEEP, GQA)],
]
ALL = numbered("fsdp2", FULLY_SHARDED)
SECTIONS = {
    "fsdp-1": Section("sharded", ALL[::2]),
    "fsdp-2": Section("sharded", ALL[1::2]),
    "ddp": Section("sharded", numbered("ddp", REPLICATED)),
    "split": Section("sharded", numbered("split", SPLIT)),
}
