import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { allGpus, allModels, allOptimizers, countParameters, findModel } from '../../server/src/facts/index.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

describe('data files', () => {
  it.each(['models', 'vision-models', 'vision-steps', 'gpus', 'optimizers', 'layer-classes'])(
    '%s.json is what its schema says',
    (name) => {
      const validate = new Ajv2020({ allowUnionTypes: true }).compile(
        read(`schemas/data/${name}.schema.json`) as object,
      );
      const valid = validate(read(`server/data/${name}.json`));
      expect(validate.errors ?? []).toEqual([]);
      expect(valid).toBe(true);
    },
  );

  it('gives every id and name once', () => {
    for (const names of [allGpus().map((gpu) => gpu.id), allModels().map((model) => model.name)]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('has a row for every checkpoint whose positions differ from its row', () => {
    const models = read('server/data/models.json') as { positions: readonly [number, number, readonly string[]][] };
    const known = new Set(allModels().flatMap(({ name, aliases }) => [name, ...aliases]));
    for (const [positions, , names] of models.positions) {
      expect(names.filter((name) => !known.has(name))).toEqual([]);
      expect(names.map((name) => findModel(name)?.shape?.maxPositions)).toEqual(names.map(() => positions));
    }
  });

  it('has the canonical row of every optimizer', () => {
    const names = new Set(allOptimizers().map((optimizer) => optimizer.name));
    expect(allOptimizers().filter((optimizer) => !names.has(optimizer.canonical))).toEqual([]);
  });
});

describe('parameter counts of the catalogue', () => {
  const shaped = allModels().flatMap((model) => (model.shape === undefined ? [] : [{ ...model, shape: model.shape }]));
  const counted = shaped.map((model) => ({ ...model, counts: countParameters(model.shape) }));

  it('computes the total and the active count of every row', () => {
    const wrong = counted.filter(
      ({ counts, totalParameters, activeParameters }) =>
        counts?.total !== totalParameters || counts?.active !== activeParameters,
    );
    expect(wrong.map(({ name, counts }) => ({ name, total: counts?.total }))).toEqual([]);
    expect(counted.length).toBeGreaterThan(390);
  });

  it('agrees to the unit with every count published whole', () => {
    const exact = counted.filter(({ published }) => published?.exact === true);
    const wrong = exact.filter(({ counts, published }) => counts?.total !== published?.count);
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(exact).toHaveLength(296);
  });

  it('agrees within 2% with rounded counts, but for names that are no counts and a tower that is left out', () => {
    const off = counted.filter(({ counts, published }) => {
      if (counts === undefined || published === undefined) return false;
      return Math.abs(counts.total / published.count - 1) > 0.02;
    });
    expect(off.map(({ name }) => name).sort()).toEqual([
      'Qwen/Qwen3.5-2B',
      'meta-models/Muse-Glimmer-30B',
      'nvidia/Nemotron-4-15B',
      'nvidia/nemotron-3-8b-base-4k',
    ]);
  });

  it('lists as many layers as the model has, which sum up with the rest to the total', () => {
    for (const { counts } of counted) {
      if (counts === undefined) continue;
      const layers = [...counts.layers, ...counts.decoderLayers].reduce((total, layer) => total + layer.total, 0);
      const { embedding, positions, head, norms, towers, other } = counts;
      expect(layers + embedding + positions + head + norms + towers + other).toBe(counts.total);
    }
  });
});
