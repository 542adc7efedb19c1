"""A plain training loop for objectives that run more than one forward pass a step, and for steps inside backward."""

import contextlib
import copy

import torch

from harness.adapters import choose_trained_parts
from harness.batches import batch
from harness.checkpointing import checkpoint_selectively, layers_of, offload_saved
from harness.meter import Meter
from harness.models import build_model
from harness.objectives import distillation_loss, preference_loss, token_log_probabilities
from harness.optimizers import build_optimizer, step_in_backward

STEPS = 3


def measure(case: dict, device: str, tiny: bool) -> dict:
    meter = Meter()
    base = build_model(case, device, tiny)
    frozen = copy.deepcopy(base).requires_grad_(False).eval() if needs_copy(case) else None
    model = choose_trained_parts(in_float8(base, case.get("float8")), case).train()
    if case["gradientCheckpointing"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    checkpoint_selectively(model, case)
    meter.model_ready(model)
    model = compiled(model, case.get("compile"))
    inside = case.get("optimizerInBackward")
    hooks = step_in_backward(model, case["optimizer"]) if inside else []
    optimizer = None if inside else build_optimizer(case["optimizer"], model)
    for _ in range(STEPS):
        meter.mark("beforeStepBytes")
        for _ in range(case["gradientAccumulation"]):
            micro_step(case, model, frozen, meter, device, tiny)
        if optimizer is not None:
            if case["maxGradNorm"] > 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), case["maxGradNorm"])
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        meter.end_phase("optimizer")
        meter.end_step()
    for hook in hooks:
        hook.remove()
    return meter.finish()


def in_float8(model: torch.nn.Module, recipe: str | None) -> torch.nn.Module:
    """Products of all linear layers but the head in 8 bits, as torchao's recipe of that name has them."""
    if recipe is None:
        return model
    from torchao.float8 import Float8LinearConfig, convert_to_float8_training

    config = Float8LinearConfig.from_recipe_name(recipe)
    return convert_to_float8_training(model, config=config, module_filter_fn=lambda _, name: "lm_head" not in name)


def compiled(model: torch.nn.Module, what: bool | str | None) -> torch.nn.Module:
    """`layers`: each layer by itself, in place."""
    if what == "layers":
        for layer in layers_of(model):
            layer.compile()
        return model
    return torch.compile(model) if what else model


def needs_copy(case: dict) -> bool:
    return case.get("reference") == "copy" or case.get("objective") == "distillation"


def micro_step(case: dict, model, frozen, meter: Meter, device: str, tiny: bool) -> None:
    config = getattr(model, "config", None) or model._orig_mod.config
    sequences = (2 if case.get("objective") == "dpo" else 1) * case["microBatch"]
    inputs = batch(case, config, tiny, min(sequences, 2) if tiny else sequences, device)
    with autocast(case, device), offload_saved(case):
        loss = OBJECTIVES[case.get("objective", "causal")](case, model, frozen, inputs)
    meter.mark("afterForwardBytes")
    meter.end_phase("forward")
    loss.backward()
    meter.mark("afterBackwardBytes")
    meter.end_phase("backward")


def autocast(case: dict, device: str):
    if case["autocast"] is None:
        return contextlib.nullcontext()
    return torch.autocast(device, dtype={"bf16": torch.bfloat16, "fp16": torch.float16}[case["autocast"]])


def causal(case, model, frozen, inputs):
    return model(**inputs, use_cache=False).loss


def preference(case, model, frozen, inputs):
    """Direct preference optimisation: the frozen reference runs first, without a graph."""
    ids, how = inputs["input_ids"], case["logProbabilities"]
    forward = {"input_ids": ids, "attention_mask": inputs["attention_mask"], "use_cache": False}
    with torch.no_grad():
        if frozen is not None:
            reference = token_log_probabilities(frozen(**forward).logits, ids, how)
        elif case["reference"] == "adapter-off":
            with model.disable_adapter():
                reference = token_log_probabilities(model(**forward).logits, ids, how)
        else:
            reference = torch.zeros(ids.shape[0], ids.shape[1] - 1, device=ids.device)
    return preference_loss(token_log_probabilities(model(**forward).logits, ids, how), reference)


def distillation(case, model, frozen, inputs):
    forward = {"input_ids": inputs["input_ids"], "use_cache": False}
    with torch.no_grad():
        teacher = frozen(**forward).logits
    return distillation_loss(model(**forward).logits, teacher)


OBJECTIVES = {"causal": causal, "dpo": preference, "distillation": distillation}
