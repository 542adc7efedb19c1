import type { ConfigTree, Launch, PlacedNumber } from '../../text/index.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** torchrun's own default (torch: torch/distributed/run.py). */
const TORCHRUN_NODES = 'torch: torch/distributed/run.py (--nnodes)';

/** States the size of the run that a script starts, as its launcher does. */
export function stateLaunch(tree: ConfigTree, builder: PlanBuilder): void {
  const [launch] = tree.launches ?? [];
  if (launch === undefined) return;
  state('parallel.world', launch.processes);
  state('parallel.nodes', launch.nodes);
  state('parallel.gpusPerNode', launch.gpusPerNode);
  const isSure = launch.nodes === undefined && launch.sizeUnknown !== true;
  if (launch.program === 'torchrun' && launch.gpusPerNode !== undefined && isSure)
    builder.assume('parallel.nodes', 1, TORCHRUN_NODES);

  function state(
    field: 'parallel.world' | 'parallel.nodes' | 'parallel.gpusPerNode',
    number: PlacedNumber | undefined,
  ): void {
    if (number !== undefined)
      builder.state(field, { value: number.value, origin: 'explicit', at: { file: tree.file, ...number.range } });
  }
}

/** Whether a script hands its program a config file or unknown arguments, so that what is absent may stand there. */
export function isOverConfig(tree: ConfigTree): boolean {
  const [launch] = tree.launches ?? [];
  return launch !== undefined && (launch.open === true || launch.configs.some(namesSettings));
}

/** DeepSpeed's and Accelerate's files say how to spread a run, not what to train. */
function namesSettings({ path }: Launch['configs'][number]): boolean {
  return /\.(ya?ml|toml)$/i.test(path) && !/deepspeed|zero|accelerate|fsdp|ds_/i.test(path);
}
