"""
One rank of a larger run, under torch's fake process group: every buffer that the rank allocates is there, no bytes
move, and a communication library's own buffers are not in the figures.
"""

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import CPUOffloadPolicy, MixedPrecisionPolicy, OffloadPolicy, fully_shard
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    PrepareModuleInput,
    RowwiseParallel,
    SequenceParallel,
    loss_parallel,
    parallelize_module,
)
from torch.nn.parallel import DistributedDataParallel
from torch.testing._internal.distributed.fake_pg import FakeStore

from harness.batches import batch
from harness.checkpointing import checkpoint_selectively, layers_of
from harness.loop import autocast
from harness.meter import Meter
from harness.models import DTYPES, build_model

STEPS = 3


def measure(case: dict, device: str, tiny: bool) -> dict:
    shards, replicas = case.get("dataParallelShards", 1), case.get("dataParallelReplicas", 1)
    tensor = case.get("tensorParallel", 1)
    dist.init_process_group("fake", rank=0, world_size=shards * replicas * tensor, store=FakeStore())
    try:
        return measure_rank(case, device, tiny, replicas, shards, tensor)
    finally:
        dist.destroy_process_group()


def measure_rank(case: dict, device: str, tiny: bool, replicas: int, shards: int, tensor: int) -> dict:
    meter = Meter()
    mesh = init_device_mesh(device, (replicas, shards, tensor), mesh_dim_names=("replicas", "shards", "tensor"))
    model = build_model(case, device, tiny).train()
    count = sum(p.numel() for p in model.parameters())
    if tensor > 1:
        split_layers(model, mesh["tensor"], case)
    if case["gradientCheckpointing"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    checkpoint_selectively(model, case)
    if case.get("sharding") == "fsdp2":
        shard(model, case, mesh["replicas", "shards"] if replicas > 1 else mesh["shards"])
        if case.get("cpuOffload"):
            model.to("cpu")
    model = replicate(model, case) if case.get("sharding") == "ddp" else model
    meter.model_ready(None)
    meter.result["params"] = count
    optimizers = build(case, model)
    for _ in range(STEPS):
        meter.mark("beforeStepBytes")
        for micro in range(case["gradientAccumulation"]):
            synchronises = micro == case["gradientAccumulation"] - 1
            micro_step(case, model, meter, device, tiny, synchronises)
        if case["maxGradNorm"] > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), case["maxGradNorm"])
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        meter.end_phase("optimizer")
        meter.end_step()
    return meter.finish()


def micro_step(case: dict, model, meter: Meter, device: str, tiny: bool, synchronises: bool) -> None:
    config = getattr(model, "module", model).config
    inputs = batch(case, config, tiny, case["microBatch"], device)
    if case.get("sequenceParallel"):
        # Between layers the hidden states are split by sequence, so their length says nothing about positions.
        inputs["position_ids"] = torch.arange(inputs["input_ids"].shape[1], device=device).unsqueeze(0)
        del inputs["attention_mask"]
    if not synchronises and case.get("sharding") == "fsdp2":
        model.set_requires_gradient_sync(False)
    elif case.get("sharding") == "fsdp2":
        model.set_requires_gradient_sync(True)
    elif case.get("sharding") == "ddp":
        model.require_backward_grad_sync = synchronises
    if case.get("lossParallel"):
        return parallel_loss_step(model, inputs, meter)
    with autocast(case, device):
        loss = model(**inputs, use_cache=False).loss
    meter.mark("afterForwardBytes")
    meter.end_phase("forward")
    loss.backward()
    meter.mark("afterBackwardBytes")
    meter.end_phase("backward")


def parallel_loss_step(model, inputs: dict, meter: Meter) -> None:
    """Cross-entropy over logits that stay split by vocabulary."""
    labels = inputs.pop("labels")
    logits = model(**inputs, use_cache=False).logits
    with loss_parallel():
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        meter.mark("afterForwardBytes")
        meter.end_phase("forward")
        loss.backward()
    meter.mark("afterBackwardBytes")
    meter.end_phase("backward")


def shard(model, case: dict, mesh) -> None:
    mixed = MixedPrecisionPolicy(
        param_dtype=DTYPES[case["computeDtype"]], reduce_dtype=DTYPES[case["reduceDtype"]]
    )
    offload = CPUOffloadPolicy(pin_memory=torch.cuda.is_available()) if case.get("cpuOffload") else OffloadPolicy()
    options = {"mesh": mesh, "mp_policy": mixed, "offload_policy": offload}
    for layer in layers_of(model):
        fully_shard(layer, reshard_after_forward=case["reshardAfterForward"], **options)
    fully_shard(model, reshard_after_forward=case["reshardAfterForward"], **options)


def replicate(model, case: dict):
    wrapped = DistributedDataParallel(
        model,
        bucket_cap_mb=case["bucketMiB"],
        gradient_as_bucket_view=case["bucketView"],
        static_graph=case.get("staticGraph", False),
    )
    # The fake group returns no result; an all-reduce would return the bucket itself, reduced in place.
    hook = halved_bucket if case.get("bucketHook") == "bf16" else whole_bucket
    wrapped.register_comm_hook(None, hook)
    return wrapped


def whole_bucket(_, bucket) -> torch.futures.Future[torch.Tensor]:
    return done(bucket.buffer().div_(1))


def halved_bucket(_, bucket) -> torch.futures.Future[torch.Tensor]:
    """The bucket travels in 16 bits and is copied back, as torch's bf16 compression hook does."""
    whole = bucket.buffer()
    whole.copy_(whole.to(torch.bfloat16))
    return done(whole)


def done(value: torch.Tensor) -> torch.futures.Future[torch.Tensor]:
    future = torch.futures.Future(devices=[value.device] if value.is_cuda else None)
    future.set_result(value)
    return future


def build(case: dict, model) -> list[torch.optim.Optimizer]:
    """One optimizer for split parameters and one for whole ones: torch's fused step takes no mixture."""
    options = {"lr": 1e-5, "fused": True if case["optimizer"] == "adamw_torch_fused" else None}
    if case.get("optimizerSharding"):
        return [ZeroRedundancyOptimizer(model.parameters(), torch.optim.AdamW, **options)]
    split = [p for p in model.parameters() if isinstance(p, DTensor)]
    whole = [p for p in model.parameters() if not isinstance(p, DTensor)]
    return [torch.optim.AdamW(part, **options) for part in (split, whole) if part]


def split_layers(model, mesh, case: dict) -> None:
    """The usual plan of a Llama layer: columns for the first products, rows for the last; optionally by sequence between."""
    sequence = case.get("sequenceParallel", False)
    between = Shard(1) if sequence else Replicate()
    output = Shard(-1) if case.get("lossParallel") else Replicate()
    outer = {
        "model.embed_tokens": RowwiseParallel(input_layouts=Replicate(), output_layouts=between),
        "lm_head": ColwiseParallel(
            input_layouts=between, output_layouts=output, use_local_output=not case.get("lossParallel")
        ),
    }
    if sequence:
        outer["model.norm"] = SequenceParallel()
    parallelize_module(model, mesh, outer)
    inner = {
        "self_attn.q_proj": ColwiseParallel(),
        "self_attn.k_proj": ColwiseParallel(),
        "self_attn.v_proj": ColwiseParallel(),
        "self_attn.o_proj": RowwiseParallel(output_layouts=between),
        "mlp.gate_proj": ColwiseParallel(),
        "mlp.up_proj": ColwiseParallel(),
        "mlp.down_proj": RowwiseParallel(output_layouts=between),
    }
    if sequence:
        inner |= {
            "input_layernorm": SequenceParallel(),
            "post_attention_layernorm": SequenceParallel(),
            "self_attn": PrepareModuleInput(
                input_kwarg_layouts={"hidden_states": Shard(1)}, desired_input_kwarg_layouts={"hidden_states": Replicate()}
            ),
            "mlp": PrepareModuleInput(input_layouts=(Shard(1),), desired_input_layouts=(Replicate(),)),
        }
    for layer in model.model.layers:
        parallelize_module(layer, mesh, inner)
