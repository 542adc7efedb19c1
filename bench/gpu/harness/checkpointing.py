"""Ways of keeping fewer activations that the Trainer has no switch for."""

import contextlib
import functools

import torch
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper
from torch.utils.checkpoint import CheckpointPolicy, create_selective_checkpoint_contexts

aten = torch.ops.aten
MATMULS = {aten.mm.default, aten.addmm.default, aten.bmm.default}
ATTENTIONS = {
    aten._scaled_dot_product_efficient_attention.default,
    aten._scaled_dot_product_flash_attention.default,
    aten._scaled_dot_product_cudnn_attention.default,
}


def layers_of(model: torch.nn.Module):
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    inner = base.model if hasattr(base, "model") else base.transformer
    return inner.layers if hasattr(inner, "layers") else inner.h


def checkpoint_selectively(model: torch.nn.Module, case: dict) -> None:
    """
    `selective`: `matmuls` saves every matrix product and attention and recomputes the rest; `every-second-matmul`
    saves every second product; `attention` saves attention's output alone; `every-second-layer` checkpoints half of
    the layers whole.
    """
    kind = case.get("selective")
    if kind is None:
        return
    layers = layers_of(model)
    for index in range(len(layers)):
        if kind == "every-second-layer":
            if index % 2 == 0:
                layers[index] = checkpoint_wrapper(layers[index])
        else:
            layers[index] = checkpoint_wrapper(
                layers[index], context_fn=functools.partial(contexts, kind), preserve_rng_state=False
            )


def contexts(kind: str):
    """A policy that counts from nought for each pass through a layer."""
    return create_selective_checkpoint_contexts(policy(kind))


def policy(kind: str):
    counts = {True: 0, False: 0}

    def decide(context, operation, *_, **__):
        saves = operation in ATTENTIONS
        if operation in MATMULS and kind != "attention":
            counts[context.is_recompute] += 1
            saves = kind == "matmuls" or counts[context.is_recompute] % 2 == 1
        return CheckpointPolicy.MUST_SAVE if saves else CheckpointPolicy.PREFER_RECOMPUTE

    return decide


def offload_saved(case: dict):
    """Everything that backward needs waits in pinned host memory."""
    if not case.get("activationOffload"):
        return contextlib.nullcontext()
    return torch.autograd.graph.save_on_cpu(pin_memory=torch.cuda.is_available())
