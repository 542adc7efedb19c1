"""
A stand-in for 4-bit and 8-bit base weights with the allocations of the real thing and none of its arithmetic.

It stores what bitsandbytes stores (packed weights and their scales) and, as that library's 4-bit product does, makes a
whole matrix in the compute dtype for each forward and each backward product and keeps only the packed form between.
The numbers in that matrix are random.
"""

import torch
from peft.tuners.lora import Linear as LoraLinear

BLOCK = 64
# Double quantisation: 8-bit scales, and one fp32 for every 256 of them.
SCALE_BLOCK = 256


class DequantizedProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, packed, shape, dtype):
        ctx.packed, ctx.shape, ctx.dtype = packed, shape, dtype
        return torch.nn.functional.linear(x, dequantized(packed, shape, dtype).to(x.dtype))

    @staticmethod
    def backward(ctx, gradient):
        return torch.matmul(gradient, dequantized(ctx.packed, ctx.shape, ctx.dtype).to(gradient.dtype)), None, None, None


def dequantized(packed: torch.Tensor, shape: tuple[int, int], dtype: torch.dtype) -> torch.Tensor:
    scales = torch.empty(shape[0] * shape[1] // BLOCK, dtype=torch.float32, device=packed.device)
    del scales
    return torch.empty(shape, dtype=dtype, device=packed.device).normal_(std=0.02)


class QuantizedLinear(torch.nn.Linear):
    """A frozen linear layer stored in `bits` bits a weight. A torch.nn.Linear, so that peft finds it."""

    def __init__(self, linear: torch.nn.Linear, bits: int, compute: torch.dtype) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.shape, self.compute, device = tuple(linear.weight.shape), compute, linear.weight.device
        count = linear.weight.numel()
        self.weight = torch.nn.Parameter(
            torch.zeros(count * bits // 8, 1, dtype=torch.uint8, device=device), requires_grad=False
        )
        self.register_buffer("scales", torch.zeros(count // BLOCK, dtype=torch.uint8, device=device))
        self.register_buffer("scales_of_scales", torch.zeros(-(-count // BLOCK // SCALE_BLOCK), device=device))
        self.bias = linear.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        cast = x.to(self.compute)
        out = DequantizedProduct.apply(cast, self.weight, self.shape, self.compute)
        out = out if self.bias is None else out + self.bias.to(out.dtype)
        return out.to(x.dtype)


class AdaptedQuantizedLinear(LoraLinear):
    """
    An adapter over a quantised layer. Unlike peft's adapter over a plain layer it copies the layer's result, and under
    autocast it leaves its input in the dtype it has.
    """

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        result = self.base_layer(x).clone()
        name = self.active_adapters[0]
        down, up = self.lora_A[name], self.lora_B[name]
        if not torch.is_autocast_enabled():
            x = x.to(down.weight.dtype)
        return result + (up(down(self.lora_dropout[name](x))) * self.scaling[name]).to(result.dtype)


def bitsandbytes_linear(linear: torch.nn.Linear, kind: str) -> torch.nn.Module:
    """The layer as transformers loads it with `load_in_4bit` (nf4, double quantisation) or `load_in_8bit`."""
    import bitsandbytes as bnb

    options = {"bias": linear.bias is not None, "device": "meta"}
    if kind == "nf4":
        layer = bnb.nn.Linear4bit(
            linear.in_features, linear.out_features, compute_dtype=torch.bfloat16, compress_statistics=True, quant_type="nf4", **options
        )
        packed = bnb.nn.Params4bit(linear.weight.data.cpu(), requires_grad=False, compress_statistics=True, quant_type="nf4", module=layer)
    else:
        layer = bnb.nn.Linear8bitLt(linear.in_features, linear.out_features, has_fp16_weights=False, threshold=6.0, **options)
        packed = bnb.nn.Int8Params(linear.weight.data.cpu(), requires_grad=False, has_fp16_weights=False)
    layer.weight = packed.to(linear.weight.device)
    layer.bias = linear.bias
    return layer


def quantize_linears(model: torch.nn.Module, kind: str, upcast_rest: bool) -> None:
    """
    Replaces every linear layer but the head. `upcast_rest`: what stays in 16 bits becomes fp32, as peft's
    prepare_model_for_kbit_training does.
    """
    model.requires_grad_(False)
    head = model.get_output_embeddings()
    emulated = {"nf4-emulated": 4, "int8-emulated": 8}.get(kind)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is torch.nn.Linear and child is not head:
                layer = QuantizedLinear(child, emulated, torch.bfloat16) if emulated else bitsandbytes_linear(child, kind)
                setattr(parent, name, layer)
    # Where peft asks which adapter fits the layers.
    model.is_loaded_in_4bit, model.is_loaded_in_8bit = kind == "nf4", kind == "int8"
    if upcast_rest:
        for parameter in model.parameters():
            if parameter.dtype in (torch.bfloat16, torch.float16):
                parameter.data = parameter.data.to(torch.float32)
