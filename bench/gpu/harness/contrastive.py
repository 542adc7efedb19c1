"""
Text pairs with in-batch negatives: sentence-transformers' own losses over a transformers encoder with mean pooling,
in a plain loop.
"""

import torch
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MultipleNegativesRankingLoss,
)

from harness.batches import batch
from harness.loop import autocast
from harness.meter import Meter
from harness.models import build_model
from harness.optimizers import build_optimizer

STEPS = 3


class MeanPooled(torch.nn.Sequential):
    """What the losses ask of a model: features in, features with `sentence_embedding` out, its parts by number."""

    def forward(self, features: dict) -> dict:
        tokens = self[0](**{key: features[key] for key in ("input_ids", "attention_mask")}).last_hidden_state
        mask = features["attention_mask"].unsqueeze(-1).expand(tokens.size()).to(tokens.dtype)
        return {**features, "sentence_embedding": (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)}


def measure(case: dict, device: str, tiny: bool) -> dict:
    meter = Meter()
    encoder = build_model(case, device, tiny).train()
    if case["gradientCheckpointing"]:
        encoder.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model = MeanPooled(encoder)
    meter.model_ready(model)
    if case["objective"] == "cached-in-batch-negatives":
        loss_of = CachedMultipleNegativesRankingLoss(model, mini_batch_size=case["miniBatch"])
    else:
        loss_of = MultipleNegativesRankingLoss(model)
    optimizer = build_optimizer(case["optimizer"], model)
    size = min(4, case["microBatch"]) if tiny else case["microBatch"]
    for _ in range(STEPS):
        meter.mark("beforeStepBytes")
        texts = [batch(case, encoder.config, tiny, size, device) for _ in range(case["textsPerRow"])]
        with autocast(case, device):
            loss = loss_of(texts, None)
            meter.mark("afterForwardBytes")
            meter.end_phase("forward")
            loss.backward()
        meter.mark("afterBackwardBytes")
        meter.end_phase("backward")
        del loss
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        meter.end_phase("optimizer")
        meter.end_step()
    return meter.finish()
