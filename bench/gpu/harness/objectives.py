"""Losses beyond the model's own: split over chunks of tokens, preference pairs, and a teacher's distribution."""

import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


def chunked_causal_loss(model, inputs: dict, case: dict) -> torch.Tensor:
    """
    `loss`: `chunked-checkpointed` recomputes each chunk's logits in backward; `chunked-loss` makes all logits at once
    and upcasts chunk by chunk; `bf16-loss` takes the cross-entropy of the logits as they are.
    """
    labels = inputs["labels"]
    others = {key: value for key, value in inputs.items() if key != "labels"}
    causal = unwrapped(model)
    kind, chunks = case["loss"], case.get("lossChunks", 8)
    with torch.autocast("cuda", dtype=torch.bfloat16, enabled=case["autocast"] == "bf16" and torch.cuda.is_available()):
        hidden = causal.model(**others).last_hidden_state[:, :-1].flatten(0, 1)
        targets = labels[:, 1:].flatten()
        if kind == "bf16-loss":
            return F.cross_entropy(causal.lm_head(hidden), targets)
        if kind == "chunked-loss":
            logits = causal.lm_head(hidden).chunk(chunks)
            parts = [F.cross_entropy(l.float(), t, reduction="sum") for l, t in zip(logits, targets.chunk(chunks))]
            return sum(parts) / targets.numel()
        total = hidden.new_zeros((), dtype=torch.float32)
        for part, target in zip(hidden.chunk(chunks), targets.chunk(chunks)):
            total = total + checkpoint(chunk_loss, causal.lm_head, part, target, use_reentrant=False)
        return total / targets.numel()


def chunk_loss(head, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(head(hidden).float(), targets, reduction="sum")


def unwrapped(model):
    inner = getattr(model, "module", model)
    return inner.get_base_model() if hasattr(inner, "get_base_model") else inner


def token_log_probabilities(logits: torch.Tensor, ids: torch.Tensor, how: str) -> torch.Tensor:
    """
    Log-probability of each next token. `gather`: log_softmax of everything, then gather. `rows`: one sequence at a
    time. `logsumexp`: the token's logit less the logsumexp, one sequence at a time.
    """
    logits, ids = logits[:, :-1], ids[:, 1:].unsqueeze(-1)
    if how == "gather":
        return logits.float().log_softmax(-1).gather(-1, ids).squeeze(-1)
    if how == "rows":
        return torch.stack([row.log_softmax(-1).gather(-1, i).squeeze(-1) for row, i in zip(logits, ids)])
    taken = logits.gather(-1, ids).squeeze(-1)
    return taken - torch.stack([row.logsumexp(-1) for row in logits])


def preference_loss(policy: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """Chosen sequences are the first half of the batch, rejected ones the second."""
    margins = (policy - reference).sum(-1)
    chosen, rejected = margins.chunk(2)
    return -F.logsigmoid(0.1 * (chosen - rejected)).mean()


def distillation_loss(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    return F.kl_div(
        F.log_softmax(student.float(), -1), F.log_softmax(teacher.float(), -1), log_target=True, reduction="batchmean"
    )
