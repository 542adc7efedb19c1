import { sequenceExceedsPositions } from '../../server/src/rules/sequence-exceeds-positions.ts';
import { byDefault, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(sequenceExceedsPositions, {
  quiet: [
    planOf({ 'data.sequenceLength': 4096, 'model.maxPositions': inferred(4096) }),
    planOf({ 'data.sequenceLength': byDefault(1024), 'model.maxPositions': inferred(512) }),
    planOf({ 'data.sequenceLength': 4096 }),
    // Rotary positions, stretched on purpose for all the file says.
    planOf({ 'data.sequenceLength': 16_384, 'model.maxPositions': inferred(4096), 'model.family': inferred('llama') }),
    // The example scripts of transformers cut at what the tokenizer allows.
    planOf({ 'data.sequenceLength': 1024, 'model.maxPositions': inferred(512), 'model.family': inferred('bert') }),
  ],
  fires: [
    {
      plan: planOf({
        'data.sequenceLength': 1024,
        'model.maxPositions': inferred(512, ['model.name']),
        'model.family': inferred('bert'),
        'run.objective': 'pretraining',
      }),
      message: 'noRow',
      at: 'data.sequenceLength',
      says: ['1,024', '512'],
      fixed: { 'data.sequenceLength': 512 },
    },
    {
      plan: planOf({ 'data.sequenceLength': 1024, 'model.maxPositions': 256, 'model.family': 'llama' }),
      message: 'untrained',
      at: 'data.sequenceLength',
      severity: 'warning',
    },
    {
      // Rotary weights that start anew learn the positions that they see.
      plan: planOf({
        'data.sequenceLength': 1024,
        'model.maxPositions': 256,
        'model.family': 'llama',
        'run.fromScratch': true,
      }),
      message: 'stated',
      at: 'model.maxPositions',
      severity: 'warning',
      fixed: { 'model.maxPositions': 1024 },
    },
    {
      // Pretraining trains what it sees, whether it starts anew or resumes.
      plan: planOf({
        'data.sequenceLength': 256,
        'model.maxPositions': 128,
        'run.objective': 'pretraining',
      }),
      message: 'stated',
      at: 'model.maxPositions',
      severity: 'warning',
      fixed: { 'model.maxPositions': 256 },
    },
  ],
});
