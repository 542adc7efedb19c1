"""Runs one training step on the meta device and records what is live after every operation."""

import contextlib
import weakref

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from tracing import scratch
from tracing.autocast import Autocast, gpu_behaviour

MIB = 2**20
GRAIN = 512
# The caching allocator does not split rests up to 1 MiB off a block. Segments of 10 MiB and more are whole multiples of
# 2 MiB, so half of their tensors keep a rest of half a MiB; of smaller tensors the last in a segment of 20 MiB may.
REST_OF_LARGE, REST_OF_MIDDLE = MIB // 4, MIB // 40
# References to a storage that nobody else holds, seen from inside a dispatch mode.
OWN_REFERENCES = 2
aten = torch.ops.aten


class Recorder(TorchDispatchMode):
    """`live` after each operation with its scratch, and `gradients`, the bytes of finished parameter gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.finished = 0
        self.recording = self.backward = False
        self.live: list[float] = []
        self.gradients: list[int] = []
        self._sizes: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def hold(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage in self._sizes:
            return
        size = -(-storage.nbytes() // GRAIN) * GRAIN
        size += REST_OF_LARGE if size >= 10 * MIB else REST_OF_MIDDLE if size >= MIB else 0
        self._sizes[storage] = size
        self.now += size
        weakref.finalize(storage, self._drop, size)

    def mark(self, extra: float = 0) -> None:
        if self.recording:
            self.live.append(self.now + extra)
            self.gradients.append(self.finished)

    def _drop(self, size: int) -> None:
        self.now -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if self.backward and func is aten.add.Tensor and adds_in_place(*args[:2]):
            self.mark()
            return args[0]
        out = func(*args, **(kwargs or {}))
        for one in out if isinstance(out, tuple | list) else (out,):
            if isinstance(one, torch.Tensor):
                self.hold(one)
        self.mark(scratch_of(func, args, out))
        return out


def adds_in_place(one, other) -> bool:
    """Autograd adds a second gradient into the first one's buffer where nobody else holds it; with a mode on it does not."""
    if not isinstance(other, torch.Tensor) or one.shape != other.shape or one.dtype != other.dtype:
        return False
    return torch._C._storage_Use_Count(one.untyped_storage()._cdata) <= OWN_REFERENCES


def scratch_of(func, args, out) -> float:
    if func is aten.convolution.default and not args[6]:
        return workspace(args[0], args[1], out, args[8], args[3], False)
    if func is aten.convolution_backward.default and not args[7]:
        gradient, x, weight = args[:3]
        for_weight = workspace(x, weight, gradient, args[9], args[4], True)
        # The input's gradient comes first, when the weight's has no buffer yet.
        for_input = workspace(x, weight, gradient, args[9], args[4], False) - weight.numel() * weight.element_size()
        return max(for_weight, for_input if out[0] is not None else 0)
    if func is aten.sum.dim_IntList and out.numel() > 0 and args[0].dim() >= 2 and out.shape[-1] == args[0].shape[-1]:
        return scratch.column_sum(args[0].numel() // out.numel(), out.numel())
    if func is aten._scaled_dot_product_flash_attention_backward.default:
        return scratch.flash_backward(args[1])
    return 0


def workspace(x, weight, y, groups: int, stride, weight_gradient: bool) -> float:
    half = x.dtype != torch.float32
    return scratch.convolution(x.shape, weight.shape, y.shape, half, groups, stride[0], weight_gradient)


def trace_step(model: torch.nn.Module, batch: int, side: int, autocast: bool) -> Recorder:
    """One step of image classification in training mode; weights are fp32, momentum and the optimizer's states not counted."""
    recorder = Recorder()
    hooks = [one.register_post_accumulate_grad_hook(lambda one: finish(recorder, one)) for one in model.parameters()]
    with torch.device("meta"), recorder, gpu_behaviour(autocast):
        for tensor in [*model.parameters(), *model.buffers()]:
            recorder.hold(tensor)
        pixels = torch.empty(batch, 3, side, side)
        labels = torch.empty(batch, dtype=torch.long)
        recorder.recording = True
        with Autocast() if autocast else contextlib.nullcontext():
            loss = F.cross_entropy(model(pixels), labels)
        recorder.mark()
        recorder.backward = True
        loss.backward()
        recorder.recording = False
    for hook in hooks:
        hook.remove()
    model.zero_grad(set_to_none=True)
    return recorder


def finish(recorder: Recorder, parameter: torch.nn.Parameter) -> None:
    recorder.finished += 4 * parameter.numel()
