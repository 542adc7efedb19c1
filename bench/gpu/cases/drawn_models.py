"""Architectures with dimensions drawn at random, within what such models have."""

from random import Random

SEED = 20261124
KINDS = ["llama", "qwen2", "qwen3", "mistral", "gemma", "gemma2", "gemma3_text", "phi3", "olmo2", "granite", "gpt2", "gpt_neox", "mixtral"]
OF_EACH = 4
VOCABULARIES = [32000, 32064, 49152, 50257, 50304, 64000, 100352, 128256, 151936]
SHARES = [2, 2.6875, 3, 3.5, 4, 5.375]


def drawn_config(random: Random, kind: str) -> dict:
    head_dim = random.choice([64, 64, 80, 96, 128])
    heads = random.randint(6, 24) if head_dim < 128 else random.randint(6, 16)
    hidden = heads * head_dim
    layers = random.randint(4, 22)
    vocab = random.choice(VOCABULARIES)
    inner = int(hidden * random.choice(SHARES)) // 64 * 64
    if kind == "gpt2":
        return {"n_embd": hidden, "n_layer": layers, "n_head": heads, "vocab_size": vocab, "n_positions": random.choice([1024, 2048])}
    config = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocab,
    }
    if kind == "gpt_neox":
        return config
    config["num_key_value_heads"] = random.choice([count for count in range(1, heads + 1) if heads % count == 0])
    if kind not in ("phi3", "olmo2"):
        config["tie_word_embeddings"] = random.random() < 0.5
    if kind in ("qwen3", "gemma", "gemma2", "gemma3_text"):
        config["head_dim"] = head_dim
    if kind in ("gemma2", "gemma3_text"):
        config["sliding_window"] = random.choice([256, 512, 4096])
    if kind == "mixtral":
        config |= {"num_local_experts": random.choice([4, 8]), "num_experts_per_tok": 2, "num_hidden_layers": min(layers, 8)}
        config["intermediate_size"] = inner // 2 // 64 * 64
    return config


def drawn_models() -> dict:
    random = Random(SEED)
    return {
        f"drawn/{kind}-{letter}": {"type": kind, "split": "blind", "config": drawn_config(random, kind)}
        for kind in KINDS
        for letter in "abcd"[:OF_EACH]
    }


DRAWN = drawn_models()
