import type { MemoryEstimate } from '../memory/index.ts';
import { type PlanValues, setField } from '../plan/index.ts';
import { peakBetweenSteps, peakPlace } from './support/between-steps.ts';
import { defineRule } from './support/define-rule.ts';
import {
  deferredBytes,
  type ExcessDoubt,
  excessDoubt,
  ordinaryLength,
  splitLowBytes,
  surelyBytes,
} from './support/excess-doubt.ts';
import { gibAmount } from './support/gib-amount.ts';
import { gpuText } from './support/gpu-text.ts';
import type { RuleContext, Severity } from './types.ts';

/** Terms named in the message: the largest ones carry the story, more would not fit a line. */
const NAMED_TERMS = 3;

export const exceedsGpuMemory = defineRule({
  id: 'exceeds-gpu-memory',
  severity: 'error',
  summary: 'The run needs more memory than the GPU has',
  since: '0.1.0',
  needs: ['model.name'],
  wants: ['batch.micro', 'batch.microTokens', 'batch.eval', 'hardware.gpu', 'data.sequenceLength'],
  messages: {
    exceeds: 'Needs {low} to {high} GiB per GPU and {gpu} gives {capacity}: {terms}.',
    replicated:
      'With all states on every GPU it needs {low} to {high} GiB each and {gpu} gives {capacity}; no launcher that splits them is known.',
    atCap:
      'Sequences of {tokens} tokens need {low} to {high} GiB per GPU and {gpu} gives {capacity}; those of {ordinary} need {fewer}.',
    capped:
      'Needs {fewer} GiB per GPU at {ordinary} tokens a sequence and {high} at {tokens}; {gpu} gives {capacity}: {terms}.',
    deferred:
      'Whole gradients summed over micro-steps make it {low} to {high} GiB per GPU and {gpu} gives {capacity}; reduced in each, it needs {fewer}.',
    onGpu:
      'With {states} it needs at least {fewer} GiB per GPU and {gpu} gives {capacity}; no launcher that offloads them is known.',
    least: 'Needs at least {low} GiB per GPU however short its sequences, and {gpu} gives {capacity}: {terms}.',
    exceedsBetweenSteps:
      '{phase} needs {low} to {high} GiB per GPU, training {training}, and {gpu} gives {capacity}: {terms}.',
  },
  sources: ['Batchwise: docs/memory-accuracy.md'],

  check(fields, report, context) {
    const outcome = context.memory();
    const estimate = outcome.known ? outcome.estimate : outcome.least;
    if (estimate?.verdict !== 'exceeds') return;
    if (estimate.capacityBytes === undefined) return;
    const { values } = context.plan;
    const length = outcome.known ? ordinaryLength(values) : undefined;
    const ordinary = ordinaryEstimate(context, length) ?? estimate;
    const doubt = excessDoubt({ estimate, ordinary, plan: context.plan });
    const data = {
      low: gibAmount(surelyBytes(estimate)),
      high: gibAmount(estimate.highBytes),
      gpu: gpuText(estimate.gpu ?? fields['hardware.gpu']?.value),
      capacity: gibAmount(estimate.capacityBytes),
      terms: largestTerms(ordinary),
    };
    const between = peakBetweenSteps(estimate);
    const common = {
      at: peakPlace(fields, between),
      related: ['hardware.gpu', 'model.name', 'batch.micro', 'data.sequenceLength'],
      fixes: () => context.remedies(),
      severity: severityOf(estimate, doubt),
    } as const;
    const ofLength = { ordinary: length ?? 0, tokens: fields['data.sequenceLength']?.value ?? 0 };
    if (doubt === 'replicated') report({ ...common, message: 'replicated', data });
    else if (doubt === 'on-gpu')
      report({
        ...common,
        message: 'onGpu',
        data: { ...data, states: placeOfStates(values), fewer: gibAmount(splitLowBytes(ordinary, values)) },
      });
    else if (!outcome.known) report({ ...common, at: 'model.name', message: 'least', data });
    else if (between !== undefined)
      report({
        ...common,
        message: 'exceedsBetweenSteps',
        data: {
          ...data,
          phase: between.phase,
          training: gibAmount(between.trainingBytes),
          terms: largestTerms(estimate),
        },
      });
    else if (doubt === 'deferred')
      report({
        ...common,
        message: 'deferred',
        data: { ...data, fewer: gibAmount(estimate.expectedBytes - deferredBytes(estimate, values)) },
      });
    else if (doubt === 'at-cap')
      report({
        ...common,
        message: 'atCap',
        data: { ...data, ...ofLength, fewer: gibAmount(ordinary.expectedBytes) },
      });
    else if (length === undefined) report({ ...common, message: 'exceeds', data });
    else
      report({ ...common, message: 'capped', data: { ...data, ...ofLength, fewer: gibAmount(surelyBytes(ordinary)) } });
  },
});

/** The same run with sequences as long as ordinary examples are, where the stated length is a cap. */
function ordinaryEstimate(context: RuleContext, length: number | undefined): MemoryEstimate | undefined {
  if (length === undefined) return undefined;
  const outcome = context.memoryAfter([setField('data.sequenceLength', length)]);
  return outcome.known ? outcome.estimate : undefined;
}

/** Where a launcher that shards, but does not offload, has the states. */
function placeOfStates(values: PlanValues): string {
  const world = values['parallel.data']?.value ?? 1;
  return world > 1 ? `its states split over ${world} GPUs` : 'its states on the GPU';
}

/** An error where runs of this kind were measured and nothing that decides is left open. */
function severityOf({ regime }: MemoryEstimate, doubt: ExcessDoubt | undefined): Severity {
  if (doubt === undefined) return regime.checked === 'measured' ? 'error' : 'warning';
  return doubt === 'on-gpu' ? 'warning' : 'information';
}

/** "optimizer states 29.9, activations 41.6, logits and loss 15.7": the largest terms at the peak, in GiB. */
function largestTerms(estimate: MemoryEstimate): string {
  return estimate.terms
    .filter((term) => term.atPeak && term.bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, NAMED_TERMS)
    .map((term) => `${term.name} ${gibAmount(term.bytes)}`)
    .join(', ');
}
