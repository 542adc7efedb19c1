export * from './batch-scaling.ts';
export * from './critical-batch.ts';
export * from './divisibility.ts';
export * from './learning-rate-laws.ts';
export * from './moving-averages.ts';
export * from './optimizer-recipes.ts';
export * from './token-budget.ts';
