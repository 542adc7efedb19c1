import { describe, expect, it } from 'vitest';
import steps from '../../server/data/vision-steps.json' with { type: 'json' };
import { findVisionModel, findVisionStep } from '../../server/src/facts/index.ts';

const names = steps.rows.map(([name]) => String(name));

describe('steps of image models', () => {
  it.each([
    ['resnet50', 25_557_032],
    ['vit_base_patch16_224', 86_567_656],
    ['efficientnet_b0', 5_288_548],
    ['densenet121', 7_978_856],
    ['convnext_tiny', 28_589_128],
    ['mobilenetv3_large_100', 5_483_032],
  ])('%s has its weights to the unit', (name, parameters) => {
    expect(findVisionStep(name)?.parameters).toBe(parameters);
  });

  it('every traced model stands in the catalogue, but for a larger head with no more weights than in training', () => {
    const wrong = names.filter((name) => {
      const published = findVisionModel(name)?.parameters;
      return published === undefined || published > 1.08 * (findVisionStep(name)?.parameters ?? 0);
    });
    // Published with the 11 to 22 thousand classes of their pretraining.
    expect(
      wrong.filter(
        (name) => !/^(?:focalnet_x?large|tiny_vit|vit_base_patch16_224_miil|vit_medium|mvitv2_base_cls)/.test(name),
      ),
    ).toEqual([]);
  });

  it('the catalogue counts a traced model as its step does, wherever it counts to the unit', () => {
    const wrong = names.filter((name) => {
      const published = findVisionModel(name);
      return published?.parametersExact === true && published.parameters !== findVisionStep(name)?.parameters;
    });
    expect(wrong).toEqual([]);
  });

  it('full precision keeps up to twice what autocast does, less only where norms are cast to 32 bits', () => {
    const wrong = names.filter((name) => {
      const step = findVisionStep(name);
      const growth = (step?.full[0]?.imageBytes ?? 0) / (step?.autocast[0]?.imageBytes ?? 0);
      return growth > 2.1 || (growth < 1 && !/_gn$|_bit$/.test(name));
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['swin_t', 'swin_tiny_patch4_window7_224', true],
    ['mobilenet_v2', 'mobilenetv2_100', true],
    ['sequencer2d_s', 'sequencer2d_s', undefined],
  ])('%s is reckoned as %s', (name, step, own) => {
    expect(findVisionStep(name)?.own).toBe(own);
    if (own !== undefined) expect(findVisionStep(name)?.name).toBe(step);
  });

  it('nothing is known of a name that no library has', () => {
    expect(findVisionStep('my_own_network')).toBeUndefined();
  });
});
