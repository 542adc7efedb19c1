import type { FieldInfo } from './field-info.ts';

/** The batch and the data it is made of. */
export const BATCH_FIELDS = {
  'batch.micro': {
    label: 'micro batch',
    unit: 'sequences',
    meaning: 'Sequences one data-parallel rank puts through the model at once',
    aliases: ['per-device batch', 'micro batch', 'local batch'],
  },
  'batch.microTokens': {
    label: 'micro batch tokens',
    unit: 'tokens',
    meaning: "Cap on tokens of one rank's micro batch, where the framework batches by tokens",
    aliases: ['max_tokens'],
  },
  'batch.pipelinePass': {
    label: 'batch of a pipeline pass',
    unit: 'sequences',
    meaning: 'What a data-parallel rank sends through its pipeline before the stages run empty, in micro batches',
    aliases: ['local batch size'],
  },
  'batch.gradientAccumulation': {
    label: 'gradient accumulation',
    unit: 'micro batches',
    meaning: 'Micro batches summed before one optimizer step',
    aliases: ['accumulation steps', 'update_freq'],
  },
  'batch.global': {
    label: 'global batch',
    unit: 'sequences',
    meaning: 'Sequences that one optimizer step averages over, all ranks together',
    aliases: ['total batch', 'effective batch'],
  },
  'batch.tokensPerStep': {
    label: 'tokens per step',
    unit: 'tokens',
    meaning: 'Tokens one optimizer step averages over',
    aliases: ['batch tokens'],
  },
  'batch.unit': { label: 'batch unit', meaning: 'What one unit of the batch is', aliases: [] },
  'batch.eval': {
    label: 'evaluation batch',
    unit: 'sequences',
    meaning: 'Sequences one rank puts through the model at once in evaluation',
    aliases: ['eval batch'],
  },
  'batch.rampUp': {
    label: 'batch ramp-up',
    meaning: 'The global batch grows during the run',
    aliases: ['batch warmup'],
  },
  'batch.unevenMicro': {
    label: 'uneven micro batches',
    meaning: "The micro batch is a cap: a rank's share of the global batch may split into unlike pieces",
    aliases: [],
  },
  'batch.roundsDown': {
    label: 'batch rounded down',
    meaning: 'What of the global batch ranks and micro batches do not divide is left out of each step',
    aliases: [],
  },
  'data.sequenceLength': {
    label: 'sequence length',
    unit: 'tokens',
    meaning: 'Length a training sequence is cut or packed to',
    aliases: ['max length', 'cutoff', 'context'],
  },
  'data.targetLength': {
    label: 'target length',
    unit: 'tokens',
    meaning: "Length of the decoder's side in an encoder-decoder",
    aliases: [],
  },
  'data.packing': { label: 'packing', meaning: 'Several documents share one sequence', aliases: ['sample packing'] },
  'data.packingIsolated': {
    label: 'packed documents kept apart',
    meaning: 'Packed documents cannot attend to each other',
    aliases: ['block-diagonal mask', 'position reset'],
  },
  'data.padToMax': {
    label: 'padding to full length',
    meaning: 'Every sequence is padded to the full length',
    aliases: ['pad_to_sequence_len'],
  },
  'data.groupByLength': {
    label: 'grouping by length',
    meaning: 'Sequences of like length share a batch',
    aliases: ['length bucketing'],
  },
  'data.examples': {
    label: 'examples',
    unit: 'examples',
    meaning: 'Training examples in the data set',
    aliases: ['dataset size'],
  },
  'data.meanTokens': {
    label: 'mean tokens per example',
    unit: 'tokens',
    meaning: 'Mean tokens of an example',
    aliases: [],
  },
  'data.tokens': { label: 'data set tokens', unit: 'tokens', meaning: 'Tokens in the data set', aliases: [] },
  'data.synthetic': {
    label: 'synthetic data',
    meaning: 'The run is fed with made-up data, to measure its speed and memory: nothing is learnt',
    aliases: ['mock data'],
  },
  'data.dropLast': { label: 'last batch dropped', meaning: 'An incomplete last batch is dropped', aliases: [] },
} as const satisfies Readonly<Record<string, FieldInfo>>;
