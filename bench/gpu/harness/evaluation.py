"""Evaluation by the Trainer, after one training step or without any. Peaks are those of the evaluation alone."""

import tempfile

from transformers import Trainer, default_data_collator

from harness.batches import Examples
from harness.meter import Meter
from harness.models import build_model
from harness.trainer import arguments, forget


def measure(case: dict, device: str, tiny: bool) -> dict:
    meter = Meter()
    model = build_model(case, device, tiny)
    meter.model_ready(model)
    with tempfile.TemporaryDirectory() as folder:
        args = arguments(case, folder, device)
        args.max_steps = 1
        args.per_device_eval_batch_size = case["evalMicroBatch"]
        args.eval_accumulation_steps = case.get("evalAccumulationSteps")
        trainer = Trainer(
            model=model,
            args=args,
            train_dataset=Examples(case, model.config, tiny, case["microBatch"]),
            eval_dataset=Examples(case, model.config, tiny, case["evalMicroBatch"] * case["evalBatches"]),
            data_collator=default_data_collator,
            compute_metrics=(lambda prediction: {"rows": len(prediction.predictions)}) if case["evalKeepsLogits"] else None,
        )
        if case["trainsFirst"]:
            trainer.train()
        meter.end_phase("training")
        training_peak, meter.peak, meter.reserved = meter.peak, 0, 0
        meter.mark("beforeEvaluationBytes")
        trainer.evaluate()
        meter.end_phase("evaluation")
    result = meter.finish()
    result["trainingPeakAllocatedBytes"] = training_peak
    forget(trainer)
    return result
