"""Encoders, encoder-decoders, speech and vision models of transformers in the Trainer."""

from cases.models import ENCODERS
from cases.table import Section, numbered, trainer

CHECKPOINTED = {"gradientCheckpointing": True}
SEQ2SEQ = {"task": "seq2seq-lm", "targetLength": 128}
TEXT = [name for name in ENCODERS if ENCODERS[name]["type"] not in ("t5", "mt5", "bart", "whisper")]
PAIRS = [name for name in ENCODERS if ENCODERS[name]["type"] in ("t5", "mt5", "bart")]


def speech(name: str, size: int, regime: str, **changes) -> dict:
    return trainer(name, regime, size, 1500, task="speech-seq2seq", targetLength=128, **changes)


def image(name: str, size: int, regime: str, **changes) -> dict:
    return trainer(name, regime, size, 0, task="image", imageSize=224, sequenceLength=None, **changes)


CASES = [
    *[trainer(name, "A", 16, 256, task="classification") for name in TEXT],
    *[trainer(name, "A", 8, 256, task="mlm") for name in TEXT if "electra" not in name],
    *[trainer(name, "F", 8, 256, task="classification") for name in TEXT],
    *[trainer(name, "A", 16, 256, task="classification", padding="right") for name in TEXT],
    *[trainer(name, "A", 16, 256, task="classification", **CHECKPOINTED) for name in TEXT],
    *[trainer(name, regime, 8, 256, **SEQ2SEQ) for name in PAIRS for regime in "AFP"],
    *[trainer(name, "A", 8, 256, **SEQ2SEQ, **CHECKPOINTED) for name in PAIRS],
    *[speech(name, 4, regime) for name in ("openai/whisper-tiny", "openai/whisper-small") for regime in "AF"],
    *[speech(name, 4, "A", **CHECKPOINTED) for name in ("openai/whisper-tiny", "openai/whisper-small")],
    *[image(name, 32, "A") for name in ("facebook/dinov2-small", "facebook/dinov2-base", "microsoft/swin-tiny-patch4-window7-224", "microsoft/beit-base-patch16-224", "google/vit-large-patch16-224")],
    *[image(name, 16, "F") for name in ("facebook/dinov2-small", "facebook/dinov2-base", "google/vit-large-patch16-224")],
    *[image(name, 64, "A", **CHECKPOINTED) for name in ("facebook/dinov2-small", "facebook/dinov2-base", "google/vit-large-patch16-224")],
    trainer("answerdotai/ModernBERT-base", "A", 8, 1024, task="mlm"),
    trainer("answerdotai/ModernBERT-large", "A", 4, 1024, task="mlm"),
]
ALL = numbered("enc", CASES)
SECTIONS = {f"encoders-{part + 1}": Section("encoders", ALL[part::2]) for part in range(2)}
