"""
Runs drawn at random, so that nobody chose them to suit a model of memory: architectures of dimensions that no other row
has, trained in ways that are drawn as well. Their memory was predicted before they ran.
"""

from random import Random

from cases.drawn_models import DRAWN
from cases.table import Section, numbered, trainer

SEED = 20261124
LINEARS = {"gpt2": ["c_attn", "c_proj", "c_fc"]}
PAIRS = {"gpt2": ["c_attn"], "phi3": ["qkv_proj"], "gpt_neox": ["query_key_value"]}
# Elements of the widest activations together: a run beyond them may not fit the card.
MOST_LOGITS = 8 * 2**30
MOST_TOKENS = 2**14


def drawn_case(random: Random, name: str) -> dict:
    kind, config = DRAWN[name]["type"], DRAWN[name]["config"]
    length = random.choice([128, 192, 256, 384, 512, 768, 1024, 1536, 2048])
    if "n_positions" in config:
        length = min(length, config["n_positions"])
    most = min(MOST_TOKENS, MOST_LOGITS // (4 * config["vocab_size"] * 3))
    micro_batch = random.choice([count for count in (1, 2, 3, 4, 5, 6, 8, 12, 16) if count * length <= most] or [1])
    changes = {
        "optimizer": random.choice(["adamw_torch_fused", "adamw_torch_fused", "adamw_torch", "sgd", "adafactor", "rmsprop"]),
        "gradientAccumulation": random.choice([1, 1, 2, 4]),
        "gradientCheckpointing": random.random() < 0.45,
        "maxGradNorm": random.choice([1.0, 1.0, 0.0]),
    }
    if changes["gradientCheckpointing"]:
        changes["useReentrant"] = random.choice([None, True, False])
    if random.random() < 0.15:
        changes["attention"] = "eager"
    if random.random() < 0.4:
        targets = random.choice(["all-linear", PAIRS.get(kind, ["q_proj", "v_proj"])])
        changes |= {
            "method": "lora",
            "lora": {"r": random.choice([8, 16, 64]), "target": targets, "dropout": random.choice([0.0, 0.05])},
        }
        if random.random() < 0.4 and kind != "gpt2":
            changes |= {"quantization": "nf4-emulated", "kbitPrepare": random.random() < 0.5}
    regime = random.choice("PPPAAFH" if "quantization" not in changes else "P")
    return trainer(name, regime, micro_batch, length, **changes)


random = Random(SEED)
ALL = numbered("drw", [drawn_case(random, name) for name in DRAWN for _ in range(3)])
SECTIONS = {f"drawn-{part + 1}": Section("drawn", ALL[part::6]) for part in range(6)}
