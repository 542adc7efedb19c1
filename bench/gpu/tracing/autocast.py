"""
CUDA's autocast for tensors of the meta device, which has none of its own
(pytorch: aten/src/ATen/autocast_mode.h, the lists of lower_precision_fp, fp32 and fp32_set_opt_dtype).
"""

import contextlib

import torch
import torch.nn.functional as F
import torch.utils.checkpoint
from torch.overrides import TorchFunctionMode

HALF = torch.bfloat16
LOWER = set(
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear matmul __matmul__ __rmatmul__ mm bmm addmm"
    " baddbmm addbmm einsum prelu scaled_dot_product_attention multi_head_attention_forward mv dot".split()
)
FULL = set(
    "layer_norm group_norm instance_norm cross_entropy nll_loss exp log pow __pow__ __rpow__ rsqrt reciprocal softplus"
    " logsumexp cosine_similarity interpolate cdist log1p expm1 kl_div".split()
)
# These take the dtype of their result; their input stays as it is.
FULL_RESULT = {"sum", "prod", "cumsum", "cumprod", "norm", "vector_norm", "linalg_vector_norm"}


class FusedSoftmax(torch.autograd.Function):
    """CUDA's softmax reads 16 bits and writes 32 without a copy of its input."""

    @staticmethod
    def forward(ctx, x):
        out = torch.empty_like(x, dtype=torch.float32)
        ctx.save_for_backward(out)
        ctx.dtype = x.dtype
        return out

    @staticmethod
    def backward(ctx, gradient):
        (out,) = ctx.saved_tensors
        return torch.empty_like(out, dtype=ctx.dtype)


class Region:
    """`torch.autocast` inside a model: torch has none for the meta device. Only those that switch it off matter here."""

    switched_off = 0

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None) -> None:
        # Checkpointing sets it for other devices too, as it was in forward.
        self.off = device_type == "meta" and not enabled

    def __enter__(self):
        Region.switched_off += self.off

    def __exit__(self, *_) -> None:
        Region.switched_off -= self.off


class Autocast(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.casts: dict = {}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if Region.switched_off:
            return func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name in LOWER:
            args, kwargs = self._each(self._lower, args, kwargs)
        elif name in FULL:
            args, kwargs = self._each(self._full, args, kwargs)
        elif args and is_half(args[0]) and kwargs.get("dtype") is None:
            if name in ("softmax", "log_softmax"):
                return FusedSoftmax.apply(args[0])
            if name in FULL_RESULT:
                kwargs["dtype"] = torch.float32
            elif name == "normalize":
                dim = kwargs.get("dim", args[2] if len(args) > 2 else 1)
                return args[0] / args[0].norm(2, dim, True, dtype=torch.float32).clamp_min(1e-12).expand_as(args[0])
        return func(*args, **kwargs)

    @staticmethod
    def _each(change, args, kwargs):
        return tuple(change(one) for one in args), {key: change(one) for key, one in kwargs.items()}

    def _lower(self, x):
        if not isinstance(x, torch.Tensor):
            return self._inside(self._lower, x)
        if x.dtype != torch.float32:
            return x
        if not (x.is_leaf and x.requires_grad and torch.is_grad_enabled()):
            return x.to(HALF)
        if id(x) not in self.casts:
            self.casts[id(x)] = x.to(HALF)
        return self.casts[id(x)]

    def _full(self, x):
        if isinstance(x, torch.Tensor):
            return x.float() if x.dtype == HALF else x
        return self._inside(self._full, x)

    @staticmethod
    def _inside(change, x):
        if isinstance(x, tuple | list) and any(isinstance(one, torch.Tensor) for one in x):
            return type(x)(change(one) for one in x)
        return x


def is_half(x) -> bool:
    return isinstance(x, torch.Tensor) and x.dtype == HALF


def scaled_dot_product_attention(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """Takes the kernel a GPU takes: flash for 16 bits without a mask, memory-efficient else, plain for more dimensions."""
    if torch.overrides.has_torch_function((q, k, v)):
        more = {"attn_mask": attn_mask, "dropout_p": dropout_p, "is_causal": is_causal, "scale": scale}
        return torch.overrides.handle_torch_function(scaled_dot_product_attention, (q, k, v), q, k, v, **more)
    width = q.shape[-1]
    scale = scale or width**-0.5
    aten = torch.ops.aten
    if q.dim() != 4:
        return aten._scaled_dot_product_attention_math(q, k, v, attn_mask, dropout_p, is_causal, None, scale=scale)[0]
    if is_half(q) and attn_mask is None and width <= 256:
        spare = -width % 8
        if spare:
            q, k, v = (F.pad(x, (0, spare)) for x in (q, k, v))
        out = aten._scaled_dot_product_flash_attention(q, k, v, dropout_p, is_causal, False, scale=scale)[0]
        return out[..., :width] if spare else out
    if attn_mask is not None:
        attn_mask = aligned_mask(attn_mask, q, k)
    keeps = torch.is_grad_enabled() and any(x.requires_grad for x in (q, k, v))
    out = aten._scaled_dot_product_efficient_attention(q, k, v, attn_mask, keeps, dropout_p, is_causal, scale=scale)
    return out[0]


def aligned_mask(mask, q, k):
    """Rows of a mask begin at multiples of 16 elements (pytorch: aten/src/ATen/native/transformers/attention.cpp)."""
    if mask.dtype == torch.bool:
        mask = torch.zeros_like(mask, dtype=q.dtype).masked_fill_(mask.logical_not(), -1e9)
    keys = mask.shape[-1]
    if keys % 16:
        mask = F.pad(mask, (0, 16 - keys % 16))[..., :keys]
    return mask.expand(q.shape[0], q.shape[1], q.shape[2], k.shape[2])


@contextlib.contextmanager
def gpu_behaviour(under_autocast: bool):
    """Within it functional attention runs as on a GPU, and checkpointed parts are computed anew under autocast."""
    plain = F.scaled_dot_product_attention
    states = torch.utils.checkpoint.get_device_states
    region = torch.autocast
    defaults = checkpoint_defaults()
    contexts = defaults["context_fn"]
    F.scaled_dot_product_attention = scaled_dot_product_attention
    torch.utils.checkpoint.get_device_states = lambda *_: ([], [])
    torch.autocast = torch.amp.autocast = Region
    defaults["context_fn"] = lambda: (contextlib.nullcontext(), Autocast() if under_autocast else contextlib.nullcontext())
    try:
        yield
    finally:
        F.scaled_dot_product_attention = plain
        torch.utils.checkpoint.get_device_states = states
        torch.autocast = torch.amp.autocast = region
        defaults["context_fn"] = contexts


def checkpoint_defaults() -> dict:
    function = torch.utils.checkpoint.checkpoint
    while "context_fn" not in (getattr(function, "__kwdefaults__", None) or {}):
        function = function.__wrapped__
    return function.__kwdefaults__
