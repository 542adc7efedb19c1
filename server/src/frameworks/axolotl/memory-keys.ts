import type { Checkpointing, LossKernel } from '../../plan/index.ts';
import { byDefault, key, oneOf } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const CONFIG = 'axolotl: src/axolotl/utils/schemas/config.py';

export const LIGER_PLUGIN = 'axolotl.integrations.liger.LigerPlugin';
export const CUT_CROSS_ENTROPY_PLUGIN = 'axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin';

/** Whether a plugin is listed; its keys count only then. */
export function usesPlugin(around: Around, plugin: string): boolean {
  const plugins = around.get('plugins');
  return Array.isArray(plugins) && plugins.includes(plugin);
}

const CHECKPOINTING = oneOf<Checkpointing>([
  [true, 'full'],
  [false, 'none'],
  ['offload', 'full'],
  ['offload_disk', 'full'],
]);

/** Keys of precision, checkpointing, kernels. */
export const memoryKeys: KeyTable = {
  bf16: key('precision.bf16Flag', {
    ...oneOf<boolean>([
      [true, true],
      [false, false],
      ['auto', true],
      ['full', true],
    ]),
    // "auto" takes bf16 wherever the GPU has it and fp16 was not asked for.
    default: byDefault((around: Around) => around.get('fp16') !== true, `${CONFIG} (auto)`),
  }),
  bfloat16: key('precision.bf16Flag', { read: (value) => (value === true ? true : undefined) }),
  fp16: key('precision.fp16Flag', { default: byDefault(false, CONFIG) }),
  // torchao's fp8 matrix multiplications, through accelerate's mixed precision.
  fp8: key('precision.compute', { read: (value) => (value === true ? 'fp8' : undefined) }),
  tf32: key(
    'precision.tf32',
    oneOf<boolean>([
      [true, true],
      [false, false],
    ]),
  ),
  selective_checkpointing: key('activations.checkpointing', {
    read: (value) => (value === null || value === false ? undefined : 'selective'),
    when: (around) => around.get('gradient_checkpointing') === true,
  }),
  gradient_checkpointing: [
    key('activations.checkpointing', { ...CHECKPOINTING, default: byDefault('none', CONFIG) }),
    key('activations.offload', {
      read: (value) => (typeof value === 'string' && value.startsWith('offload') ? true : undefined),
    }),
  ],
  activation_offloading: key('activations.offload', {
    read: (value) => value === true || typeof value === 'string',
    write: (to) => to,
    default: byDefault(false, CONFIG),
  }),
  torch_compile: key('compile.enabled', {
    ...oneOf<boolean>([
      [true, true],
      [false, false],
      ['auto', true],
    ]),
    default: byDefault(false, CONFIG),
  }),
  liger_fused_linear_cross_entropy: key('loss.kernel', {
    read: (value) => (value === true ? 'fused' : undefined),
    write: (to) => to === 'fused',
    when: (around) => usesPlugin(around, LIGER_PLUGIN),
  }),
  // The plugin alone switches it on.
  cut_cross_entropy: key('loss.kernel', {
    read: (value) => (value === true ? 'fused' : undefined),
    write: (to) => to === 'fused',
    default: byDefault<LossKernel>(
      (around: Around) => (around.get('cut_cross_entropy') === false ? undefined : 'fused'),
      'axolotl: src/axolotl/integrations/cut_cross_entropy/args.py',
    ),
    when: (around) => usesPlugin(around, CUT_CROSS_ENTROPY_PLUGIN),
  }),
  chunked_cross_entropy: key('loss.kernel', {
    read: (value) => (value === true ? 'chunked' : undefined),
    default: byDefault('plain', CONFIG),
  }),
  chunked_cross_entropy_num_chunks: key('loss.chunks', {
    default: byDefault(8, 'axolotl: src/axolotl/monkeypatch/loss/chunked.py'),
    when: (around) => around.get('chunked_cross_entropy') === true,
  }),
  liger_rms_norm: key('loss.fusedLayers', {
    default: byDefault(false, 'axolotl: src/axolotl/integrations/liger/args.py'),
    when: (around) => usesPlugin(around, LIGER_PLUGIN),
  }),
  freeze_mm_modules: key('adapter.freezesVisionTower'),
};
