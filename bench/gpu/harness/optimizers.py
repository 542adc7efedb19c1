"""Optimizers that the Trainer does not name, built as a user would build them."""

import torch

BUILDERS = {
    "torch-adamw-foreach": lambda ps: torch.optim.AdamW(ps, lr=1e-5, foreach=True),
    "torch-adamw-loop": lambda ps: torch.optim.AdamW(ps, lr=1e-5, foreach=False),
    "torch-adamw-fused": lambda ps: torch.optim.AdamW(ps, lr=1e-5, fused=True),
    "torch-adamw-amsgrad": lambda ps: torch.optim.AdamW(ps, lr=1e-5, amsgrad=True),
    "torch-adam": lambda ps: torch.optim.Adam(ps, lr=1e-5, weight_decay=0.01),
    "torch-nadam": lambda ps: torch.optim.NAdam(ps, lr=1e-5),
    "torch-radam": lambda ps: torch.optim.RAdam(ps, lr=1e-5),
    "torch-adamax": lambda ps: torch.optim.Adamax(ps, lr=1e-5),
    "torch-adadelta": lambda ps: torch.optim.Adadelta(ps, lr=1e-5),
    "torch-adafactor": lambda ps: torch.optim.Adafactor(ps, lr=1e-5),
    "torch-rprop": lambda ps: torch.optim.Rprop(ps, lr=1e-5),
    "torch-rmsprop-momentum": lambda ps: torch.optim.RMSprop(ps, lr=1e-5, momentum=0.9, centered=True),
    "torch-rmsprop-momentum-plain": lambda ps: torch.optim.RMSprop(ps, lr=1e-5, momentum=0.9),
    "torch-rmsprop-centred": lambda ps: torch.optim.RMSprop(ps, lr=1e-5, centered=True),
    "torch-sgd-momentum": lambda ps: torch.optim.SGD(ps, lr=1e-5, momentum=0.9),
    "torch-sgd-nesterov-decay": lambda ps: torch.optim.SGD(ps, lr=1e-5, momentum=0.9, nesterov=True, weight_decay=0.1),
    "torch-sgd-momentum-fused": lambda ps: torch.optim.SGD(ps, lr=1e-5, momentum=0.9, fused=True),
    "torch-sgd": lambda ps: torch.optim.SGD(ps, lr=1e-5),
}


def build_optimizer(name: str, model: torch.nn.Module) -> torch.optim.Optimizer | None:
    """The optimizer, or None where the Trainer builds it from its own name."""
    trained = [p for p in model.parameters() if p.requires_grad]
    if name == "torch-muon":
        return MuonWithAdamW(trained)
    builder = BUILDERS.get(name)
    return None if builder is None else builder(trained)


class MuonWithAdamW(torch.optim.Optimizer):
    """Muon for matrices and AdamW for the rest, one step for both."""

    def __init__(self, parameters: list[torch.nn.Parameter]) -> None:
        super().__init__(parameters, {"lr": 1e-5})
        self.parts = [
            torch.optim.Muon([p for p in parameters if p.ndim == 2], lr=1e-5),
            torch.optim.AdamW([p for p in parameters if p.ndim != 2], lr=1e-5),
        ]

    def step(self, closure=None):
        for part in self.parts:
            part.step()


def step_in_backward(model: torch.nn.Module, name: str) -> list:
    """One optimizer a parameter, stepped and cleared as soon as its gradient is there. Returns the hooks' handles."""
    owners = {p: BUILDERS[name]([p]) for p in model.parameters() if p.requires_grad}

    def step(parameter: torch.Tensor) -> None:
        owners[parameter].step()
        owners[parameter].zero_grad()

    return [parameter.register_post_accumulate_grad_hook(step) for parameter in owners]
