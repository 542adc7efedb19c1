"""The Hugging Face Trainer, three optimizer steps."""

import tempfile

import torch
from accelerate.state import AcceleratorState, GradientState, PartialState
from transformers import Trainer, TrainerCallback, TrainingArguments, default_data_collator

from harness.adapters import choose_trained_parts
from harness.batches import Examples
from harness.checkpointing import checkpoint_selectively, offload_saved
from harness.meter import Meter
from harness.models import build_model
from harness.objectives import chunked_causal_loss
from harness.optimizers import build_optimizer

STEPS = 3


def measure(case: dict, device: str, tiny: bool) -> dict:
    meter = Meter()
    model = choose_trained_parts(build_model(case, device, tiny), case)
    checkpoint_selectively(model, case)
    meter.model_ready(model)
    size = case["microBatch"] * case["gradientAccumulation"] * STEPS
    with tempfile.TemporaryDirectory() as folder:
        trainer = MeasuredTrainer(
            meter=meter,
            case=case,
            model=model,
            args=arguments(case, folder, device),
            train_dataset=Examples(case, model.config, tiny, size if not tiny else min(size, 6)),
            data_collator=default_data_collator,
            optimizers=(build_optimizer(case["optimizer"], model), None),
            callbacks=[StepMarks(meter)],
        )
        with offload_saved(case):
            trainer.train()
    result = meter.finish()
    forget(trainer)
    return result


def forget(trainer: Trainer) -> None:
    """Clears what accelerate keeps for the whole process, so that the next case may choose another precision."""
    trainer.accelerator.free_memory()
    AcceleratorState._reset_state(reset_partial_state=True)
    PartialState._reset_state()
    GradientState._reset_state()


class MeasuredTrainer(Trainer):
    def __init__(self, *, meter: Meter, case: dict, **rest) -> None:
        super().__init__(**rest)
        self.meter, self.case = meter, case

    def compute_loss(self, model, inputs, return_outputs=False, **rest):
        if self.case.get("loss", "plain") == "plain":
            loss = super().compute_loss(model, inputs, return_outputs, **rest)
        else:
            loss = chunked_causal_loss(model, inputs, self.case)
        self.meter.mark("afterForwardBytes")
        self.meter.end_phase("forward")
        return loss

    def training_step(self, *args, **rest):
        loss = super().training_step(*args, **rest)
        self.meter.mark("afterBackwardBytes")
        self.meter.end_phase("backward")
        return loss


class StepMarks(TrainerCallback):
    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def on_step_begin(self, *_, **__) -> None:
        self.meter.mark("beforeStepBytes")

    def on_step_end(self, *_, **__) -> None:
        self.meter.end_phase("optimizer")
        self.meter.end_step()


def arguments(case: dict, folder: str, device: str) -> TrainingArguments:
    checkpoint_kwargs = dict(case.get("checkpointKwargs") or {})
    if case.get("useReentrant") is not None:
        checkpoint_kwargs["use_reentrant"] = case["useReentrant"]
    own = case["optimizer"].startswith("torch-")
    return TrainingArguments(
        output_dir=folder,
        max_steps=STEPS,
        per_device_train_batch_size=case["microBatch"],
        gradient_accumulation_steps=case["gradientAccumulation"],
        bf16=case["autocast"] == "bf16",
        fp16=case["autocast"] == "fp16",
        optim="sgd" if own else case["optimizer"],
        learning_rate=1e-5,
        max_grad_norm=case["maxGradNorm"],
        label_smoothing_factor=case["labelSmoothing"],
        gradient_checkpointing=case["gradientCheckpointing"],
        gradient_checkpointing_kwargs=checkpoint_kwargs or None,
        logging_strategy="no",
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        use_cpu=device == "cpu",
        torch_compile=bool(case.get("compile")),
        use_liger_kernel=bool(case.get("liger")),
    )
