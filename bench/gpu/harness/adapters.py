"""What trains: adapters, frozen parts, and quantised base weights."""

import re

import torch
from peft import (
    AdaLoraConfig,
    FourierFTConfig,
    HRAConfig,
    IA3Config,
    LNTuningConfig,
    LoHaConfig,
    LoKrConfig,
    LoraConfig,
    MissConfig,
    OFTConfig,
    PrefixTuningConfig,
    PromptEncoderConfig,
    PromptTuningConfig,
    VeraConfig,
    get_peft_model,
)

from harness.quantized import AdaptedQuantizedLinear, QuantizedLinear, quantize_linears


def choose_trained_parts(model: torch.nn.Module, case: dict) -> torch.nn.Module:
    """Freezes and wraps the model as the case says."""
    if case.get("quantization"):
        quantize_linears(model, case["quantization"], upcast_rest=bool(case.get("kbitPrepare")))
    freeze = case.get("freeze")
    if freeze:
        freeze_parts(model, freeze)
    if case.get("trained"):
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(any(re.search(pattern, name) for pattern in case["trained"]))
    if case["method"] in ("full", "freeze"):
        return model
    model = get_peft_model(model, adapter_config(case), autocast_adapter_dtype=case.get("adapterDtype") != "weights")
    if case["gradientCheckpointing"]:
        model.enable_input_require_grads()
    return model


def freeze_parts(model: torch.nn.Module, freeze: str) -> None:
    """`embeddings`: input and output embeddings; `all-but-last-N`: all but the last N layers and the head."""
    if freeze == "embeddings":
        model.get_input_embeddings().requires_grad_(False)
        if model.get_output_embeddings() is not None:
            model.get_output_embeddings().requires_grad_(False)
        return
    if freeze == "all-but-biases":
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name.endswith("bias"))
        return
    kept = int(freeze.removeprefix("all-but-last-"))
    model.requires_grad_(False)
    for layer in model.base_model.layers[-kept:]:
        layer.requires_grad_(True)


DECOMPOSITIONS = {"loha": LoHaConfig, "lokr": LoKrConfig, "hra": HRAConfig, "miss": MissConfig}
LAYER_NORMS = ["input_layernorm", "post_attention_layernorm", "norm"]


def adapter_config(case: dict):
    """The peft configuration. `lora` holds its fields in the row's own names."""
    task = {"causal-lm": "CAUSAL_LM", "seq2seq-lm": "SEQ_2_SEQ_LM", "classification": "SEQ_CLS"}.get(case["task"])
    fields, method = case["lora"] or {}, case["method"]
    target = fields.get("target")
    if method == "lora":
        config = LoraConfig(
            task_type=task,
            r=fields["r"],
            lora_alpha=2 * fields["r"],
            lora_dropout=fields["dropout"],
            target_modules=target,
            use_dora=fields.get("dora", False),
            use_rslora=fields.get("rslora", False),
            bias=fields.get("bias", "none"),
            modules_to_save=fields.get("modulesToSave"),
            target_parameters=fields.get("targetParameters"),
            layers_to_transform=fields.get("layers"),
        )
        config._register_custom_module({QuantizedLinear: AdaptedQuantizedLinear})
        return config
    if method == "adalora":
        return AdaLoraConfig(task_type=task, init_r=fields["r"], target_r=fields["r"] // 2, target_modules=target, total_step=100)
    if method == "vera":
        return VeraConfig(task_type=task, r=fields["r"], target_modules=target)
    if method == "ia3":
        return IA3Config(task_type=task, target_modules=target, feedforward_modules=fields["feedforward"])
    if method == "oft":
        return OFTConfig(task_type=task, r=0, oft_block_size=fields["blockSize"], target_modules=target)
    if method in DECOMPOSITIONS:
        return DECOMPOSITIONS[method](task_type=task, r=fields["r"], target_modules=target)
    if method == "fourierft":
        return FourierFTConfig(task_type=task, n_frequency=fields["frequencies"], target_modules=target)
    if method == "ln-tuning":
        return LNTuningConfig(task_type=task, target_modules=LAYER_NORMS)
    if method == "p-tuning":
        return PromptEncoderConfig(
            task_type=task, num_virtual_tokens=fields["virtualTokens"], encoder_hidden_size=fields["width"]
        )
    if method == "prompt":
        return PromptTuningConfig(task_type=task, num_virtual_tokens=fields["virtualTokens"])
    if method == "prefix":
        return PrefixTuningConfig(task_type=task, num_virtual_tokens=fields["virtualTokens"])
    raise ValueError(f"unknown method {method}")
