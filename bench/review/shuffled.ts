/** Fisher and Yates with mulberry32, so that a seed draws the same everywhere. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const deck = [...items];
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [deck[last], deck[other]];
    if (one === undefined || two === undefined) continue;
    deck[last] = two;
    deck[other] = one;
  }
  return deck;
}
