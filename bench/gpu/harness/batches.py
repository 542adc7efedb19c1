"""Random inputs of fixed size, as a collator would hand them over (CPU tensors, a leading batch dimension)."""

import torch


def example(case: dict, config, tiny: bool) -> dict[str, torch.Tensor]:
    """One training example. Padded cases end (or begin) with a quarter of padding."""
    task = case["task"]
    if task == "image":
        side = 32 if tiny and case["model"].startswith("tiny") else config.image_size
        return {"pixel_values": torch.randn(3, side, side), "labels": torch.tensor(1)}
    if task == "speech-seq2seq":
        frames = 2 * config.max_source_positions
        return {
            "input_features": torch.randn(config.num_mel_bins, frames),
            "labels": torch.randint(3, config.vocab_size, (16 if tiny else case["targetLength"],)),
        }
    length = 64 if tiny else case["sequenceLength"]
    ids = torch.randint(3, config.vocab_size, (length,))
    item = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if task == "classification":
        item["labels"] = torch.tensor(1)
    elif task == "seq2seq-lm":
        item["labels"] = torch.randint(3, config.vocab_size, (16 if tiny else case["targetLength"],))
    elif task != "embedding":
        item["labels"] = ids.clone()
    if case.get("padding"):
        padded = slice(-(length // 4), None) if case["padding"] == "right" else slice(0, length // 4)
        item["attention_mask"][padded] = 0
    if case.get("packed"):
        piece = length // case["packed"]
        item["position_ids"] = torch.arange(length) % piece
        del item["attention_mask"]
    return item


class Examples(torch.utils.data.Dataset):
    def __init__(self, case: dict, config, tiny: bool, size: int) -> None:
        self.items = [example(case, config, tiny) for _ in range(size)]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> dict:
        return self.items[index]


def batch(case: dict, config, tiny: bool, size: int, device: str) -> dict[str, torch.Tensor]:
    items = [example(case, config, tiny) for _ in range(size)]
    return {key: torch.stack([item[key] for item in items]).to(device) for key in items[0]}
