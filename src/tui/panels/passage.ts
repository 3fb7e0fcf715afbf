/** A part of what a question says. */
export interface Passage {
  readonly words: string;
  readonly role: 'plain' | 'bad';
  /** Nobody is to answer who could not see this; `words` where there is room for more. Left out: it may be cut off. */
  readonly least?: string;
}

export const plain = (words: string): Passage => ({ words, role: 'plain' });

/** What may be cut: whoever answers has seen it. */
export const bad = (words: string, least = words): Passage => ({ words, role: 'bad', least });

/** How much of it is waited for: seen as well. */
export const vital = (words: string, least = words): Passage => ({ words, role: 'plain', least });
