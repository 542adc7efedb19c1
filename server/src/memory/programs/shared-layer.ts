import type { Program } from '../tape/tape.ts';
import type { TapeContext } from '../tape/tape-context.ts';

/** The first layer's casts serve every later one, which sees weights of the computing dtype at once. */
export function withoutOwnCasts(context: TapeContext): TapeContext {
  const weights = context.autocast ?? context.weights;
  return { ...context, weights, trainedWeights: context.autocast ?? context.trainedWeights };
}

/** A layer that runs on an earlier one's weights: its gradients are added to that one's as they come. */
export function onSharedWeights(program: Program): Program {
  const ops = program.ops.map((op) => ({
    ...op,
    parameters: op.parameters.map((parameter) => ({ ...parameter, shared: true })),
  }));
  return { ...program, ops };
}
