"""model.generate with random prompts of one length; nothing ends a sequence early."""

import torch

from harness.batches import batch
from harness.meter import Meter
from harness.models import build_model


def measure(case: dict, device: str, tiny: bool) -> dict:
    meter = Meter()
    model = build_model(case, device, tiny).eval()
    meter.model_ready(model)
    inputs = batch(case, model.config, tiny, case["microBatch"], device)
    new = 4 if tiny else case["newTokens"]
    extra = {"cache_implementation": "static", "disable_compile": True} if case["cache"] == "static" else {}
    with torch.no_grad():
        model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            min_new_tokens=new,
            max_new_tokens=new,
            do_sample=case["beams"] == 1,
            num_beams=case["beams"],
            num_return_sequences=case["returnSequences"],
            **extra,
        )
    meter.end_phase("generation")
    return meter.finish()
