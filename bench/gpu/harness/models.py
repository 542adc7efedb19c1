"""Models made from a configuration, with random weights, on the device."""

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForSpeechSeq2Seq,
)

from cases.models import MODELS

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
CLASSES = {
    "causal-lm": AutoModelForCausalLM,
    "mlm": AutoModelForMaskedLM,
    "classification": AutoModelForSequenceClassification,
    "seq2seq-lm": AutoModelForSeq2SeqLM,
    "speech-seq2seq": AutoModelForSpeechSeq2Seq,
    "image": AutoModelForImageClassification,
    "embedding": AutoModel,
}
SPECIAL_TOKENS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 0}
# What a dry run makes of every model: two layers and few tokens.
TINY_LAYERS = ("num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers", "decoder_layers", "num_decoder_layers")


def config_of(name: str, tiny: bool):
    """The transformers configuration of a row of the model table."""
    kind, values = MODELS[name]["type"], dict(MODELS[name]["config"])
    if tiny:
        layers = next((values[key] for key in TINY_LAYERS if key in values), 2)
        values.update({key: min(2, layers) for key in TINY_LAYERS if key in values})
        values.update({key: 512 for key in ("vocab_size",) if key in values})
        if isinstance(values.get("attention_types"), list):
            values["attention_types"] = [[["global", "local"], 1]]
        values.pop("layer_types", None)
    # No token ends a sequence or pads it: every id is an ordinary one.
    return AutoConfig.for_model(kind, **{**SPECIAL_TOKENS, **values})


def build_model(case: dict, device: str, tiny: bool) -> torch.nn.Module:
    """The case's model in its weights' dtype, without adapters."""
    config = config_of(case["model"], tiny)
    options = {"dtype": DTYPES[case["weightsDtype"]]}
    if case.get("attention"):
        options["attn_implementation"] = {"flex": "flex_attention"}.get(case["attention"], case["attention"])
    with torch.device(device):
        model = CLASSES[case["task"]].from_config(config, **options)
    return model.to(device)


def config_json(name: str) -> dict:
    """The model's configuration as a checkpoint's config.json states it."""
    return {"model_type": MODELS[name]["type"], **MODELS[name]["config"]}
