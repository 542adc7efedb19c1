import { type Disposable, MarkdownString, StatusBarAlignment, window } from 'vscode';
import type { HardwareResult } from '../../server/src/protocol/requests.ts';
import type { ActiveConfig } from './active-config.ts';

const ICONS = { fits: '$(pass)', tight: '$(warning)', exceeds: '$(error)', unknown: '$(server-environment)' } as const;

/** The status bar's word on hardware: what the active config runs on and whether it fits. */
export class HardwareStatus implements Disposable {
  readonly #item = window.createStatusBarItem('batchwise.hardware', StatusBarAlignment.Right, 100);
  readonly #subscription: Disposable;

  constructor(active: ActiveConfig) {
    this.#item.name = 'Batchwise: Hardware';
    this.#item.command = 'batchwise.chooseHardware';
    this.#subscription = active.onDidChangeConfig(() => this.#show(active.hardware));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(hardware: HardwareResult | undefined): void {
    if (hardware === undefined) {
      this.#item.hide();
      return;
    }
    const label = hardwareLabel(hardware);
    this.#item.text = `${ICONS[hardware.verdict]} ${label}`;
    this.#item.tooltip = new MarkdownString(tooltipLines(hardware).join('\n\n'));
    this.#item.accessibilityInformation = { label: tooltipLines(hardware).join(' ') };
    this.#item.show();
  }
}

/** "H100 80GB × 8", or that it is unknown. */
export function hardwareLabel({ gpu, gpus }: HardwareResult): string {
  if (gpu === null) return gpus === null ? 'GPU unknown' : `GPU unknown × ${gpus.count}`;
  return gpus === null ? gpu.label : `${gpu.label} × ${gpus.count}`;
}

function tooltipLines({ gpu, gpus, summary }: HardwareResult): readonly string[] {
  return [
    ...(summary === null ? [] : [`${summary}.`]),
    gpu === null ? 'The GPU is unknown: no file or setting names it.' : `GPU: ${gpu.label}, ${gpu.origin}.`,
    gpus === null ? 'The number of GPUs is unknown.' : `Number of GPUs: ${gpus.count}, ${gpus.origin}.`,
    'Click to choose.',
  ];
}
