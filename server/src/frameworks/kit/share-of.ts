const MOST_DIGITS = 12;

/** The shortest share of a whole that comes to so many steps again, whether it is rounded or cut off. */
export function shareOf(steps: number, total: number): number {
  const share = steps / total;
  for (let digits = 1; digits <= MOST_DIGITS; digits++) {
    const scale = 10 ** digits;
    const near = [Math.round, Math.ceil].map((whole) => whole(share * scale) / scale);
    const exact = near.find((one) => Math.round(one * total) === steps && Math.floor(one * total) === steps);
    if (exact !== undefined) return exact;
  }
  return share;
}
