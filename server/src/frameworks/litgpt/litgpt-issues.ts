import type { ConfigTree } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { castNumber } from '../kit/key.ts';
import type { KeyIssue } from '../types.ts';
import { isPretraining, isQuantized, worldOf } from './litgpt-script.ts';

/**
 * Combinations the commands refuse at start (litgpt: litgpt/args.py; litgpt/finetune/lora.py, full.py and adapter.py;
 * litgpt/pretrain.py; litgpt/utils.py, instantiate_bnb_optimizer). Read at the head of June 2026.
 */
export function litgptIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  const issues: KeyIssue[] = [];
  const refuse = (key: string, data: KeyIssue['data'], kind: KeyIssue['kind'] = 'not-allowed'): void => {
    const node = around.node(key);
    if (node === undefined) return;
    issues.push({ kind, at: { file: tree.file, ...node.range }, path: key.split('.'), key, data, effect: 'refused' });
  };

  if (isQuantized(around) && String(around.get('precision') ?? '').endsWith('mixed'))
    refuse('precision', {
      found: String(around.get('precision')),
      expected: 'bf16-true, 16-true or 32-true',
    });
  const world = worldOf(around);
  if (isQuantized(around) && world !== undefined && world > 1)
    refuse('devices', { found: world, expected: '1 device with quantize' });
  const optimizer = around.get('optimizer.class_path') ?? around.get('optimizer');
  if (isQuantized(around) && typeof optimizer === 'string' && !optimizer.includes('AdamW'))
    refuse(around.has('optimizer.class_path') ? 'optimizer.class_path' : 'optimizer', {
      found: optimizer,
      expected: 'AdamW with quantize',
    });
  const steps = castNumber(around.get('train.lr_warmup_steps') ?? 0) ?? 0;
  const fraction = castNumber(around.get('train.lr_warmup_fraction') ?? 0) ?? 0;
  if (steps > 0 && fraction > 0)
    refuse('train.lr_warmup_fraction', { found: fraction, expected: 'nothing beside lr_warmup_steps' });
  const unsupported = isPretraining(around)
    ? ['train.epochs', 'eval.max_new_tokens']
    : ['train.max_tokens', 'train.max_norm', 'train.tie_embeddings', 'train.lr_warmup_fraction'];
  for (const key of unsupported) {
    const value = around.get(key);
    if (value !== undefined && value !== null && !issues.some((issue) => issue.key === key))
      refuse(key, {
        found: String(value),
        expected: isPretraining(around) ? 'nothing in pretraining' : 'nothing in fine-tuning',
      });
  }
  return issues;
}
