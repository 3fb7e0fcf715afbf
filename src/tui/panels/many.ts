/** What a question about many says: how many, which, and what of them may be cut. */
import { listed } from '../../base/listed.ts';
import type { InstanceView } from '../../control/view.ts';
import { phraseOf } from '../many.ts';
import type { ManyQuestion, Model } from '../model.ts';

export interface Passage {
  readonly words: string;
  readonly role: 'plain' | 'bad';
}

export function manyTitle(question: ManyQuestion, { marked }: Model): string {
  if (question.about === 'cut-many') return `kill ${question.targets.length} now?`;
  const { deed, ids } = question;
  if (deed === 'roll') return `restart ${ids.length} one by one?`;
  return ids.length === marked.size ? `${deed} ${ids.length}?` : `${deed} ${ids.length} of ${marked.size} marked?`;
}

export function manyText(question: ManyQuestion, model: Model): readonly Passage[] {
  const ids = new Set(question.about === 'many' ? question.ids : question.targets.map(({ id }) => id));
  const of = model.instances.filter(({ id }) => ids.has(id));
  return [
    ...harmText(question, of),
    plain(`${listed([...ids], NAMED)}.`),
    ...hiddenText(of, model),
    thenText(question),
  ];
}

/** More would push what may be cut out of sight. */
const NAMED = 6;

const plain = (words: string): Passage => ({ words, role: 'plain' });
const bad = (words: string): Passage => ({ words, role: 'bad' });

/** What cannot be seen on the screen is said. */
function hiddenText(of: readonly InstanceView[], { shown, filter }: Model): readonly Passage[] {
  if (filter === '') return [];
  const seen = new Set(shown.map(({ id }) => id));
  const hidden = of.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
  return hidden.length === 0
    ? []
    : [bad(`${hidden.length} of them ${areIs(hidden)} hidden by the filter: ${listed(hidden, 3)}.`)];
}

function harmText(question: ManyQuestion, of: readonly InstanceView[]): readonly Passage[] {
  if (question.about === 'cut-many') {
    const cut = idsOf(of.filter(({ pid, busy }) => pid !== null && busy !== false));
    return cut.length === 0 ? [] : [bad(`SIGKILL cuts what ${listed(cut, NAMED)} ${areIs(cut)} at, in the middle.`)];
  }
  if (question.deed === 'start') return [];
  const risky = idsOf(of.filter(({ pid, flags }) => pid !== null && flags.includes('no_drain')));
  const busy = of.filter(({ flags, busy: isBusy }) => isBusy === true && !flags.includes('no_drain'));
  return [
    ...(risky.length === 0 ? [] : [bad(`The stop signal may cut ${listed(risky, NAMED)} (no_drain).`)]),
    ...(busy.length === 0 ? [] : [plain(`${busy.length} ${areIs(busy)} in an iteration, which is waited for.`)]),
  ];
}

function thenText(question: ManyQuestion): Passage {
  if (question.about === 'cut-many') return plain(`They stay stopped. To do it, type ${phraseOf(question)} and Enter.`);
  switch (question.deed) {
    case 'start':
      return plain('All are started.');
    case 'stop':
      return plain('They stay stopped. Of the marked, those that do not run are left alone.');
    case 'restart':
      return plain('Then they are started again; of several of a daemon one goes first.');
    case 'roll':
      return plain('Each waits until the one before it is up again.');
  }
}

const idsOf = (of: readonly InstanceView[]): readonly string[] => of.map(({ id }) => id);
const areIs = (of: readonly unknown[]): string => (of.length === 1 ? 'is' : 'are');
