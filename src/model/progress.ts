// How a long operation tells a person what it is doing. Nothing of it is part of the result.

export interface Progress {
  /** A line that stays: 'waiting for the apt transaction of process 812 to end'. */
  tell(message: string): void;
  /** What is being done now, shown only on a terminal and overwritten by the next: ('sweep', 120000). */
  step(what: string, done?: number): void;
}
