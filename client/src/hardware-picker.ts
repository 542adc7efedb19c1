import { type QuickPickItem, QuickPickItemKind, type TextDocument, window, workspace } from 'vscode';
import {
  GPUS_REQUEST,
  type GpuChoice,
  type GpusResult,
  type HardwareResult,
} from '../../server/src/protocol/requests.ts';
import { hardwareLabel } from './hardware-status.ts';
import type { LanguageServer } from './language-server.ts';
import type { LocalGpus } from './local-gpus.ts';
import { matchGpu } from './match-gpu.ts';
import type { Hardware } from './project-file.ts';
import { saveTargets } from './save-hardware.ts';

interface GpuItem extends QuickPickItem {
  readonly hardware?: Hardware;
  /** Picking it asks for the number of GPUs next. */
  readonly asksCount?: boolean;
}

export interface PickerInput {
  readonly server: LanguageServer;
  readonly document: TextDocument | undefined;
  readonly current: HardwareResult | undefined;
  readonly localGpus: (() => Promise<LocalGpus | undefined>) | undefined;
}

/** GPU, how many, and where to keep the answer. Leaving any step changes nothing. */
export async function chooseHardware(input: PickerInput): Promise<void> {
  await input.server.start();
  const gpus = (await input.server.request<undefined, GpusResult>(GPUS_REQUEST, undefined)) ?? [];
  const picked = await pickGpu(gpus, input);
  if (picked?.hardware === undefined) return;
  const count = picked.asksCount === true ? await pickCount(input.current) : picked.hardware.gpus;
  if (count === undefined) return;
  const hardware = { gpu: picked.hardware.gpu, gpus: count };
  const target = await window.showQuickPick(await saveTargets(input.document), {
    title: 'Where the choice is kept',
    placeHolder: 'Configs, linked files and launchers that name their hardware win over it',
  });
  await target?.save(hardware);
}

/** Opens at once; this machine's GPUs join the list when the driver has answered. */
function pickGpu(gpus: GpusResult, { current, localGpus }: PickerInput): Promise<GpuItem | undefined> {
  const picker = window.createQuickPick<GpuItem>();
  const items = [...gpuItems(gpus), ...unknownItems()];
  picker.title = 'GPU to train on';
  picker.placeholder = current === undefined ? 'Type to search' : `Now ${hardwareLabel(current)}. Type to search`;
  picker.matchOnDescription = true;
  picker.items = items;
  picker.activeItems = items.filter((item) => item.hardware?.gpu === current?.gpu?.id && item.asksCount === true);
  if (localGpus !== undefined && workspace.isTrusted) {
    picker.busy = true;
    void localGpus().then((local) => {
      picker.busy = false;
      if (local !== undefined) picker.items = [...localItems(local, gpus), ...items];
    });
  }
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

function gpuItems(gpus: GpusResult): readonly GpuItem[] {
  const vendors = [...new Set(gpus.map((gpu) => gpu.vendor))];
  return vendors.flatMap((vendor) => [separator(vendor), ...gpus.filter((gpu) => gpu.vendor === vendor).map(gpuItem)]);
}

function gpuItem(gpu: GpuChoice): GpuItem {
  return {
    label: gpu.name,
    description: `${gpu.memoryGib.toFixed(1)} GiB`,
    hardware: { gpu: gpu.id, gpus: null },
    asksCount: true,
  };
}

function localItems(local: LocalGpus, gpus: GpusResult): readonly GpuItem[] {
  const known = matchGpu(local, gpus);
  if (known === undefined) return [];
  const label = `$(vm) This machine: ${local.count} × ${known.name}`;
  return [{ label, description: local.name, hardware: { gpu: known.id, gpus: local.count } }];
}

function unknownItems(): readonly GpuItem[] {
  return [
    separator(''),
    {
      label: '$(circle-slash) Unknown',
      description: 'Take the choice back',
      hardware: { gpu: null, gpus: null },
    },
  ];
}

function separator(label: string): GpuItem {
  return { label, kind: QuickPickItemKind.Separator };
}

const COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** A number from the list or typed; null is unknown; undefined when the picker was left. */
async function pickCount(current: HardwareResult | undefined): Promise<number | null | undefined> {
  const other = { label: 'Other number…' };
  const unknown = { label: 'Unknown', description: 'Only memory that does not depend on it is estimated' };
  const counts = COUNTS.map((count) => ({
    label: String(count),
    description: current?.gpus?.count === count ? 'now' : '',
  }));
  const picked = await window.showQuickPick([...counts, other, unknown], { title: 'Number of GPUs, over all nodes' });
  if (picked === undefined) return undefined;
  if (picked === unknown) return null;
  if (picked !== other) return Number(picked.label);
  const typed = await window.showInputBox({
    title: 'Number of GPUs, over all nodes',
    validateInput: (text) => (/^[1-9]\d{0,5}$/.test(text.trim()) ? undefined : 'A whole number of 1 or more.'),
  });
  return typed === undefined ? undefined : Number(typed.trim());
}
