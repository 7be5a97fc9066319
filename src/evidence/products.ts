// All products that are known: the software that is most often installed by hand.
import { GO_PROGRAMS } from './go-programs.ts';
import { NATIVE_PROGRAMS } from './native-programs.ts';
import type { ProductRow } from './product-row.ts';

export const PRODUCTS: readonly ProductRow[] = [...NATIVE_PROGRAMS, ...GO_PROGRAMS];
