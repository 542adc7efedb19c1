/** GiB, as every memory figure on screen is given. */
const GIB = 2 ** 30;

/** "79.1", without the unit. */
export function gibNumber(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}

/** "79.1 GiB"; what is there but rounds to nothing is "< 0.1 GiB". */
export function gib(bytes: number): string {
  return bytes > 0 && bytes < 0.05 * GIB ? '< 0.1 GiB' : `${gibNumber(bytes)} GiB`;
}

/** "83.5 to 88.4 GiB", or one figure where both ends round to it. */
export function gibRange(lowBytes: number, highBytes: number): string {
  const [low, high] = [gibNumber(lowBytes), gibNumber(highBytes)];
  return low === high ? `${low} GiB` : `${low} to ${high} GiB`;
}

/** "4 to 9 GiB": whole numbers where that loses nothing that matters, for headlines. */
export function roundGibRange(lowBytes: number, highBytes: number): string {
  const [low, high] = [Math.round(lowBytes / GIB), Math.round(highBytes / GIB)];
  if (low < 2 || low === high) return gibRange(lowBytes, highBytes);
  return `${low} to ${high} GiB`;
}

/** "2.6M", "512": a count in at most three digits. */
export function compactCount(count: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(count);
}

/** "2e-5", "5.7e-5": a learning rate as configs write it. */
export function rate(value: number): string {
  return Number(value.toPrecision(2)).toExponential().replace('e+0', '');
}
