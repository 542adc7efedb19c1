import type { PlanValues } from '../../plan/index.ts';
import { isStated } from './stated.ts';

/** Fewer optimizer steps than any published fine-tune found: s1 (arXiv 2501.19393) has 315, Zephyr's DPO 478. */
export const FEW_STEPS = 50;

/**
 * Whether somebody asks for a run that is cut short on purpose: a handful of steps, or fewer than the schedule is laid
 * out for by its own decay or hold.
 */
export function isTrialRun(values: PlanValues): boolean {
  const total = values['schedule.totalSteps'];
  if (total === undefined || !isStated(total)) return false;
  if (total.value < FEW_STEPS) return true;
  const laidOut = [values['schedule.decaySteps'], values['schedule.holdSteps']].flatMap((part) =>
    part !== undefined && isStated(part) ? [part.value] : [],
  );
  return laidOut.some((steps) => steps > total.value);
}
