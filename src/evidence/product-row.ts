// The shape of one row of the table of products: how a program is known for what it is, and where its version stands.
import type { Product } from '../model/identity.ts';

/**
 * Texts in the data of an ELF file. They must be the product's own: version texts of libraries stand in every program that links them, so they never name
 * a product by themselves. Each text has at least 8 bytes (MIN_NEEDLE).
 */
export interface TextRule {
  /** Each must be there. */
  readonly all: readonly string[];
  /** None may be there: forks, and programs that carry this product inside. */
  readonly none?: readonly string[];
  /** For libraries: what they call themselves (DT_SONAME). */
  readonly soname?: RegExp;
  /**
   * Where the version stands: the pattern is tried on 128 bytes before `near` and 192 after its start, its first group is the version. No quantifier may
   * be without a bound. The rule holds only when one matches; where they disagree, there is no version.
   */
  readonly version?: readonly { readonly near: string; readonly pattern: RegExp }[];
  /** Redis and its forks write version, build host and time into one text; this stands before it. */
  readonly buildIdAfter?: string;
}

/**
 * What a text among the variables of a Go program is. VERSION is the one asked for; DESCRIBED says the same version and a build of it ('v1.1.12-0-g51d5e946',
 * '1.1.5-1'); REVISION is that, or the digits of a commit.
 */
export type Variable = 'VERSION' | 'DESCRIBED' | 'REVISION' | 'ANY' | RegExp;

export interface GoRule {
  /** Main packages, or what they lie below, without '/v2' and its like. */
  readonly packages: readonly string[];
  /** A main package that is only a wrapper (xcaddy): the product is this module, its version is that of the dependency. */
  readonly wraps?: { readonly package: string; readonly module: string };
  /** Variables that the linker sets ('-X'), by package path (without '/v2') and name. */
  readonly settings?: readonly string[];
  /** The module's tags are not the product's versions. */
  readonly ownVersions?: boolean;
  /** Variables that stand side by side in memory when they are declared together, in either order of the linker. */
  readonly runs?: readonly (readonly Variable[])[];
  /** Its version is that of Go itself. */
  readonly toolchain?: boolean;
}

/** Files beside a script or program that say which version of the product this tree is. */
export interface TreeRule {
  /** Texts of the script; each must be there. Without any, the product must be known otherwise. */
  readonly script?: readonly string[];
  /** Paths from the script's own directory; '*' stands for one name or its ending, and the first match in order of names counts. */
  readonly files: readonly { readonly path: string; readonly pattern: RegExp }[];
}

/** A line of META-INF/MANIFEST.MF of a jar (the JAR File Specification). */
export interface JarRule {
  readonly title?: { readonly attribute: string; readonly value: string };
  readonly version: string;
}

export interface ProductRow extends Product {
  readonly texts?: readonly TextRule[];
  readonly go?: GoRule;
  readonly tree?: TreeRule;
  readonly jar?: JarRule;
}
