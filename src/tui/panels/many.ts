/** What a question about many says: how many, which, and which of them may be cut. */
import { listed } from '../../base/listed.ts';
import { startOrStop, type Seen } from '../../control/seen.ts';
import type { InstanceView } from '../../control/view.ts';
import { CHANGED, phraseOf } from '../many.ts';
import type { ManyQuestion, Model } from '../model.ts';
import { stillMeant, type Deed } from '../still.ts';
import { bad, plain, vital, type Passage } from './passage.ts';

export function manyTitle(question: ManyQuestion, model: Model): string {
  if (question.about === 'cut-many') return `kill ${question.targets.length} now?`;
  const { deed } = question;
  const { length } = stillIn(question, model);
  if (deed === 'roll') return `restart ${length} one by one?`;
  return length === model.marked.size ? `${deed} ${length}?` : `${deed} ${length} of ${model.marked.size} marked?`;
}

export function manyText(question: ManyQuestion, model: Model): readonly Passage[] {
  const still = stillIn(question, model);
  if (still.length === 0) return [plain(`All of them are ${CHANGED} meanwhile.`)];
  const ids = new Set(still.map(({ id }) => id));
  const of = model.instances.filter(({ id }) => ids.has(id));
  return [
    ...harmText(question, of),
    ...leftText(question.targets, ids),
    plain(`${listed([...ids], NAMED)}.`),
    ...hiddenText(of, model),
    thenText(question),
  ];
}

const stillIn = (question: ManyQuestion, model: Model): readonly Seen[] =>
  stillMeant(question.about === 'many' ? question.deed : 'cut', question.targets, model);

/** More would push what may be cut out of sight. */
const NAMED = 6;

/** With their names if there is room; `least` fits into a row of the smallest terminal. */
const naming = (make: typeof bad, words: string, least: string, of: readonly InstanceView[]): Passage =>
  make(`${words}: ${listed(idsOf(of), NAMED)}.`, `${least}.`);

/** What is not visible on the screen is named. */
function hiddenText(of: readonly InstanceView[], { shown, filter }: Model): readonly Passage[] {
  if (filter === '') return [];
  const seen = new Set(shown.map(({ id }) => id));
  const hidden = of.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
  const start = `${hidden.length} of them ${areIs(hidden)} hidden by the filter`;
  return hidden.length === 0 ? [] : [bad(`${start}: ${listed(hidden, 3)}.`, `${start}.`)];
}

function leftText(targets: readonly Seen[], still: ReadonlySet<string>): readonly Passage[] {
  const left = targets.filter(({ id }) => !still.has(id)).map(({ id }) => id);
  return left.length === 0 ? [] : [plain(`${listed(left, 3)}: ${CHANGED} meanwhile, so left alone.`)];
}

function harmText(question: ManyQuestion, of: readonly InstanceView[]): readonly Passage[] {
  if (question.about === 'cut-many') {
    const cut = of.filter(({ busy }) => busy !== false);
    const least = `SIGKILL cuts what ${cut.length} ${areIs(cut)} at`;
    return cut.length === 0 ? [] : [naming(bad, `${least}, in the middle`, least, cut)];
  }
  if (question.deed === 'start') return [];
  return [...HARMS.flatMap((harm) => sayHarm(harm, of)), ...startedText(question.deed, of)];
}

interface Harm {
  readonly make: typeof bad;
  readonly isOf: (instance: InstanceView) => boolean;
  readonly words: (of: readonly InstanceView[]) => string;
  readonly least: (of: readonly InstanceView[]) => string;
}

const lives = ({ pid, state }: InstanceView): boolean => pid !== null && state !== 'killing';
/** The first that fits an instance is what is said of it; the gravest comes first. */
const HARMS: readonly Harm[] = [
  {
    make: bad,
    isOf: ({ flags }) => flags.includes('no_drain'),
    words: ({ length }) => `The stop signal may cut ${length} (no_drain)`,
    least: ({ length }) => `The stop signal may cut ${length}`,
  },
  {
    make: bad,
    isOf: ({ state, kill_at: at, busy }) => state === 'draining' && at === null && busy !== true,
    words: (of) => `${of.length} ${drain(of)} already, and from now on SIGKILL follows ${their(of)} grace`,
    least: (of) => `${of.length} ${drain(of)}: now grace, then SIGKILL`,
  },
  {
    make: bad,
    isOf: ({ state, kill_at: at }) => state === 'draining' && at !== null,
    words: (of) => `${of.length} ${drain(of)} already, and SIGKILL follows ${their(of)} grace`,
    least: (of) => `${of.length} ${drain(of)}: grace, then SIGKILL`,
  },
  {
    make: vital,
    isOf: ({ busy }) => busy === true,
    words: (of) =>
      `${of.length} ${areIs(of)} in an iteration, which is waited for as long as ${their(of)} limits allow`,
    least: (of) => `${of.length} ${areIs(of)} in an iteration, waited for`,
  },
  {
    make: vital,
    isOf: ({ busy }) => busy === null,
    words: (of) =>
      `${of.length} ${say(of)} nothing of ${their(of)} iterations: ${their(of)} grace to finish, then SIGKILL`,
    least: (of) => `${of.length} ${say(of)} nothing: grace, then SIGKILL`,
  },
];

function sayHarm(harm: Harm, of: readonly InstanceView[]): readonly Passage[] {
  const those = of.filter((each) => lives(each) && HARMS.find(({ isOf }) => isOf(each)) === harm);
  return those.length === 0 ? [] : [naming(harm.make, harm.words(those), harm.least(those), those)];
}

/** What a restart does to instances that are down. */
function startedText(deed: Deed, of: readonly InstanceView[]): readonly Passage[] {
  const down = deed === 'restart' ? of.filter((each) => startOrStop(each) === 'start') : [];
  return down.length === 0
    ? []
    : [
        naming(
          vital,
          `${down.length} ${areIs(down)} stopped or ended, and started again`,
          `${down.length} down ${areIs(down)} started again`,
          down,
        ),
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
      return plain('Each waits until the one before it is up again. Those that are stopped stay so.');
  }
}

const idsOf = (of: readonly InstanceView[]): readonly string[] => of.map(({ id }) => id);
const areIs = (of: readonly unknown[]): string => (of.length === 1 ? 'is' : 'are');
const drain = (of: readonly unknown[]): string => (of.length === 1 ? 'drains' : 'drain');
const say = (of: readonly unknown[]): string => (of.length === 1 ? 'says' : 'say');
const their = (of: readonly unknown[]): string => (of.length === 1 ? 'its' : 'their');
