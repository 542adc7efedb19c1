"""The same runs under other settings of torch's allocator: what it reserves."""

from cases.table import Section, numbered, trainer

CHECKPOINTED = {"gradientCheckpointing": True}
LORA = {"method": "lora", "lora": {"r": 16, "target": "all-linear", "dropout": 0.0}}
CASES = [
    trainer("config/llama-deep", "P", 4, 1024),
    trainer("config/llama-gqa", "P", 4, 1024),
    trainer("config/llama-deep", "A", 4, 1024, **CHECKPOINTED),
    trainer("config/llama-gqa", "A", 4, 1024, **CHECKPOINTED),
    trainer("config/llama-gqa", "F", 2, 1024),
    trainer("Qwen/Qwen2.5-0.5B", "P", 4, 1024, **CHECKPOINTED),
    trainer("Qwen/Qwen2.5-0.5B", "A", 2, 1024),
    trainer("meta-llama/Llama-3.2-1B", "P", 4, 1024, **LORA),
    trainer("config/gpt2-long", "A", 4, 1024, attention="eager"),
    trainer("openai-community/gpt2", "P", 8, 512, gradientAccumulation=2),
    trainer("config/mixtral-b", "P", 4, 512),
    trainer("google-bert/bert-base-uncased", "A", 32, 256, task="classification"),
]
SETTINGS = {
    "default": None,
    "expandable": "expandable_segments:True",
    "max-split": "max_split_size_mb:128",
}


def section(name: str, setting: str | None) -> Section:
    environment = {} if setting is None else {"PYTORCH_CUDA_ALLOC_CONF": setting}
    rows = [{**row, "allocatorSetting": setting or "default"} for row in CASES]
    return Section("allocator", numbered(f"alloc-{name}", rows), environment)


SECTIONS = {f"allocator-{name}": section(name, setting) for name, setting in SETTINGS.items()}
