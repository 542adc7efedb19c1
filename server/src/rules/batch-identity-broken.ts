import { setField } from '../plan/index.ts';
import { nextMultiple } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { restsOnStatement } from './support/stated.ts';

export const batchIdentityBroken = defineRule({
  id: 'batch-identity-broken',
  severity: 'error',
  summary: 'Global batch is not micro batch × gradient accumulation × data-parallel ranks',
  since: '0.1.0',
  needs: ['batch.global', 'batch.micro'],
  wants: [
    'parallel.data',
    'batch.gradientAccumulation',
    'batch.unevenMicro',
    'batch.roundsDown',
    'batch.unit',
    'rollout.promptsPerStep',
    'parallel.pipeline',
    'parallel.world',
    'batch.pipelinePass',
  ],
  messages: {
    product:
      'Global batch {global} is not {micro} micro × {accumulation} accumulation × {ranks} data-parallel ranks, which is {product}.',
    ranks:
      'Global batch {global} of {micro} micro × {accumulation} accumulation asks for {ranks} data-parallel ranks, and the run has {world} GPUs.',
    micro: 'Global batch {global} is not a whole number of micro batches of {each}, whatever the number of GPUs.',
    indivisible:
      'Global batch {global} is not a whole number of {each} {kind} × {ranks} data-parallel ranks = {perStep} sequences.',
    rounded:
      'Global batch {global} over {ranks} data-parallel ranks in micro batches of {each} comes out at {product}: the rest is left out of each step.',
  },
  sources: [
    'DeepSpeed: deepspeed/runtime/config.py, _batch_assertion',
    'Megatron-LM: megatron/training/arguments.py, validate_args',
    'gpt-neox: megatron/neox_arguments/arguments.py, check_batch_parameters',
    'litgpt: litgpt/args.py, TrainArgs.gradient_accumulation_iters',
  ],

  check(fields, report, context) {
    const { 'batch.global': global, 'batch.micro': micro, 'parallel.data': ranks } = fields;
    // Prompts are grouped and split by other rules before they become a micro batch.
    if (fields['batch.unit']?.value === 'prompts' || fields['rollout.promptsPerStep'] !== undefined) return;
    if (!restsOnStatement(context.plan.values, 'batch.global')) return;
    if (micro.value <= 0 || global.value <= 0) return;

    // A pipeline takes several micro batches at a time, and runs empty between the times.
    const pass = fields['batch.pipelinePass']?.value;
    if (ranks === undefined) {
      const each = pass ?? micro.value;
      if (global.value % each === 0 || fields['batch.unevenMicro']?.value === true) return;
      if (fields['batch.roundsDown']?.value === true) return;
      const whole = nextMultiple(global.value, each);
      report({
        at: 'batch.global',
        message: 'micro',
        data: { global: global.value, each },
        fixes: [
          {
            title: `Set global batch ${whole}: ${whole / each} × ${each} sequences`,
            safety: 'changes-training',
            edits: [setField('batch.global', whole)],
          },
        ],
        related: ['batch.micro'],
      });
      return;
    }
    if (ranks.value <= 0) return;
    const world = fields['parallel.world'];
    // Ranks that only follow from the batch: every GPU is one of them, or shares one with the same number of others.
    if (ranks.origin === 'inferred' && ranks.from.includes('batch.global')) {
      const accumulation = fields['batch.gradientAccumulation']?.value ?? 1;
      if (world === undefined || world.origin === 'inferred' || world.value % ranks.value === 0) return;
      report({
        at: 'batch.global',
        message: 'ranks',
        data: { global: global.value, micro: micro.value, accumulation, ranks: ranks.value, world: world.value },
        related: ['batch.micro', 'batch.gradientAccumulation', 'parallel.world'],
      });
      return;
    }

    const perStep = (pass ?? micro.value) * ranks.value;
    // Fewer micro batches than pipeline stages would leave stages idle.
    const filled = perStep * (fields['parallel.pipeline']?.value ?? 1);
    const accumulation = fields['batch.gradientAccumulation'];
    const isDivided = accumulation === undefined || accumulation.origin === 'inferred';
    if (isDivided) {
      if (global.value % perStep === 0) return;
      const whole = nextMultiple(Math.max(global.value, filled), perStep);
      // A micro batch that only caps what a rank takes need not divide the rank's share.
      if (fields['batch.unevenMicro']?.value === true && global.value % ranks.value === 0) return;
      const product = Math.floor(Math.floor(global.value / ranks.value) / micro.value) * perStep;
      // A run that leaves some out goes on; one that is left with nothing does not start.
      const rounds = fields['batch.roundsDown']?.value === true && product > 0;
      report({
        at: 'batch.global',
        message: rounds ? 'rounded' : 'indivisible',
        severity: rounds ? 'warning' : 'error',
        data: {
          global: global.value,
          each: pass ?? micro.value,
          kind: pass === undefined ? 'micro' : 'local',
          ranks: ranks.value,
          perStep,
          product,
        },
        fixes: [
          {
            title: `Set global batch ${whole}: ${whole / perStep} × ${perStep} sequences`,
            safety: 'changes-training',
            edits: [setField('batch.global', whole)],
          },
        ],
      });
      return;
    }

    const product = perStep * accumulation.value;
    if (product === global.value) return;
    const exact = global.value / perStep;
    report({
      at: 'batch.global',
      message: 'product',
      data: {
        global: global.value,
        micro: micro.value,
        accumulation: accumulation.value,
        ranks: ranks.value,
        product,
      },
      fixes: [
        ...(Number.isInteger(exact)
          ? [
              {
                title: `Set gradient accumulation ${exact}: keeps ${global.value} sequences a step`,
                safety: 'changes-training' as const,
                edits: [setField('batch.gradientAccumulation', exact)],
              },
            ]
          : []),
        {
          title: `Set global batch ${product}: what the other three multiply to`,
          safety: 'changes-training',
          edits: [setField('batch.global', product)],
        },
      ],
      related: ['batch.micro', 'batch.gradientAccumulation', 'parallel.data'],
    });
  },
});
