// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolations are what these recipes are made of.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type LinkedFiles } from '../../../server/src/frameworks/index.ts';
import { parseText, withLoader } from '../../../server/src/text/index.ts';

const NAMES = ['nemo', 'nemo-launcher', 'nemo-rl', 'nemo-automodel', 'megatron-lm-args'];

const LINES = [
  'defaults: [_self_, ../x, {model: small}, {"optional a@b": null}, 3]',
  'defaults: base.yaml',
  'defaults: ${x}',
  'trainer: {devices: "0,1", num_nodes: ${trainer.devices}, precision: [16], max_steps: -1}',
  'trainer: 3',
  'model: {micro_batch_size: ???, global_batch_size: "x", optim: {lr: 5.0, betas: [a], sched: {name: NoamAnnealing, d_model: -1, warmup_steps: 0}}}',
  'model: {optim: {lr: 1, sched: {name: [NoamAnnealing], d_model: {}, warmup_steps: ${model}}}}',
  'model: ${trainer}',
  'policy: {train_global_batch_size: 0, train_micro_batch_size: -3, megatron_cfg: {enabled: true, optimizer: []}, scheduler: [{name: LinearLR, kwargs: 3}]}',
  'policy: {scheduler: {name: LinearLR, kwargs: {total_iters: "x"}}, sequence_packing: {enabled: true, train_mb_tokens: ${mul:a,b}}}',
  'grpo: {num_prompts_per_step: 0, num_generations_per_prompt: .nan, max_num_steps: .inf}',
  'cluster: {num_nodes: 1e400, gpus_per_node: null}',
  'step_scheduler: {global_batch_size: [], local_batch_size: {}, max_steps: "none"}',
  'distributed: {pp_size: 0, pipeline: {pp_microbatch_size: 0}, strategy: 7}',
  'peft: []',
  'optimizer: {betas: [0.9], lr: null, _target_: 4}',
  'MODEL_ARGS: {--num-layers: 0, --num-layers-per-virtual-pipeline-stage: 0, --vocab-size: -1, --train-samples: x, --lr-warmup-fraction: {}}',
  'MODEL_ARGS: []',
  'actor: {model: {}}',
  'run: {name: {}, time_limit: 1}',
];

/** A workspace in which every file that is asked for is there, and is one of the lines again. */
const endless: LinkedFiles = {
  resolve: (_from, path) => ({ file: `/w/${path}`, found: true }),
  open: (_from, path, loader) => {
    const text = LINES[path.length % LINES.length] ?? '';
    return withLoader(parseText(`/w/${path}`, text, 'yaml'), loader);
  },
};

describe('recipes that nobody would write', () => {
  it.each(NAMES)('are read as %s without throwing, and every number is finite', (name) => {
    const adapter = ADAPTERS.find(({ id }) => id === name);
    expect(adapter).toBeDefined();
    const lines = fc.uniqueArray(fc.constantFrom(...LINES), { maxLength: 6 });
    fc.assert(
      fc.property(lines, fc.nat(), (chosen, cut) => {
        const text = chosen.join('\n');
        const parsed = parseText('/w/a.yaml', text.slice(0, cut % (text.length + 1)) || text, 'yaml');
        const plain = withLoader(parsed, 'pyyaml');
        adapter?.recognise({ file: '/w/a.yaml', tree: plain });
        const tree = withLoader(parsed, adapter?.loader(plain) ?? 'pyyaml');
        const reading = adapter?.read({ file: '/w/a.yaml', tree, linked: endless });
        const values = (reading?.plans ?? []).flatMap(({ plan }) => Object.values(plan.values));
        for (const { value } of values) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });
});
