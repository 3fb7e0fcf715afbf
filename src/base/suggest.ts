import { closestMatch } from 'leven';

/**
 * The known word that a mistyped one probably meant, if any. About a third of the letters may be wrong, three at most; case, and `-` for
 * `_`, do not count; a truncated word (`inst`) is completed if only one fits.
 */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const word = fold(written);
  if (word === '' || word.length > 64) return undefined;
  const byFolded = new Map(known.map((each) => [fold(each), each]));
  const same = byFolded.get(word);
  if (same !== undefined) return same;
  // Two swapped letters count twice in the distance, but are the commonest slip: `nmae`.
  const swapped = [...byFolded.keys()].find((each) => lettersOf(each) === lettersOf(word));
  if (swapped !== undefined) return byFolded.get(swapped);
  const maxDistance = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  const near = closestMatch(word, [...byFolded.keys()], { maxDistance });
  if (near !== undefined) return byFolded.get(near);
  const begun = word.length < 3 ? [] : known.filter((each) => fold(each).startsWith(word));
  return begun.length === 1 ? begun[0] : undefined;
}

const fold = (word: string): string => word.toLowerCase().replaceAll('-', '_');
const lettersOf = (word: string): string => Array.from(word).sort().join('');
