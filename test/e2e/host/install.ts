import { findChromium } from './find-program.ts';
import { installHost } from './install-host.ts';

/** Makes this machine ready for tests in a VS Code window, or says what it lacks and exits with 1. */
try {
  if (findChromium() === undefined) throw new Error('No Chromium was found; BATCHWISE_CHROMIUM can name one.');
  installHost();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
