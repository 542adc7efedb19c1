import picomatch from 'picomatch';

/** The framework a setting names for a file by glob; the last matching pattern wins. */
export function frameworkFor(uri: string, frameworks: Readonly<Record<string, string>>): string | undefined {
  const path = decodeURI(uri.replace(/^[a-z][\w+.-]*:\/\/[^/]*/i, ''));
  const match = Object.entries(frameworks).findLast(([glob]) =>
    picomatch.isMatch(path, glob.startsWith('/') ? glob : `**/${glob}`, { dot: true }),
  );
  return match?.[1];
}
