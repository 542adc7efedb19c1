import { findOptimizer, type OptimizerFacts } from '../../facts/index.ts';

/** The optimizer's kind, or undefined for a name the catalogue does not hold: rules then stay silent. */
export function optimizerKind(name: string): OptimizerFacts['kind'] | undefined {
  return findOptimizer(name)?.kind;
}

/** Adam-like with a learning rate on Adam's usual scale, so that absolute bands mean something. */
export function hasAdamScale(name: string): boolean {
  const optimizer = findOptimizer(name);
  return optimizer?.kind === 'adam-like' && optimizer.absoluteLearningRateBandsApply;
}

/** Lion in any storage: its update is a sign, so its rates lie below Adam's. */
export function isLion(name: string): boolean {
  return findOptimizer(name)?.canonical.includes('lion') ?? false;
}
