import type { Keys, Sketch, Source } from './sketch.ts';

/** The contents of a folder: the text of a file in it, or null. */
export type TextOf = (file: string) => string | null;

/** Queue workers of known frameworks: a daemon if its command line is known, else a comment with the next step. */
export function readFrameworks(textOf: TextOf): readonly Source[] {
  return FRAMEWORKS.flatMap(({ files, isThere, name, keys, doubt, next }) => {
    const file = files.find((each) => isThere.test(textOf(each) ?? ''));
    if (file === undefined || (name === 'messages' && textOf('bin/console') === null)) return [];
    const notes = next === null ? [] : [{ what: name, mend: next }];
    const sketch: Sketch = { name, keys, notes, doubt };
    return [{ file, sketches: [sketch], notes: [] }];
  });
}

interface Framework {
  /** Where it may be named; the first that names it counts. */
  readonly files: readonly string[];
  readonly isThere: RegExp;
  readonly name: string;
  readonly keys: Keys;
  readonly doubt: string | null;
  /** What to check although the command is known. */
  readonly next: string | null;
}

const PYTHON = ['pyproject.toml', 'requirements.txt', 'requirements/base.txt', 'Pipfile', 'setup.cfg'];

const FRAMEWORKS: readonly Framework[] = [
  {
    files: ['artisan'],
    isThere: /laravel|artisan|Illuminate|bootstrap\/app/i,
    name: 'jobs',
    keys: { preset: 'laravel', command: 'php artisan queue:work' },
    doubt: null,
    next: 'queues and limits are written here: --queue=high,default --max-time=3600; docs/presets.md',
  },
  {
    files: ['composer.json'],
    isThere: /"symfony\/messenger"/,
    name: 'messages',
    keys: { preset: 'symfony', command: 'php bin/console messenger:consume async --time-limit=3600' },
    doubt: null,
    next: 'async is the name of a transport in config/packages/messenger.yaml; php bin/console debug:config framework messenger shows yours',
  },
  {
    files: ['Gemfile'],
    isThere: /^[ \t]*gem[ \t]+["']sidekiq["']/m,
    name: 'sidekiq',
    keys: { preset: 'sidekiq', command: 'bundle exec sidekiq' },
    doubt: null,
    next: 'a stop takes -t seconds, 25 where it is not given: write -t above the longest job',
  },
  {
    files: PYTHON,
    isThere: /^[ \t]*["']?celery\b/im,
    name: 'celery',
    keys: { preset: 'celery', command: 'celery -A APP worker' },
    doubt:
      'APP is the module that has the app of Celery in it, and with a virtual environment the program is .venv/bin/celery',
    next: null,
  },
  {
    files: PYTHON,
    isThere: /^[ \t]*["']?rq\b/im,
    name: 'rq',
    keys: { preset: 'rq', command: 'rq worker default' },
    doubt: 'write the names of your queues, and with a virtual environment .venv/bin/rq',
    next: null,
  },
  {
    files: ['package.json'],
    isThere: /"bullmq"\s*:/,
    name: 'worker',
    keys: { preset: 'bullmq', command: 'node worker.js' },
    doubt: 'write the file that makes your Worker; its handler of SIGTERM is in docs/recipes/bullmq.md',
    next: null,
  },
];
