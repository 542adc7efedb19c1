import { findOptimizer } from '../facts/index.ts';
import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** bitsandbytes optimizers keep their own state layout, which sharded tensors and host copies break. */
const BITSANDBYTES: ReadonlySet<string> = new Set([
  'adamw_bnb_8bit',
  'paged_adamw_8bit',
  'lion_8bit',
  'paged_lion_8bit',
]);

export const eightBitOptimizerWithFsdp = defineRule({
  id: 'eight-bit-optimizer-with-fsdp',
  severity: 'warning',
  summary: 'A bitsandbytes 8-bit optimizer under FSDP that cannot shard it',
  since: '0.1.0',
  needs: ['optimizer.name', 'sharding.engine'],
  wants: ['sharding.offloadParameters'],
  messages: {
    sharded: '{optimizer} keeps 8-bit states of its own layout, which FSDP2 cannot split: the first step fails.',
    offloaded:
      '{optimizer} keeps 8-bit states on the GPU, and FSDP offload moves the weights to the CPU: the first step fails.',
  },
  sources: [
    'axolotl: src/axolotl/utils/schemas/validation.py, check_fsdp2_w_8bit_optimizer and check_fsdp_offload_w_8bit_optimizer',
  ],

  check(fields, report) {
    const optimizer = fields['optimizer.name'];
    const engine = fields['sharding.engine'].value;
    const canonical = findOptimizer(optimizer.value)?.canonical;
    if (canonical === undefined || !BITSANDBYTES.has(canonical) || !isStated(optimizer)) return;
    const offloads = fields['sharding.offloadParameters']?.value === 'cpu';
    if (engine !== 'fsdp2' && !(engine === 'fsdp1' && offloads)) return;
    const isAdam = canonical.includes('adamw');
    report({
      at: 'optimizer.name',
      message: engine === 'fsdp2' ? 'sharded' : 'offloaded',
      data: { optimizer: optimizer.value },
      related: ['sharding.engine', 'sharding.offloadParameters'],
      fixes: isAdam
        ? [
            {
              title: "Use torchao's 8-bit AdamW, which shards",
              safety: 'changes-training',
              edits: [setField('optimizer.name', 'adamw_torch_8bit')],
            },
          ]
        : [],
    });
  },
});
