import { type FieldName, isFieldName, type PlanFields, type PlanValues, type Sourced } from '../../plan/index.ts';
import type { FieldValue, KeyPlace } from '../types.ts';

/**
 * Collects statements about one plan in the framework's own order of precedence: the first statement of a field wins,
 * later ones stay in `overridden`. Defaults never override and are never overridden.
 */
export class PlanBuilder {
  private readonly stated = new Map<FieldName, Sourced<FieldValue>[]>();
  private readonly unknown = new Set<FieldName>();
  private readonly sealed = new Set<FieldName>();
  readonly places = new Map<FieldName, KeyPlace>();
  readonly twins = new Map<FieldName, KeyPlace[]>();
  readonly latent = new Map<FieldName, KeyPlace>();

  /** A value somebody wrote or that follows from what they wrote. */
  state<F extends FieldName>(field: F, value: Sourced<PlanFields[F]>, place?: KeyPlace): void {
    if (this.unknown.has(field)) return;
    const earlier = this.stated.get(field);
    if (earlier === undefined) this.stated.set(field, [value]);
    else earlier.push(value);
    if (place !== undefined) this.offerPlace(field, place);
  }

  /** A value that follows from what is written, where nothing states the field; an unknown value says nothing. */
  infer<F extends FieldName>(
    field: F,
    value: PlanFields[F] | undefined,
    how: string,
    from: readonly FieldName[] = [],
  ): void {
    if (value !== undefined && !this.has(field)) this.state(field, { value, origin: 'inferred', from, how });
  }

  /** A value in force although something else was stated: a launcher's flag over a file's. */
  overrule<F extends FieldName>(field: F, value: Sourced<PlanFields[F]>, place?: KeyPlace): void {
    this.unknown.delete(field);
    this.stated.set(field, [value, ...(this.stated.get(field) ?? [])]);
    this.sealed.delete(field);
    if (place !== undefined) this.places.set(field, place);
  }

  /** A key is written whose value cannot be known, so neither later statements nor the default count. */
  obscure(field: FieldName): void {
    if (!this.stated.has(field)) this.unknown.add(field);
  }

  /** The framework's own value, where nothing was stated. */
  assume<F extends FieldName>(field: F, value: PlanFields[F], cite: string): void {
    if (this.stated.has(field) || this.unknown.has(field)) return;
    this.stated.set(field, [{ value, origin: 'default', cite }]);
  }

  /** The statement in force comes from an expression over other keys, so no key of its own can be written. */
  seal(field: FieldName): void {
    if (!this.stated.has(field)) this.sealed.add(field);
  }

  /** Several of the framework's own values, from one source file. */
  assumeAll(values: Partial<PlanFields>, cite: string): void {
    for (const [field, value] of Object.entries(values)) {
      if (!isFieldName(field) || this.stated.has(field) || this.unknown.has(field)) continue;
      this.stated.set(field, [{ value, origin: 'default', cite }]);
    }
  }

  /** Where an edit of a field goes when no key states it yet. */
  offerPlace(field: FieldName, place: KeyPlace): void {
    if (!this.sealed.has(field) && !this.places.has(field)) this.places.set(field, place);
  }

  /** Another place that states the field as well, where the framework refuses to start unless both say the same. */
  offerTwin(field: FieldName, place: KeyPlace): void {
    this.twins.set(field, [...(this.twins.get(field) ?? []), place]);
  }

  /** Where a field would be written if other keys said something else. */
  offerLatentPlace(field: FieldName, place: KeyPlace): void {
    if (!this.sealed.has(field) && !this.latent.has(field)) this.latent.set(field, place);
  }

  has(field: FieldName): boolean {
    return this.stated.has(field);
  }

  value<F extends FieldName>(field: F): PlanFields[F] | undefined {
    // Statements are filed under their own field name.
    return this.stated.get(field)?.[0]?.value as PlanFields[F] | undefined;
  }

  /** The statement in force. */
  sourced<F extends FieldName>(field: F): Sourced<PlanFields[F]> | undefined {
    // As above.
    return this.stated.get(field)?.[0] as Sourced<PlanFields[F]> | undefined;
  }

  /** Forgets what was stated, for frameworks that drop a setting under some condition. */
  drop(field: FieldName): void {
    this.stated.delete(field);
    this.places.delete(field);
  }

  values(): PlanValues {
    const values: Record<string, unknown> = {};
    for (const [field, [winner, ...losers]] of this.stated) {
      if (winner === undefined) continue;
      const written = losers.filter((loser) => loser.origin !== 'default');
      values[field] = written.length === 0 ? winner : { ...winner, overridden: written };
    }
    // Each value was stated under its own field by the typed methods above.
    return values as PlanValues;
  }
}
