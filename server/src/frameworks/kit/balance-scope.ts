import { oneOf } from './key.ts';

/** Over what Megatron's routers balance the experts. Megatron-LM: megatron/core/transformer/transformer_config.py, moe_router_load_balancing_type. */
export const BALANCE_SCOPE = oneOf<'micro' | 'sequence' | 'global'>([
  ['aux_loss', 'micro'],
  ['seq_aux_loss', 'sequence'],
  ['global_aux_loss', 'global'],
]);
