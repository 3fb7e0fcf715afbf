/** Iterations that work in separate processes and threads: only the loop speaks, and helpers end as their parents want. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { languages, Rig, STOPPED, type Running } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => {
  rig.close();
});

/** All that a loop of one iteration says that does not wait. */
const ONE_ITERATION = ['READY=1', 'BUSY=1', 'ITERATION=1', ...STOPPED];

const ledger = (): string => path.join(rig.folder, 'ledger');
const noted = (): readonly string[] => readFileSync(ledger(), 'utf8').trimEnd().split('\n');

for (const { name, argv, need } of languages) {
  const extension = path.extname(argv.at(-1) ?? '');
  const file = path.join(import.meta.dirname, `puppets/forks${extension}`);
  const start = (mode: string): Running => {
    const [program, ...before] = argv;
    return rig.command([program, ...before.slice(0, -1), file, mode, ledger()], {});
  };
  const isOneOf = (...extensions: readonly string[]): boolean => extensions.includes(extension);

  describe.skipIf(need.missing)(
    `an iteration in ${name} that works elsewhere${need.note}`,
    { timeout: 120_000 },
    () => {
      const ways = isOneOf('.sh', '.php', '.py') ? [...(extension === '.py' ? ['thread'] : []), 'wait'] : [];
      test.for(ways)('a wait there (%s) does not say that the iteration waits', async (way) => {
        const daemon = start(way);
        await daemon.says('STATUS=at work');
        daemon.kill('SIGTERM');
        rig.go();
        expect(await daemon.ended).toBe(0);
        expect(noted().slice(-3)).toEqual(expect.arrayContaining(['end 1', 'shutdown']));
        expect(daemon.words).toEqual(['READY=1', 'BUSY=1', 'STATUS=at work', 'ITERATION=1', ...STOPPED]);
        expect(daemon.err).toEqual([]);
      });

      const pools = ['pool-fork', 'pool-spawn', 'pool-forkserver', 'pool-in-thread'];
      const executors = ['executor-fork', 'executor-spawn', 'executor-forkserver'];
      test.for(isOneOf('.py') ? [...pools, ...executors] : [])('%s: it ends, and nobody lives twice', async (mode) => {
        const daemon = start(mode);
        expect(await daemon.ended).toBe(0);
        expect(noted()).toEqual(['begin 1', 'sum 30', 'end 1', 'shutdown']);
        expect(daemon.words).toEqual(ONE_ITERATION);
        expect(daemon.err).toEqual([]);
      });

      test.skipIf(!isOneOf('.py', '.php'))('a child that is sent SIGTERM by its parent ends of it', async () => {
        const daemon = start('terminate');
        expect(await daemon.ended).toBe(0);
        const ends = noted().filter((line) => !/^child \d waits$/.test(line));
        expect(new Set(ends)).toEqual(new Set(['begin 1', 'child ended by 15', 'end 1', 'shutdown']));
        expect(daemon.words).toEqual(ONE_ITERATION);
      });

      test.skipIf(!isOneOf('.py', '.php'))('the Ctrl-C of a terminal does not cut what a child does', async () => {
        const daemon = start('sigint');
        expect(await daemon.ended).toBe(0);
        expect(noted()).toEqual(['begin 1', 'heard SIGINT', 'child done', 'child exit 0', 'end 1', 'shutdown']);
      });

      test.skipIf(!isOneOf('.py', '.php'))('what a child executes can be interrupted', async () => {
        const daemon = start('sigint-exec');
        expect(await daemon.ended).toBe(0);
        expect(noted()).toEqual(['begin 1', 'child ended by 2', 'end 1', 'shutdown']);
        expect(daemon.words).toEqual(ONE_ITERATION);
      });

      const leaves = isOneOf('.sh')
        ? [{ way: 'exits', code: 3 }]
        : [
            { way: 'returns', code: 0 },
            { way: 'raises', code: 1 },
            { way: 'exits', code: 3 },
          ];
      test.for(isOneOf('.sh', '.php', '.py') ? leaves : [])(
        'a child that $way ends alone: no second loop, no shutdown, no word',
        async ({ way, code }) => {
          const daemon = start(way);
          expect(await daemon.ended).toBe(0);
          expect(noted()).toEqual(['begin 1', `child exit ${code}`, 'end 1', 'shutdown']);
          expect(daemon.words).toEqual(ONE_ITERATION);
          const said = { returns: 'came back from it, and ends here', raises: 'lost in the child', exits: '' }[way];
          expect(daemon.err.join('\n')).toContain(said);
        },
      );

      test.skipIf(!isOneOf('.ts'))('a daemon that is started by child_process.fork within says nothing', async () => {
        const daemon = start('fork');
        expect(await daemon.ended).toBe(0);
        expect(daemon.out).toEqual(['child runs', 'child exit 0']);
        expect(daemon.words).toEqual(ONE_ITERATION);
      });

      test.skipIf(!isOneOf('.ts'))(
        'a worker thread gets no signals: the runner refuses, and says nothing',
        async () => {
          const thread = path.join(rig.folder, 'thread.mjs');
          const sdk = pathToFileURL(path.join(path.dirname(inject('program')), '../daemon/index.js')).href;
          writeFileSync(
            thread,
            `import { Daemon, DaemonRunner } from ${JSON.stringify(sdk)};
         class Child extends Daemon { run() { this.done = true; } }
         await DaemonRunner.exec(Child);`,
          );
          const main = `new (require('node:worker_threads').Worker)(${JSON.stringify(thread)})`;
          const daemon = rig.command([process.execPath, '-e', main], {});
          expect(await daemon.ended).toBe(1);
          expect(daemon.err.join('\n')).toContain('Child: a worker thread gets no signals');
          expect(daemon.words).toEqual([]);
        },
      );
    },
  );
}
