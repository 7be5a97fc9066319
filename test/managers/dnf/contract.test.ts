// The contract suite over dnf, on a root with a real rpm database.
import { describe } from 'vitest';
import { dnf } from '../../../src/managers/dnf/index.ts';
import { needs } from '../../support/requirements.ts';
import { testManagerContract } from '../contract.ts';
import { SMALL_ROOT_NEEDS, smallRoot } from './small-root.ts';

describe.skipIf(!needs('the contract of package managers over dnf', ...SMALL_ROOT_NEEDS))('dnf', () => testManagerContract(dnf, smallRoot));
