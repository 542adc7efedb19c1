import { isLayerClass, layerClassOf } from '../facts/index.ts';
import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';

export const fsdpWrapsMissingLayer = defineRule({
  id: 'fsdp-wraps-missing-layer',
  severity: 'error',
  summary: "FSDP is told to wrap another model's layers",
  since: '0.1.0',
  needs: ['sharding.wrapClasses', 'model.family', 'sharding.engine'],
  messages: {
    other: 'FSDP wraps {wrapped}, and {family} is built of {layer}: no such layer is found and the run stops at start.',
  },
  sources: ['accelerate: src/accelerate/utils/dataclasses.py, set_auto_wrap_policy'],

  check({ 'sharding.wrapClasses': classes, 'model.family': family, 'sharding.engine': engine }, report) {
    if (engine.value !== 'fsdp1' && engine.value !== 'fsdp2') return;
    const layer = layerClassOf(family.value);
    // A class that no family is known by may come from code beside the config.
    const wrapped = classes.value.find((name) => name !== layer && isLayerClass(name));
    if (layer === undefined || wrapped === undefined) return;
    report({
      at: 'sharding.wrapClasses',
      message: 'other',
      data: { wrapped, family: family.value, layer },
      related: ['model.family'],
      fixes: [
        {
          title: `Wrap ${layer}, the layer of this model`,
          safety: 'changes-training',
          edits: [setField('sharding.wrapClasses', [layer])],
        },
      ],
    });
  },
});
