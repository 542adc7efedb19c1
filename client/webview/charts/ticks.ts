/** The values whose labels do not run into the one before, `spacing` pixels apart; the last value always stays. */
export function spacedTicks(
  values: readonly number[],
  position: (value: number) => number,
  spacing: number,
): readonly number[] {
  const last = values.at(-1);
  const kept: number[] = [];
  for (const value of values.slice(0, -1)) {
    const previous = kept.at(-1);
    if (previous !== undefined && position(value) - position(previous) < spacing) continue;
    if (last !== undefined && position(last) - position(value) < spacing) continue;
    kept.push(value);
  }
  return last === undefined ? kept : [...kept, last];
}
