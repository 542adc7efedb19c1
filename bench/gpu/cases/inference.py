"""Evaluation and generation."""

from cases.table import Section, case, numbered

DEEP, GQA, QWEN, LLAMA = "config/llama-deep", "config/llama-gqa", "Qwen/Qwen2.5-0.5B", "meta-llama/Llama-3.2-1B"
GPT2, GPT2_LONG, BERT, MINI = (
    "openai-community/gpt2",
    "config/gpt2-long",
    "google-bert/bert-base-uncased",
    "sentence-transformers/all-MiniLM-L6-v2",
)


def evaluation(model: str, regime: str, size: int, length: int, batches: int, keeps: bool, **changes) -> dict:
    return case(
        "transformers-trainer-evaluation", model, regime, 1, length,
        **{"evalMicroBatch": size, "evalBatches": batches, "evalKeepsLogits": keeps, "trainsFirst": False, **changes},
    )


def generation(model: str, regime: str, size: int, prompt: int, new: int, **changes) -> dict:
    return case(
        "transformers-generate", model, regime, size, prompt,
        **{"newTokens": new, "beams": 1, "returnSequences": 1, "cache": "dynamic", **changes},
    )


EVALUATIONS = [
    *[evaluation(name, "P", 4, 512, 4, keeps) for name in (QWEN, GQA) for keeps in (False, True)],
    *[evaluation(name, "P", 4, 512, 4, keeps, trainsFirst=True) for name in (QWEN, GQA) for keeps in (False, True)],
    *[evaluation(name, "A", 8, 512, 2, False, trainsFirst=True) for name in (DEEP, GQA)],
    *[evaluation(name, "P", 4, 512, 6, True, evalAccumulationSteps=2) for name in (QWEN, GQA)],
    *[evaluation(name, "F", 4, 512, 3, False) for name in (DEEP, GQA)],
    *[evaluation(name, "A", 32, 256, 3, False, task="classification") for name in (BERT, MINI)],
    *[evaluation(name, "A", 16, 256, 3, True, task="mlm") for name in (BERT, MINI)],
]
GENERATIONS = [
    *[generation(name, "B", size, prompt, 32) for name in (LLAMA, GQA) for size, prompt in ((1, 2048), (16, 512), (64, 128))],
    *[generation(name, "F", 8, 512, 24) for name in (DEEP, GQA)],
    *[generation(name, "B", 4, 512, 24, beams=4) for name in (DEEP, GQA)],
    *[generation(name, "B", 4, 512, 24, returnSequences=8) for name in (DEEP, GQA)],
    *[generation(name, "B", 8, 512, 24, cache="static") for name in (DEEP, GQA)],
    *[generation(name, "B", 8, 512, 24) for name in (GPT2, GPT2_LONG)],
    generation(QWEN, "B", 32, 1024, 24),
]
SECTIONS = {
    "evaluation": Section("inference", numbered("eval", EVALUATIONS)),
    "generation": Section("inference", numbered("gen", GENERATIONS)),
}
