import { installHost } from './install-host.ts';

try {
  installHost();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
