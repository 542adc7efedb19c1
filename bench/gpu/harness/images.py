"""timm image models in a plain mixed-precision loop."""

import timm
import torch

from harness.loop import autocast
from harness.meter import Meter

STEPS = 3


def measure(case: dict, device: str, tiny: bool) -> dict:
    torch.backends.cudnn.benchmark = bool(case.get("cudnnBenchmark"))
    meter = Meter()
    side = 64 if tiny else case["imageSize"]
    sized = {"img_size": side} if case.get("sizedModel") else {}
    model = timm.create_model(case["model"], pretrained=False, num_classes=1000, **sized).to(device).train()
    layout = torch.channels_last if case["channelsLast"] else torch.contiguous_format
    model = model.to(memory_format=layout)
    if case["gradientCheckpointing"]:
        model.set_grad_checkpointing(True)
    meter.model_ready(model)
    if case["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    scaler = torch.amp.GradScaler(device, enabled=case["autocast"] == "fp16")
    size = 2 if tiny else case["microBatch"]
    for _ in range(STEPS):
        meter.mark("beforeStepBytes")
        pixels = torch.randn(size, 3, side, side, device=device).contiguous(memory_format=layout)
        labels = torch.randint(0, 1000, (size,), device=device)
        with autocast(case, device):
            loss = torch.nn.functional.cross_entropy(model(pixels), labels)
        meter.mark("afterForwardBytes")
        meter.end_phase("forward")
        scaler.scale(loss).backward()
        meter.mark("afterBackwardBytes")
        meter.end_phase("backward")
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        meter.end_phase("optimizer")
        meter.end_step()
    return meter.finish()
