/**
 * What is known of frameworks: each setting with its reason and its source. Data only; preset-layer.ts puts it
 * under what a list says. A preset sets what its framework says of itself, and nothing else: the rest is built in.
 */

export interface Preset {
  /** The worker's display name. */
  readonly title: string;
  /** An example of how to run it. */
  readonly command: string;
  readonly settings: readonly PresetSetting[];
  readonly grace: PresetGrace | null;
  /** Its own settings to use instead of `limits.iteration` and `limits.iterations`, since it does not report iterations. */
  readonly instead: { readonly iteration: string | null; readonly iterations: string | null } | null;
  /** A PHP extension without which a stop cuts the work in progress. */
  readonly extension: string | null;
  /** What to know that no key can set. */
  readonly notes: readonly string[];
}

export interface PresetSetting {
  readonly key: 'stop.signal' | 'stop.to' | 'restart.success_codes' | `env.${string}`;
  /** As it would be written in the list. */
  readonly value: string | readonly number[];
  /** A wrapper (npm, poetry …) does not pass signals on: the worker behind it would get none. */
  readonly notFor?: 'wrappers';
  readonly reason: string;
  /** A page, or the versions it was measured with. */
  readonly source: string;
}

/** `stop.grace`: follows the time that the worker itself gives a job, if the command line sets one. */
export interface PresetGrace {
  /** If the command line sets none. */
  readonly value: string;
  /** The options, in seconds, that set how long a job (or, for Sidekiq, a stop) may take. Empty: there are none. */
  readonly options: readonly string[];
  /** What 0 means for them. */
  readonly zero: 'for ever' | 'no time';
  /** The time if none is given; null: for ever. */
  readonly own: string | null;
  /** What is added to it. */
  readonly more: string;
  readonly reason: string;
  readonly source: string;
}

/** Even for a shell line, which is otherwise signalled as a group: `shell: exec …`. */
const TO_MAIN: PresetSetting = {
  key: 'stop.to',
  value: 'main',
  notFor: 'wrappers',
  reason: 'SIGTERM to the whole group ends the programs that a job runs (ffmpeg, convert), and the job fails',
  source: 'measured with Sidekiq 6.4, Symfony 5.4, BullMQ 6.7',
};

const LARAVEL_WORKER = 'https://github.com/laravel/framework/blob/12.x/src/Illuminate/Queue/Worker.php';
const SYMFONY_DOCS = 'https://symfony.com/doc/current/messenger.html';
const CELERY_DOCS = 'https://docs.celeryq.dev/en/stable/userguide/workers.html';

export const PRESET_NAMES = ['laravel', 'symfony', 'sidekiq', 'celery', 'rq', 'bullmq'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  laravel: {
    title: 'Laravel queue worker',
    command: 'php artisan queue:work --max-time=3600',
    settings: [
      {
        key: 'stop.signal',
        value: 'SIGTERM',
        reason: 'the worker finishes its job and ends; every version handles this one',
        source: LARAVEL_WORKER,
      },
      TO_MAIN,
      {
        key: 'restart.success_codes',
        value: [0, 12],
        reason: '12 is its --memory limit; --max-jobs, --max-time, --stop-when-empty and queue:restart end with 0',
        source: LARAVEL_WORKER,
      },
    ],
    grace: {
      value: '90s',
      options: ['--timeout'],
      zero: 'for ever',
      own: '60s',
      more: '30s',
      reason: 'Laravel itself ends a job after --timeout (60 s where it is not given); 30 s more for what follows',
      source: 'https://laravel.com/docs/queues#timeout',
    },
    instead: { iteration: '--timeout=SECONDS', iterations: '--max-jobs=N' },
    extension: 'pcntl',
    notes: [
      'A `$timeout` in the class of a job counts more than --timeout: write `stop: TIME` above the longest.',
      'A job that overruns its --timeout is ended by SIGKILL, which the worker sends itself: that is a crash here, too.',
      'Ends within `reset_after` (10 s) are quick ones, from the sixth in a row on with a growing gap: a small --max-jobs, --once or --stop-when-empty want `restart: { reset_after: 0s }`.',
    ],
  },
  symfony: {
    title: 'Symfony Messenger worker',
    command: 'php bin/console messenger:consume async --time-limit=3600',
    settings: [
      {
        key: 'stop.signal',
        value: 'SIGTERM',
        reason: 'the worker finishes its message and ends; SIGINT, before 6.3, ends it in the middle of one',
        source: `${SYMFONY_DOCS}#graceful-shutdown`,
      },
      TO_MAIN,
    ],
    grace: null,
    instead: { iteration: null, iterations: '--limit=N' },
    extension: 'pcntl',
    notes: [
      'Nothing limits how long a message takes: write `stop: TIME` above the longest.',
      "Each process needs a name of its own in the Redis transport, or two have the same message: `consumer: '%env(default:nobody:SUPERVISE_NAME)%-%env(default:nobody:SUPERVISE_INSTANCE)%'`, and a parameter `nobody` for those who only send.",
      '--limit, --time-limit, --memory-limit, --failure-limit and messenger:stop-workers end with 0: planned, and started again.',
      'Ends within `reset_after` (10 s) are quick ones, from the sixth in a row on with a growing gap: a small --limit wants `restart: { reset_after: 0s }`.',
    ],
  },
  sidekiq: {
    title: 'Sidekiq process',
    command: 'bundle exec sidekiq -t 60',
    settings: [
      {
        key: 'stop.signal',
        value: 'SIGTERM',
        reason: 'it takes no new job, gives those at work -t seconds, and ends; TSTP alone (quiet) never ends it',
        source: 'https://github.com/sidekiq/sidekiq/wiki/Signals',
      },
      TO_MAIN,
    ],
    grace: {
      value: '35s',
      options: ['-t', '--timeout'],
      zero: 'no time',
      own: '25s',
      more: '10s',
      reason:
        'a stop takes it up to -t seconds (25 where it is not given) and 5 more; a SIGKILL before it has pushed back what is not done loses jobs',
      source: 'https://github.com/sidekiq/sidekiq/wiki/Deployment',
    },
    instead: { iteration: null, iterations: null },
    extension: null,
    notes: [
      'A job that is not done after -t seconds is cut by Sidekiq itself and run again from its beginning: write -t above the longest job, and the grace follows. A `:timeout:` in config/sidekiq.yml is not seen here: write `stop: TIME`, 10 s above it.',
      'Its threads are its own (-c): one instance is usual.',
    ],
  },
  celery: {
    title: 'Celery worker',
    command: 'celery -A shop worker --time-limit=300',
    settings: [
      {
        key: 'stop.signal',
        value: 'SIGTERM',
        reason:
          'warm shutdown: tasks at work are finished; SIGQUIT, a second SIGINT and, before 5.5, a second SIGTERM are the cold one, which cuts them',
        source: `${CELERY_DOCS}#worker-shutdown`,
      },
      {
        key: 'stop.to',
        value: 'main',
        reason: 'the processes of its pool die of SIGTERM in the middle of their task',
        source: 'https://github.com/celery/celery/issues/4795',
      },
      {
        key: 'env.REMAP_SIGTERM',
        value: '',
        reason: 'REMAP_SIGTERM=SIGQUIT, inherited, would make SIGTERM the cold shutdown',
        source: `${CELERY_DOCS}#worker-shutdown`,
      },
    ],
    grace: {
      value: '10m',
      options: ['--time-limit'],
      zero: 'for ever',
      own: null,
      more: '30s',
      reason:
        "nothing limits a task, and one that is cut is lost unless it is acks_late; Celery's own example for supervisord waits 600 s. With --time-limit: that, and 30 s",
      source: 'https://github.com/celery/celery/blob/main/extra/supervisord/celeryd.conf',
    },
    instead: { iteration: '--time-limit=SECONDS', iterations: '--max-tasks-per-child=N' },
    extension: null,
    notes: [
      'Its processes are its own (-c): one instance is usual. Several need a node name each: `shell: exec celery -A shop worker -n w$SUPERVISE_INSTANCE@%h`.',
      'A worker that has cut its tasks ends with 0, too: the exit code proves nothing.',
    ],
  },
  rq: {
    title: 'RQ worker',
    command: 'rq worker default',
    settings: [
      {
        key: 'stop.signal',
        value: 'SIGTERM',
        reason: 'the job at work is finished; a second SIGTERM or SIGINT would kill it, so it is sent once',
        source: 'https://python-rq.org/docs/workers/#taking-down-workers',
      },
    ],
    grace: {
      value: '5m',
      options: [],
      zero: 'for ever',
      own: '3m',
      more: '2m',
      reason:
        'a job may take 180 s where its queue or decorator says nothing else, and RQ ends one that hangs 60 s later',
      source: 'https://github.com/rq/rq/blob/master/rq/queue.py',
    },
    instead: { iteration: null, iterations: '--max-jobs=N' },
    extension: null,
    notes: [
      'A longer `job_timeout` is not seen here: write `stop: TIME`, two minutes above the longest.',
      'A worker that has lost Redis ends with 1: declare Redis as a resource, and that is no crash, and starts wait for it.',
      'Each job runs in a process and session of its own: where the worker is killed (grace over, `stop --now`) it goes on to its end, and supervise names it.',
    ],
  },
  bullmq: {
    title: 'BullMQ worker',
    command: 'node worker.js',
    settings: [
      {
        key: 'stop.signal',
        value: 'SIGTERM',
        reason:
          'BullMQ handles none: your own handler of SIGTERM calls worker.close(), which waits for the jobs at work',
        source: 'https://docs.bullmq.io/guide/workers/graceful-shutdown',
      },
      TO_MAIN,
    ],
    grace: null,
    instead: null,
    extension: null,
    notes: [
      "The handler: `process.on('SIGTERM', () => worker.close().then(() => process.exit(0)))`. Without it SIGTERM cuts the jobs at work; with `once` a second SIGTERM would.",
      'worker.close() waits without a limit, and while Redis is away it never returns: write `stop: TIME` above the longest job. A job that is cut stalls, and is run again after 30 to 60 s.',
      'A worker that stands still for 30 s loses the lock of its job, which then is at work twice.',
    ],
  },
};
