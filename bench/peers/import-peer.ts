/**
 * Loads a package that only `bench/peers/package.json` names. The compiler must not look for it: where
 * nobody has run this benchmark, it is not installed.
 */
export async function importPeer<P>(name: string): Promise<P> {
  return (await import(name)) as P;
}
