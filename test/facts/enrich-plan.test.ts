import { describe, expect, it } from 'vitest';
import { enrichPlan, lackingForShape, shapeOf } from '../../server/src/facts/index.ts';
import type { FieldName, PlanFields, PlanValues, Sourced, TrainingPlan } from '../../server/src/plan/index.ts';

const at = { file: 'train.yaml', start: 0, end: 1 };

function planWith(fields: Partial<PlanFields>): TrainingPlan {
  const values: Partial<Record<FieldName, Sourced<unknown>>> = {};
  for (const [field, value] of Object.entries(fields)) {
    values[field as FieldName] = { value, origin: 'explicit', at };
  }
  return { name: 'main', at, values: values as PlanValues, residents: [], partial: false, derivations: [] };
}

const valuesOf = (fields: Partial<PlanFields>) => enrichPlan(planWith(fields)).values;

describe('enrichPlan', () => {
  it('fills in the shape and the counts of a named model, and says where they are from', () => {
    const values = valuesOf({ 'model.name': 'unsloth/Meta-Llama-3.1-8B-bnb-4bit' });
    expect(values['model.hiddenSize']?.value).toBe(4096);
    expect(values['model.kvHeads']?.value).toBe(8);
    expect(values['model.family']?.value).toBe('llama');
    expect(values['model.tiedEmbeddings']?.value).toBe(false);
    expect(values['model.parameterCount']).toEqual({
      value: 8_030_261_248,
      origin: 'inferred',
      from: ['model.name'],
      how: "from the catalogue's Llama-3.1-8B",
    });
    expect(values['model.experts']).toBeUndefined();
  });

  it('leaves what the plan states, and counts the model it makes', () => {
    const values = valuesOf({ 'model.name': 'meta-llama/Llama-3.2-1B', 'model.layers': 8 });
    expect(values['model.layers']).toMatchObject({ value: 8, origin: 'explicit' });
    expect(values['model.parameterCount']?.value).toBe(1_235_814_400 - 8 * 60_821_504);
    expect(values['model.parameterCount']).toMatchObject({ how: "computed from the model's dimensions" });
  });

  it('leaves a stated parameter count alone', () => {
    const values = valuesOf({ 'model.name': 'meta-llama/Llama-3.2-1B', 'model.parameterCount': 5 });
    expect(values['model.parameterCount']).toMatchObject({ value: 5, origin: 'explicit' });
  });

  it('counts active parameters of a mixture of experts apart', () => {
    const values = valuesOf({ 'model.name': 'allenai/OLMoE-1B-7B-0924' });
    expect(values['model.parameterCount']?.value).toBe(6_919_161_856);
    expect(values['model.activeParameterCount']?.value).toBeLessThan(1_300_000_000);
    expect(values['model.experts']?.value).toBe(64);
  });

  it('counts a model of stated dimensions without a name', () => {
    const dimensions = {
      'model.family': 'llama',
      'model.hiddenSize': 4096,
      'model.intermediateSize': 14_336,
      'model.layers': 32,
      'model.heads': 32,
      'model.kvHeads': 8,
      'model.headDim': 128,
      'model.vocabSize': 128_256,
      'model.tiedEmbeddings': false,
    };
    const values = valuesOf(dimensions);
    expect(values['model.parameterCount']?.value).toBe(8_030_261_248);
    expect(values['model.maxPositions']).toBeUndefined();
    for (const field of ['model.hiddenSize', 'model.vocabSize', 'model.tiedEmbeddings'] as const) {
      const { [field]: _, ...rest } = dimensions;
      expect(valuesOf(rest)['model.parameterCount'], field).toBeUndefined();
    }
  });

  it('gives published counts of models without a shape, and of image models', () => {
    expect(valuesOf({ 'model.name': 'black-forest-labs/FLUX.1-dev' })['model.parameterCount']?.value).toBe(
      11_901_408_320,
    );
    expect(valuesOf({ 'model.name': 'resnet50' })['model.parameterCount']?.value).toBe(25_557_032);
  });

  it('changes nothing for models nobody knows', () => {
    const plan = planWith({ 'model.name': 'my-org/secret-7B' });
    expect(enrichPlan(plan)).toEqual(plan);
  });

  it('changes nothing more the second time', () => {
    const once = enrichPlan(planWith({ 'model.name': 'Qwen/Qwen3-8B' }));
    expect(enrichPlan(once)).toEqual(once);
  });
});

describe('enrichPlan of absurd dimensions', () => {
  it.each([
    { 'model.layers': 2 ** 53 - 1 },
    { 'model.hiddenSize': 2 ** 52 },
    { 'model.heads': 0 },
    { 'model.layers': 0 },
  ])('%j neither throws nor states a count that is no whole number', (fields) => {
    for (const name of ['meta-llama/Llama-3.2-1B', 'google-t5/t5-base', 'gpt2', 'Qwen/Qwen3-30B-A3B']) {
      const count = valuesOf({ 'model.name': name, ...fields })['model.parameterCount']?.value;
      expect(count === undefined || Number.isSafeInteger(count), name).toBe(true);
    }
  });
});

describe('a checkpoint stored in few bits', () => {
  const stored = (name: string, kind: 'lora' | 'none', origin: 'default' | 'explicit' = 'default') => {
    const plan = planWith({ 'model.name': name, 'adapter.kind': kind });
    const quantization = {
      value: 'none',
      ...(origin === 'default' ? { origin, cite: 'model_args.py' } : { origin, at }),
    } as const;
    return enrichPlan({ ...plan, values: { ...plan.values, 'adapter.quantization': quantization } }).values[
      'adapter.quantization'
    ]?.value;
  };

  it('stays so under an adapter, whatever the default', () => {
    expect(stored('TechxGenus/Meta-Llama-3-8B-Instruct-AWQ', 'lora')).toBe('int4');
    expect(stored('TechxGenus/Meta-Llama-3-8B-Instruct-GPTQ', 'lora')).toBe('int4');
    expect(stored('unsloth/Qwen3-8B-unsloth-bnb-4bit', 'lora')).toBe('nf4');
    expect(stored('Qwen/Qwen3-8B', 'lora')).toBe('none');
    expect(stored('unsloth/Qwen3-8B-bnb-4bit', 'none')).toBe('none');
    expect(stored('unsloth/Qwen3-8B-bnb-4bit', 'lora', 'explicit')).toBe('none');
  });
});

describe('experts over a family of dense layers', () => {
  const dense = {
    'model.family': 'gpt_neox',
    'model.hiddenSize': 768,
    'model.intermediateSize': 3072,
    'model.layers': 12,
    'model.heads': 12,
    'model.vocabSize': 50_304,
    'model.tiedEmbeddings': false,
  } as const;

  it('are not counted without their width', () => {
    expect(valuesOf(dense)['model.parameterCount']?.value).toBe(162_322_944);
    expect(valuesOf({ ...dense, 'model.experts': 8 })['model.parameterCount']).toBeUndefined();
  });
});

describe('shapeOf', () => {
  it('lets heads follow a changed width, and grows learned positions', () => {
    const shape = shapeOf(planWith({ 'model.name': 'gpt2', 'model.hiddenSize': 1536, 'model.maxPositions': 2048 }));
    expect(shape?.headDim).toBe(128);
    expect(shape?.extra['learned_positions']).toBe(2048);
  });

  it('ignores dimensions that are no whole numbers', () => {
    const shape = shapeOf(planWith({ 'model.name': 'gpt2', 'model.layers': Number.NaN, 'model.hiddenSize': -4 }));
    expect(shape?.layers).toBe(12);
    expect(shape?.hiddenSize).toBe(768);
  });

  it('reads a config.json that the plan carries, and survives broken ones', () => {
    const config = { model_type: 'gpt2', n_embd: 1024, n_layer: 24, n_head: 16, vocab_size: 50_257, n_positions: 1024 };
    expect(shapeOf(planWith({ 'model.configJson': JSON.stringify(config) }))?.hiddenSize).toBe(1024);
    for (const text of ['{', '{}', 'config.json', '', '{"model_type": 3}']) {
      expect(shapeOf(planWith({ 'model.configJson': text })), text).toBeUndefined();
    }
  });
});

describe('a default kernel that the model has no code for', () => {
  const attentionOf = (name: string, origin: 'default' | 'explicit') => {
    const plan = planWith({ 'model.name': name, 'run.task': 'causal-lm' });
    const attention = {
      value: 'sdpa',
      ...(origin === 'default' ? { origin, cite: 'modeling_utils.py' } : { origin, at }),
    };
    const values = { ...plan.values, 'model.attention': attention } as PlanValues;
    return enrichPlan({ ...plan, values }).values['model.attention'];
  };

  it.each([
    ['bigscience/bloom-560m', 'default', 'eager'],
    ['google-t5/t5-small', 'default', 'eager'],
    ['openai/gpt-oss-20b', 'default', 'eager'],
    ['Qwen/Qwen3-0.6B', 'default', 'sdpa'],
    ['somebody/unknown', 'default', 'sdpa'],
    ['bigscience/bloom-560m', 'explicit', 'sdpa'],
  ] as const)('%s, sdpa by %s: %s', (name, origin, kernel) => {
    expect(attentionOf(name, origin)?.value).toBe(kernel);
  });

  it('says why', () => {
    expect(attentionOf('bigscience/bloom-560m', 'default')).toMatchObject({
      origin: 'inferred',
      how: 'transformers has no sdpa for bloom',
    });
  });
});

describe('what a plan without a shape lacks', () => {
  const llama: Partial<PlanFields> = {
    'model.family': 'llama',
    'model.hiddenSize': 2048,
    'model.layers': 16,
    'model.heads': 16,
    'model.intermediateSize': 8192,
    'model.tiedEmbeddings': false,
    'model.headDim': 128,
  };
  const { 'model.family': family, ...dimensions } = llama;

  it.each([
    ['nothing at all', {}, ['model.name']],
    ['a name nobody knows', { 'model.name': 'somebody/unknown' }, ['model.name']],
    ['dimensions without a vocabulary', llama, ['model.vocabSize']],
    ['dimensions of no family', { ...dimensions, 'model.vocabSize': 32_000 }, ['model.family']],
    ['dimensions of a family nobody knows', { ...llama, 'model.family': 'x' }, ['model.family', 'model.vocabSize']],
    ['a family that learns positions', { ...llama, 'model.family': 'gpt2' }, ['model.vocabSize', 'model.maxPositions']],
  ] satisfies readonly [string, Partial<PlanFields>, readonly FieldName[]][])('%s', (_what, fields, lacking) => {
    const plan = planWith(fields);
    expect(shapeOf(plan)).toBeUndefined();
    expect(lackingForShape(plan)).toEqual(lacking);
  });

  it("is nothing where the dimensions are those of the family's first model", () => {
    const gpt2 = planWith({
      'model.family': 'gpt2',
      'model.hiddenSize': 768,
      'model.layers': 12,
      'model.heads': 12,
      'model.intermediateSize': 3072,
      'model.vocabSize': 50_257,
      'model.maxPositions': 1024,
      'model.tiedEmbeddings': true,
    });
    expect(shapeOf(gpt2)?.headDim).toBe(64);
  });

  it(`is nothing where ${family} has all its dimensions`, () => {
    const plan = planWith({ ...llama, 'model.vocabSize': 32_000 });
    expect(shapeOf(plan)).toBeDefined();
    expect(lackingForShape(plan)).toEqual([]);
  });
});
