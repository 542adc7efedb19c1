"""
One stage of a pipeline in the one-forward-one-backward order, alone on the device: as many forward passes as there
are stages after it wait for their backward. What arrives and leaves are random tensors of the right size.
"""

import torch

from harness.batches import batch
from harness.meter import Meter
from harness.models import build_model
from harness.optimizers import build_optimizer

STEPS = 3


def measure(case: dict, device: str, tiny: bool) -> dict:
    meter = Meter()
    model = build_model(case, device, tiny).train()
    stage, stages = case["stage"], case["pipelineStages"]
    first, last = stage == 0, stage == stages - 1
    keep_stage(model, stage, stages)
    if case["gradientCheckpointing"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    meter.model_ready(model)
    optimizer = build_optimizer(case["optimizer"], model)
    for _ in range(STEPS):
        meter.mark("beforeStepBytes")
        run_schedule(case, model, meter, device, tiny, waiting=stages - stage, first=first, last=last)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        meter.end_phase("optimizer")
        meter.end_step()
    return meter.finish()


def keep_stage(model, stage: int, stages: int) -> None:
    """Drops the layers and ends that other stages hold."""
    layers = model.model.layers
    share = max(1, len(layers) // stages)
    model.model.layers = layers[stage * share : (stage + 1) * share] if len(layers) >= stages else layers[:share]
    if stage > 0:
        model.model.embed_tokens = None
    if stage < stages - 1:
        model.lm_head = model.model.norm = torch.nn.Identity()


def run_schedule(case: dict, model, meter: Meter, device: str, tiny: bool, *, waiting: int, first: bool, last: bool) -> None:
    in_flight: list = []
    for _ in range(case["pipelineMicroBatches"]):
        in_flight.append(forward(case, model, device, tiny, first=first, last=last))
        meter.mark("afterForwardBytes")
        meter.end_phase("forward")
        if len(in_flight) >= waiting:
            backward(in_flight.pop(0), last)
            meter.end_phase("backward")
    while in_flight:
        backward(in_flight.pop(0), last)
        meter.end_phase("backward")


def forward(case: dict, model, device: str, tiny: bool, *, first: bool, last: bool):
    inputs = batch(case, model.config, tiny, case["microBatch"], device)
    shape = (*inputs["input_ids"].shape, model.config.hidden_size)
    dtype = next(model.parameters()).dtype
    arrived = None if first else torch.randn(shape, device=device, dtype=dtype, requires_grad=True)
    source = {"input_ids": inputs["input_ids"]} if first else {"inputs_embeds": arrived}
    if last:
        return arrived, model(**source, labels=inputs["labels"], use_cache=False).loss
    return arrived, model.model(**source, use_cache=False).last_hidden_state


def backward(passed, last: bool) -> None:
    _, output = passed
    output.backward(None if last else torch.randn_like(output))
