import type { FieldName, TrainingPlan } from '../../plan/index.ts';

/** A fact from the literature or from arithmetic that a hover shows. It informs; it never judges. */
export interface Note {
  /** Kebab case; docs/seeds.md and the tests name it. */
  readonly id: string;
  /** Fields whose hovers show it. */
  readonly on: readonly FieldName[];
  /** Papers, documentation or source files the fact rests on. */
  readonly source: string;
  /** One sentence without a full stop, or undefined where the plan does not say enough. */
  text(plan: TrainingPlan): string | undefined;
}

/** No quantity of a training run comes near it, and products of a few below it stay finite. */
const LARGEST = 1e30;

/** The value of a field that is a number above zero which a formula can use. */
export function positive(plan: TrainingPlan, field: FieldName): number | undefined {
  const value = plan.values[field]?.value;
  return typeof value === 'number' && value > 0 && value < LARGEST ? value : undefined;
}

/** A number with a few significant digits, as estimates deserve. */
export function rounded(value: number, digits = 2): string {
  return String(Number(value.toPrecision(digits)));
}

/** A share of one as percent. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 ? Math.round(percent) : rounded(percent)}%`;
}
