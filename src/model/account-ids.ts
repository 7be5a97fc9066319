// Whose numbers the names in a package's record stand for: the host's own accounts (passwd(5), group(5)).

export interface AccountIds {
  user(name: string): number | undefined;
  group(name: string): number | undefined;
}
