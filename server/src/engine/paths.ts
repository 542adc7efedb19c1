/** Arithmetic on file names: URIs and absolute paths alike, forward slashes. */

/** The folder of a file, without a slash at the end. */
export function folderOf(file: string): string {
  const slash = file.lastIndexOf('/');
  return slash <= 0 ? '' : file.slice(0, slash);
}

export function baseName(file: string): string {
  return decodeURIComponentSafely(file.slice(file.lastIndexOf('/') + 1));
}

/** `path` as seen from `folder`: `.` and `..` resolved. Undefined where it climbs above the root. */
export function joinPath(folder: string, path: string): string | undefined {
  const isAbsolute = path.startsWith('/');
  const [authority, start] = splitAuthority(folder);
  const steps = isAbsolute ? [] : start.split('/').filter((step) => step !== '');
  for (const step of encodeLike(folder, path).split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return `${authority}/${steps.join('/')}`;
}

/** Whether `file` lies in `folder` or below it. */
export function isInside(file: string, folder: string): boolean {
  const bare = folder.endsWith('/') ? folder.slice(0, -1) : folder;
  return file === bare || file.startsWith(`${bare}/`);
}

function splitAuthority(folder: string): readonly [string, string] {
  const match = /^([a-z][\w+.-]*:\/\/[^/]*)(.*)$/i.exec(folder);
  return match === null ? ['', folder] : [match[1] ?? '', match[2] ?? ''];
}

/** A path written in a config is plain text; in a URI its odd characters are encoded. */
function encodeLike(folder: string, path: string): string {
  return folder.includes('://') ? path.split('/').map(encodeURIComponent).join('/') : path;
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
