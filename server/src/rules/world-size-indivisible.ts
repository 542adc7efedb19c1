import { defineRule } from './support/define-rule.ts';
import { isStated, restsOnStatement } from './support/stated.ts';

export const worldSizeIndivisible = defineRule({
  id: 'world-size-indivisible',
  severity: 'error',
  summary: 'GPUs do not divide into tensor × pipeline × context parallel groups',
  since: '0.1.0',
  needs: ['parallel.world'],
  wants: [
    'parallel.tensor',
    'parallel.pipeline',
    'parallel.context',
    'parallel.ulysses',
    'parallel.data',
    'parallel.expert',
    'parallel.nodes',
    'rollout.colocated',
  ],
  messages: {
    groups: '{world} GPUs do not divide into groups of {group} ({factors}): the launcher refuses.',
    single: '1 GPU is no group of {group} ({factors}): the launcher refuses.',
    experts:
      '{ranks} ranks of a pipeline stage do not divide into groups of {experts} for expert parallelism: the launcher refuses.',
    machines:
      '{world} processes do not divide over {nodes} machines: each starts {each}, and {lost} of them are never started.',
    product: '{data} data-parallel × {group} model-parallel ranks make {product} GPUs and the run has {world}.',
  },
  sources: [
    'Megatron-LM: megatron/training/arguments.py, validate_args',
    'torchtitan: torchtitan/distributed/parallel_dims.py, _validate',
    'verl: verl/utils/config.py, validate_config',
    'accelerate: src/accelerate/utils/launch.py, prepare_multi_gpu_env (processes // machines on each)',
  ],

  check(fields, report, context) {
    const world = fields['parallel.world'].value;
    const degrees = (
      [
        ['tensor', 'parallel.tensor'],
        ['pipeline', 'parallel.pipeline'],
        ['context', 'parallel.context'],
        ['Ulysses', 'parallel.ulysses'],
      ] as const
    ).flatMap(([name, field]) => {
      const degree = fields[field]?.value ?? 1;
      return degree > 1 ? [{ name, field, degree }] : [];
    });
    const group = degrees.reduce((product, { degree }) => product * degree, 1);
    const stated = degrees.filter(({ field }) => restsOnStatement(context.plan.values, field));
    const first = stated[0];
    if (world <= 0 || !Number.isInteger(world) || !restsOnStatement(context.plan.values, 'parallel.world')) return;
    // The GPUs at hand are not always those that a file is for, least of all where what it builds on was not read.
    const isAtHand = fields['parallel.world'].origin === 'setting';
    if (isAtHand && context.plan.partial) return;
    const nodes = fields['parallel.nodes'];
    if (nodes !== undefined && isStated(nodes) && isStated(fields['parallel.world']) && world % nodes.value !== 0) {
      if (nodes.value <= 0 || !Number.isInteger(nodes.value)) return;
      const each = Math.floor(world / nodes.value);
      report({
        at: 'parallel.world',
        message: 'machines',
        data: { world, nodes: nodes.value, each, lost: world - each * nodes.value },
        // So many as are started train on, with another batch than the file says.
        severity: each > 0 ? 'warning' : 'error',
        related: ['parallel.nodes'],
      });
      return;
    }
    const refused = (least: number) => (isAtHand && world < least ? 'warning' : 'error');
    if (first !== undefined && world % group !== 0) {
      const factors = degrees.map(({ name, degree }) => `${name} ${degree}`).join(' × ');
      const common = {
        at: first.field,
        related: ['parallel.world', ...degrees.map(({ field }) => field)],
        severity: refused(group),
      } as const;
      if (world === 1) report({ ...common, message: 'single', data: { group, factors } });
      else report({ ...common, message: 'groups', data: { world, group, factors } });
      return;
    }
    const experts = fields['parallel.expert'];
    const ranks = world / (fields['parallel.pipeline']?.value ?? 1);
    if (experts !== undefined && isStated(experts) && experts.value > 1 && ranks % experts.value !== 0) {
      report({
        at: 'parallel.expert',
        message: 'experts',
        data: { ranks, experts: experts.value },
        related: ['parallel.world', 'parallel.pipeline'],
        severity: refused(group * experts.value),
      });
      return;
    }
    const data = fields['parallel.data'];
    // A rollout engine on GPUs of its own is part of the world and of no training group.
    if (data?.origin !== 'explicit' || fields['rollout.colocated']?.value === false) return;
    if (data.value <= 0 || data.value * group === world) return;
    report({
      at: 'parallel.data',
      message: 'product',
      data: { data: data.value, group, product: data.value * group, world },
      related: ['parallel.world', ...degrees.map(({ field }) => field)],
    });
  },
});
