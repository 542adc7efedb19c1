import type { ConfigTree, Launch, PlacedNumber } from '../../text/index.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** Why a launcher that is told no number of nodes starts one, and what might be otherwise. */
interface OneNode {
  readonly cite: string;
  /** Said after the place of the command, where something outside the text may add nodes. */
  readonly unless: string;
}

const SWIFT_CLI = 'ms-swift: swift/cli/main.py (NNODES)';
const NNODES_SET = ', one node unless NNODES is set';

const ONE_NODE: Readonly<Record<string, OneNode>> = {
  torchrun: { cite: 'torch: torch/distributed/run.py (--nnodes)', unless: '' },
  // Without --hostfile it looks for /job/hostfile, which clusters that are set up for it have.
  deepspeed: {
    cite: 'deepspeed: deepspeed/launcher/runner.py (fetch_hostfile: one node unless there is a hostfile)',
    unless: ', one node unless there is a hostfile',
  },
  // What these start torchrun with comes from the environment alone.
  swift: { cite: SWIFT_CLI, unless: NNODES_SET },
  megatron: { cite: SWIFT_CLI, unless: NNODES_SET },
  'llamafactory-cli': { cite: 'llama-factory: src/llamafactory/launcher.py (NNODES)', unless: NNODES_SET },
};

/** DeepSpeed's options that say which nodes take part. */
const NAMES_NODES: ReadonlySet<string> = new Set(['hostfile', 'include', 'exclude', 'i', 'e', 'H']);

/** Whether a launcher starts one node, as nothing says otherwise; undefined where the text leaves it open. */
export function runsOnOneNode(launch: Launch): OneNode | undefined {
  if (launch.nodes !== undefined || launch.sizeUnknown === true || launch.gpusPerNode === undefined) return undefined;
  if (launch.options?.entries.some(({ key }) => NAMES_NODES.has(key)) === true) return undefined;
  return Object.hasOwn(ONE_NODE, launch.program) ? ONE_NODE[launch.program] : undefined;
}

/** States the size of the run that a script starts, as its launcher does. */
export function stateLaunch(tree: ConfigTree, builder: PlanBuilder): void {
  const [launch] = tree.launches ?? [];
  if (launch === undefined) return;
  state('parallel.world', launch.processes);
  state('parallel.nodes', launch.nodes);
  state('parallel.gpusPerNode', launch.gpusPerNode);
  const one = runsOnOneNode(launch);
  if (one !== undefined) builder.assume('parallel.nodes', 1, one.cite);

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
  if (launch === undefined) return false;
  return launch.open === true || [...launch.configs, ...(launch.unplaced ?? [])].some(namesSettings);
}

/** DeepSpeed's and Accelerate's files say how to spread a run, not what to train. */
function namesSettings({ path }: Launch['configs'][number]): boolean {
  return /\.(ya?ml|toml)$/i.test(path) && !/deepspeed|zero|accelerate|fsdp|ds_/i.test(path);
}
