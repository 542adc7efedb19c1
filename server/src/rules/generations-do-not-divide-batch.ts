import { setField } from '../plan/index.ts';
import { greatestCommonDivisor, nearestDivisor } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';
import type { Fix } from './types.ts';

export const generationsDoNotDivideBatch = defineRule({
  id: 'generations-do-not-divide-batch',
  severity: 'error',
  summary: 'A generation round does not hold whole groups of completions',
  since: '0.1.0',
  needs: ['rollout.generations', 'batch.unit'],
  wants: [
    'rollout.batch',
    'batch.micro',
    'batch.gradientAccumulation',
    'rollout.stepsPerGeneration',
    'parallel.data',
    'parallel.world',
    'rollout.engine',
    'rollout.colocated',
    'batch.eval',
    'schedule.evalCadence',
  ],
  messages: {
    round:
      'A generation round has {batch} completions, which {generations} generations per prompt do not divide: {remainder} are left over.',
    evaluation:
      'Evaluation generates {batch} completions at once, which {generations} generations per prompt do not divide: {remainder} are left over.',
  },
  sources: ['TRL: trl/trainer/grpo_config.py, __post_init__', 'TRL: trl/trainer/rloo_config.py, __post_init__'],

  check(fields, report) {
    // Frameworks that count prompts multiply by the generations themselves.
    if (fields['batch.unit'].value !== 'completions') return;
    const generations = fields['rollout.generations'].value;
    const ranks = fields['parallel.data']?.value;
    const micro = fields['batch.micro']?.value;
    const steps = (fields['rollout.stepsPerGeneration'] ?? fields['batch.gradientAccumulation'])?.value;
    if (!Number.isInteger(generations) || generations < 2) return;

    const product =
      micro === undefined || steps === undefined || ranks === undefined ? undefined : micro * steps * ranks;
    const batch = fields['rollout.batch']?.value ?? product;
    if (batch !== undefined && batch % generations !== 0 && !fitsBesideServer(batch)) {
      report({
        at: 'rollout.generations',
        message: 'round',
        data: { batch, generations, remainder: batch % generations },
        related: ['rollout.batch', 'batch.micro', 'batch.gradientAccumulation', 'parallel.data'],
        fixes: [...longerAccumulation(), ...nearestGenerations(batch, generations)],
      });
    }

    const evalMicro = fields['batch.eval']?.value;
    const evaluates = fields['schedule.evalCadence'] !== undefined && fields['schedule.evalCadence'].value !== 'no';
    if (!evaluates || evalMicro === undefined || ranks === undefined || (evalMicro * ranks) % generations === 0) return;
    report({
      at: 'batch.eval',
      message: 'evaluation',
      data: { batch: evalMicro * ranks, generations, remainder: (evalMicro * ranks) % generations },
      related: ['rollout.generations', 'parallel.data'],
    });

    /**
     * Whether the round holds whole groups where one of the GPUs is vLLM's: releases of TRL that had it on a server by
     * default are run like that, and the number of all GPUs comes from outside the file.
     */
    function fitsBesideServer(completions: number): boolean {
      const mode = fields['rollout.colocated'];
      if (fields['rollout.engine']?.value !== 'vllm' || (mode !== undefined && isStated(mode))) return false;
      if (fields['parallel.world']?.origin !== 'setting' || ranks === undefined || ranks < 2) return false;
      return ((completions / ranks) * (ranks - 1)) % generations === 0;
    }

    /** The next accumulation at which the round holds whole groups. */
    function longerAccumulation(): readonly Fix[] {
      const accumulation = fields['batch.gradientAccumulation'];
      if (micro === undefined || ranks === undefined || accumulation === undefined) return [];
      if (!Number.isInteger(micro * ranks) || micro * ranks < 1) return [];
      if (
        fields['rollout.stepsPerGeneration'] !== undefined &&
        fields['rollout.stepsPerGeneration'].origin === 'explicit'
      )
        return [];
      if (fields['rollout.batch'] !== undefined && fields['rollout.batch'].origin === 'explicit') return [];
      const unit = generations / greatestCommonDivisor(micro * ranks, generations);
      const longer = Math.ceil(accumulation.value / unit) * unit;
      const completions = longer * micro * ranks;
      return [
        {
          title: `Set gradient accumulation ${longer}: ${completions} completions, ${completions / generations} prompts a round`,
          safety: 'changes-training',
          edits: [setField('batch.gradientAccumulation', longer)],
        },
      ];
    }
  },
});

/** The group size nearest to the stated one that divides the batch. */
function nearestGenerations(batch: number, generations: number): readonly Fix[] {
  const nearest = nearestDivisor(batch, generations);
  if (nearest === undefined) return [];
  return [
    {
      title: `Set ${nearest} generations per prompt: ${batch / nearest} prompts a round`,
      safety: 'changes-training',
      edits: [setField('rollout.generations', nearest)],
    },
  ];
}
