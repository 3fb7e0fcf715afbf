/** A part of what a question says. */
export interface Passage {
  readonly words: string;
  readonly role: 'plain' | 'bad';
  /** Must be visible to allow an answer; `words` if there is more room. Left out: it may be cut off. */
  readonly least?: string;
}

export const plain = (words: string): Passage => ({ words, role: 'plain' });

/** What may be cut: it has to be seen before an answer. */
export const bad = (words: string, least = words): Passage => ({ words, role: 'bad', least });

/** How long it is waited for: has to be seen as well. */
export const vital = (words: string, least = words): Passage => ({ words, role: 'plain', least });
