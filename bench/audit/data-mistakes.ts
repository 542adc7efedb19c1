import { adding, isMethod, type Mistake, SFT, shortRun } from './plant.ts';

/** Slips in data, averages and the length of the run. */
export const DATA_MISTAKES: readonly Mistake[] = [
  {
    name: 'packing under plain attention',
    rules: ['packing-without-varlen-attention'],
    plant: adding({ 'data.packing': true, 'data.packingIsolated': false, 'model.attention': 'sdpa' }, SFT),
  },
  {
    name: 'packing on, batch as before',
    rules: ['packing-changed-without-batch'],
    plant: adding({ 'data.packing': true, 'data.meanTokens': 256, 'data.sequenceLength': 2048 }, SFT),
    head: (_recipe, fields) => ({ ...fields, 'data.packing': false }),
  },
  {
    name: 'padding',
    rules: ['padding-wastes-batch'],
    plant: adding(
      { 'data.padToMax': true, 'data.packing': false, 'data.meanTokens': 256, 'data.sequenceLength': 2048 },
      SFT,
    ),
  },
  {
    name: 'average longer than the run',
    rules: ['ema-outlasts-run'],
    plant: shortRun({ 'optimizer.emaDecay': 0.9999 }, SFT),
  },
  {
    name: 'batch × 8, average as before',
    rules: ['ema-decay-not-rescaled'],
    plant: (recipe, fields) =>
      recipe.globalBatch === undefined
        ? undefined
        : { ...fields, 'optimizer.emaDecay': 0.999, 'batch.global': recipe.globalBatch * 8 },
    head: (_recipe, fields) => ({ ...fields, 'optimizer.emaDecay': 0.999 }),
    fixes: 'optimizer.emaDecay',
  },
  {
    name: 'batch × 8, epochs as before',
    rules: ['fewer-updates-at-same-epochs'],
    plant: (recipe, fields) => (SFT(recipe) ? { ...fields, 'data.examples': 50_000, 'batch.global': 1024 } : undefined),
    head: (_recipe, fields) => ({ ...fields, 'data.examples': 50_000 }),
  },
  {
    name: 'a dozen steps in all',
    rules: ['run-too-short'],
    plant: adding({ 'data.examples': 1000, 'schedule.epochs': 1, 'batch.global': 128 }, SFT),
  },
  {
    name: 'no step at all',
    rules: ['run-has-no-steps'],
    plant: adding({ 'data.examples': 100, 'data.dropLast': true, 'batch.global': 128 }, SFT),
    fixes: 'data.dropLast',
  },
  {
    name: 'linear scaling from one image under AdamW',
    rules: ['linear-scaling-under-adam'],
    plant: adding(
      {
        'run.task': 'diffusion',
        'reference.scalingRule': 'linear',
        'reference.baseLearningRate': 1e-4,
        'reference.batch': 1,
        'batch.global': 256,
        'optimizer.name': 'adamw_torch',
      },
      SFT,
    ),
  },
  {
    name: 'LoRA at a thousand sequences',
    rules: ['lora-batch-large'],
    plant: adding({ 'batch.global': 1024 }, isMethod('lora-sft')),
  },
  {
    name: 'best model without evaluation',
    rules: ['best-model-needs-matching-cadence'],
    plant: adding(
      {
        'schedule.loadBest': true,
        'schedule.evalCadence': 'no',
        'schedule.saveCadence': 'steps',
        'schedule.saveSteps': 100,
      },
      SFT,
    ),
  },
];
