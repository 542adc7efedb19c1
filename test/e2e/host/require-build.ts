import { existsSync } from 'node:fs';

/** Runs before the end-to-end tests: they drive what is in dist/, and say how to make it. */
export default function requireBuild(): void {
  if (!existsSync('dist/batchwise.vsix'))
    throw new Error('dist/batchwise.vsix is missing: npm run build && npm run package');
}
