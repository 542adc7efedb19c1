import type { Format } from './types.ts';

const FORMAT_OF_LANGUAGE: Readonly<Record<string, Format>> = {
  yaml: 'yaml',
  json: 'json',
  jsonc: 'json',
  toml: 'toml',
  shellscript: 'shell',
  python: 'python',
};

const FORMAT_OF_EXTENSION: Readonly<Record<string, Format>> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  jsonc: 'json',
  toml: 'toml',
  sh: 'shell',
  bash: 'shell',
  slurm: 'shell',
  sbatch: 'shell',
  py: 'python',
};

/** The format of a file, from the editor's language where it names one, else from the file's extension. */
export function formatOf(file: string, languageId?: string): Format | undefined {
  const byLanguage = languageId === undefined ? undefined : lookUp(FORMAT_OF_LANGUAGE, languageId.toLowerCase());
  if (byLanguage !== undefined) return byLanguage;

  const extension = /\.([a-z]+)$/i.exec(file)?.[1];
  return extension === undefined ? undefined : lookUp(FORMAT_OF_EXTENSION, extension.toLowerCase());
}

function lookUp(table: Readonly<Record<string, Format>>, key: string): Format | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
