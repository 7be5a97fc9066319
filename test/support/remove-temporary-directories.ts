// For every test file, also of those that share a process and its modules (vitest's setupFiles). By a hook, because vitest ends its processes without exit handlers.
import { afterAll } from 'vitest';
import { removeTemporaryDirectories } from './temporary-directory.ts';

afterAll(removeTemporaryDirectories);
