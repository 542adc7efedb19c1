"""Torch's memory counters, read at marks of a training step."""

import gc

import torch

ON_GPU = torch.cuda.is_available()


def free_unused() -> None:
    """Drops what no one holds and gives cached segments back, so that the next case finds an empty allocator."""
    gc.collect()
    if ON_GPU:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


def allocated() -> int:
    return torch.cuda.memory_allocated() if ON_GPU else 0


class Meter:
    """
    Peaks and marks of one case, in bytes.

    `peakAllocatedBytes` and the peaks by phase leave out what was allocated before the case began (the matmul
    libraries' workspaces). Marks and `peakReservedBytes` keep it in.
    """

    def __init__(self) -> None:
        free_unused()
        self.baseline = allocated()
        self.result: dict = {"outOfMemory": False, "baselineBytes": self.baseline}
        self.phases: dict[str, int] = {}
        self.steps: list[int] = []
        self.peak = 0
        self.reserved = 0
        self.step_peak = 0
        self.retries = self._retries()

    def model_ready(self, model: torch.nn.Module | None) -> None:
        """The model is on the device: counting of peaks begins here."""
        free_unused()
        self.result["weightsBytes"] = allocated() - self.baseline
        if model is not None:
            counts = [(p.numel(), p.requires_grad) for p in model.parameters()]
            self.result["params"] = sum(n for n, _ in counts)
            self.result["trainableParams"] = sum(n for n, trains in counts if trains)
        self._reset()

    def mark(self, name: str) -> None:
        """Keeps the largest value ever seen at this mark."""
        self.result[name] = max(self.result.get(name, 0), allocated())

    def end_phase(self, name: str) -> None:
        """Credits the peak since the last phase's end to `name`."""
        if not ON_GPU:
            return
        peak = torch.cuda.max_memory_allocated() - self.baseline
        self.peak = max(self.peak, peak)
        self.step_peak = max(self.step_peak, peak)
        self.reserved = max(self.reserved, torch.cuda.max_memory_reserved())
        self.phases[name] = max(self.phases.get(name, 0), peak)
        self._reset()

    def end_step(self) -> None:
        self.steps.append(self.step_peak)
        self.step_peak = 0

    def finish(self) -> dict:
        self.end_phase("after")
        self.result.update(
            peakAllocatedBytes=self.peak,
            peakReservedBytes=self.reserved,
            phasePeakBytes=self.phases,
            stepPeakBytes=self.steps,
            allocatorRetries=self._retries() - self.retries,
        )
        return self.result

    @staticmethod
    def _reset() -> None:
        if ON_GPU:
            torch.cuda.reset_peak_memory_stats()

    @staticmethod
    def _retries() -> int:
        return torch.cuda.memory_stats().get("num_alloc_retries", 0) if ON_GPU else 0


def warm_up(device: str) -> None:
    """Makes the matmul libraries take their workspaces in both threads that use them, before any case counts."""
    for dtype in (torch.float32, torch.bfloat16):
        a = torch.randn(256, 256, device=device, dtype=dtype, requires_grad=True)
        linear = torch.nn.Linear(256, 256, device=device, dtype=dtype)
        linear(a @ a).sum().backward()
    free_unused()
