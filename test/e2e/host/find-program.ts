import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these programs that the PATH has, as a full path. */
export function findOnPath(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return names.flatMap((name) => folders.map((folder) => join(folder, name + suffix))).find((file) => existsSync(file));
}

/** A browser of the Chromium family; BATCHWISE_CHROMIUM names one that is elsewhere. */
export function findChromium(): string | undefined {
  const named = process.env['BATCHWISE_CHROMIUM'];
  if (named !== undefined && existsSync(named)) return named;
  const onPath = findOnPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return onPath ?? (existsSync(onMac) ? onMac : undefined);
}
