import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { languages, LEFT, Rig, shells, STOPPED, type Language, type Running } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => {
  rig.close();
});

// The same cases for every language. What a test waits for is a line or a word, never a time.
for (const language of languages) {
  describe.skipIf(language.need.missing)(
    `the SDK in ${language.name}${language.need.note}`,
    { timeout: 120_000 },
    () => {
      test.for(['SIGTERM', 'SIGINT'] as const)(
        '%s during run: the iteration ends, then shutdown, exit 0',
        async (signal) => {
          const daemon = rig.start(language, ['work']);
          await daemon.prints('begin 1');
          await interrupt(daemon, language, signal);
          rig.go();
          expect(await daemon.ended).toBe(0);
          expect(seen(daemon, language)).toEqual([
            'init',
            'init end',
            'begin 1',
            `signal ${signal}`,
            'end 1',
            'shutdown',
          ]);
          expect(daemon.words).toEqual(['READY=1', 'BUSY=1', 'ITERATION=1', ...STOPPED]);
          expect(daemon.speakers).toEqual([`SPEAKER=${daemon.pid}`]);
          expect(daemon.err).toEqual([]);
        },
      );

      test('a second Ctrl-C does not cut the iteration either', async () => {
        const daemon = rig.start(language, ['work']);
        await daemon.prints('begin 1');
        await interrupt(daemon, language, 'SIGINT');
        await interrupt(daemon, language, 'SIGINT', 2);
        rig.go();
        expect(await daemon.ended).toBe(0);
        expect(daemon.out.slice(-2)).toEqual(['end 1', 'shutdown']);
      });

      test('a stop ends an idle wait of an hour, from the first moment on', async () => {
        for (let round = 0; round < 3; round++) {
          const daemon = rig.start(language, ['idle']);
          await daemon.says('IDLE=1');
          daemon.kill('SIGTERM');
          expect(await daemon.ended).toBe(0);
          expect(daemon.out).toEqual(['init', 'init end', 'before', 'signal SIGTERM', 'after', 'shutdown']);
          expect(daemon.words).toEqual(['READY=1', 'BUSY=1', 'IDLE=1', 'BUSY=1', 'ITERATION=1', ...STOPPED]);
          expect(daemon.err).toEqual([]);
        }
      });

      test('an isDone of its own ends an idle wait as well', async () => {
        const daemon = rig.start(language, ['own-done']);
        await daemon.says('IDLE=1');
        daemon.kill('SIGTERM');
        expect(await daemon.ended).toBe(0);
        expect(daemon.out.slice(2)).toEqual(['before', 'signal SIGTERM', 'after', 'shutdown']);
      });

      test('what it prints at its very end arrives whole', async () => {
        const daemon = rig.start(language, ['flood']);
        expect(await daemon.ended).toBe(0);
        expect(daemon.out.at(-1)?.length).toBe(1_000_000);
      });

      const isNode = language.name === 'TypeScript';
      test.skipIf(isNode)(
        `a signal between the look at "done" and the wait ends the wait${isNode ? ' (Node has no such moment)' : ''}`,
        async () => {
          const daemon = rig.start(language, ['race']);
          expect(await daemon.ended).toBe(0);
          expect(daemon.out.slice(2)).toEqual(['before', 'signal SIGTERM', 'after', 'shutdown']);
        },
      );

      test('after a signal in the last moment of an iteration no other one begins', async () => {
        const daemon = rig.start(language, ['late']);
        expect(await daemon.ended).toBe(0);
        expect(daemon.out).toEqual(['init', 'init end', 'signal SIGTERM', 'shutdown']);
        expect(daemon.words).toEqual(['READY=1', 'BUSY=1', 'ITERATION=1', ...STOPPED]);
      });

      test('a signal that asks for no stop leaves an idle wait as it is', async () => {
        const daemon = rig.start(language, ['idle']);
        await daemon.says('IDLE=1');
        daemon.kill('SIGUSR2');
        await daemon.prints('signal SIGUSR2');
        daemon.kill('SIGTERM');
        expect(await daemon.ended).toBe(0);
        expect(daemon.out.slice(2)).toEqual(['before', 'signal SIGUSR2', 'signal SIGTERM', 'after', 'shutdown']);
      });

      test('a stop before init has finished: init ends, no iteration begins', async () => {
        const daemon = rig.start(language, ['slow-init']);
        await daemon.prints('init');
        daemon.kill('SIGTERM');
        await daemon.prints('signal SIGTERM');
        rig.go();
        expect(await daemon.ended).toBe(0);
        expect(daemon.out).toEqual(['init', 'signal SIGTERM', 'init end', 'shutdown']);
        expect(daemon.words).toEqual(['READY=1', ...STOPPED]);
      });

      const isShell = shells.includes(language);
      test.skipIf(isShell)(
        `a loop of one's own: init has set the handlers, and no word is said${isShell ? ' (in shell there is none but ours)' : ''}`,
        async () => {
          const daemon = rig.start(language, ['loop']);
          await daemon.prints('begin 1');
          daemon.kill('SIGTERM');
          await daemon.prints('signal SIGTERM');
          rig.go();
          expect(await daemon.ended).toBe(0);
          expect(daemon.out.slice(-2)).toEqual(['end 1', 'shutdown']);
          expect(daemon.words).toEqual([]);
        },
      );

      test('an error in run: it is on stderr, shutdown runs, exit 1, and the iteration is not counted', async () => {
        const daemon = rig.start(language, ['error']);
        expect(await daemon.ended).toBe(1);
        expect(daemon.err.join('\n')).toContain('the spool is gone');
        expect(daemon.err.join('\n')).toContain('run failed');
        expect(daemon.out).toEqual(['init', 'init end', 'shutdown']);
        expect(daemon.words).toEqual(['READY=1', 'BUSY=1', 'ITERATION=1', 'BUSY=1', ...LEFT, 'EXIT_STATUS=1']);
      });

      test('an error in init: never ready, exit 1', async () => {
        const daemon = rig.start(language, ['bad-init']);
        expect(await daemon.ended).toBe(1);
        expect(daemon.err.join('\n')).toContain('no spool here');
        expect(daemon.out).toEqual(['init']);
        expect(daemon.words).toEqual(['EXIT_STATUS=1']);
      });

      test('an error in shutdown: exit 1', async () => {
        const daemon = rig.start(language, ['bad-shutdown']);
        expect(await daemon.ended).toBe(1);
        expect(daemon.err.join('\n')).toContain('shutdown failed');
        expect(daemon.words).toEqual(['READY=1', ...LEFT, 'EXIT_STATUS=1']);
      });

      test('an error in onSignal does not cut the iteration, and the stop stands', async () => {
        const daemon = rig.start(language, ['bad-signal']);
        await daemon.prints('begin 1');
        daemon.kill('SIGTERM');
        await daemon.prints('signal SIGTERM');
        rig.go();
        expect(await daemon.ended).toBe(0);
        expect(daemon.err.join('\n')).toContain('a bad handler');
        expect(daemon.out.slice(-2)).toEqual(['end 1', 'shutdown']);
      });

      test('fast iterations: counted to the last, told at most ten times a second', async () => {
        const began = performance.now();
        const daemon = rig.start(language, ['count', '3000']);
        expect(await daemon.ended).toBe(0);
        const seconds = (performance.now() - began) / 1000;
        const told = daemon.words.filter((word) => word.startsWith('ITERATION='));
        expect(told.length).toBeLessThanOrEqual(seconds * 10 + 2);
        expect(daemon.words.slice(-4)).toEqual(['ITERATION=3000', ...STOPPED]);
      });

      test('reports are single lines, and short enough not to be torn', async () => {
        const daemon = rig.start(language, ['talk']);
        expect(await daemon.ended).toBe(0);
        const [, , twoLines, long, ...rest] = daemon.words;
        expect(twoLines).toBe('STATUS=two lines');
        expect(long).toMatch(/^STATUS=(?:é{1000,}|0{900})$/u);
        expect(Buffer.byteLength(`${long ?? ''}\n`)).toBeLessThanOrEqual(4096);
        expect(rest.slice(0, 2)).toEqual(['PROGRESS=1/3', 'WAITING=database']);
        expect(rest[2]).toMatch(/^EXTEND_TIMEOUT_USEC=(?:1500000|2000000)$/);
        expect(rest.slice(3)).toEqual(['ITERATION=1', ...STOPPED]);
      });

      test('a full descriptor 3 that nobody reads stops nothing', async () => {
        const daemon = rig.start(language, ['count', '300'], { fd3: 'full' });
        expect(await daemon.ended).toBe(0);
        expect(daemon.out).toEqual(['init', 'init end', 'shutdown']);
        expect(daemon.err).toEqual([]);
        expect(rig.readRest()).toMatch(/^(?:x{511}\n)+$/);
      });

      test.for([undefined, '3', '3x'])('without a supervisor, SUPERVISE_NOTIFY_FD=%s', async (fd) => {
        const daemon = rig.start(language, ['talk'], {
          fd3: 'none',
          env: fd === undefined ? {} : { SUPERVISE_NOTIFY_FD: fd },
        });
        expect(await daemon.ended).toBe(0);
        expect(daemon.out).toEqual(['init', 'init end', 'shutdown']);
        expect(daemon.err).toEqual([]);
      });

      test('a helper sees neither descriptor nor number, and no signal is blocked in run', async () => {
        // grep's own, which inherits it: a shell that has just forked briefly blocks all of them.
        const HELPER = 'echo "fd=${SUPERVISE_NOTIFY_FD-none}"; ls -l /proc/$$/fd; grep SigBlk /proc/self/status';
        const daemon = rig.start(language, ['helper'], { env: { HELPER } });
        expect(await daemon.ended).toBe(0);
        expect(daemon.out).toContain('fd=none');
        const masks = daemon.out.filter((line) => line.startsWith('SigBlk'));
        expect(new Set(masks)).toEqual(new Set(['SigBlk:\t0000000000000000']));
        expect(daemon.out.filter((line) => line.includes('/fd3-'))).toEqual([]);
      });
    },
  );
}

/** Sends it until the daemon has seen it for the n-th time. */
async function interrupt(daemon: Running, language: Language, signal: NodeJS.Signals, times = 1): Promise<void> {
  daemon.kill(signal);
  const again = setInterval(() => {
    if (losesSigint(language)) daemon.kill(signal);
  }, 2000);
  try {
    await daemon.prints(`signal ${signal}`, times);
  } finally {
    clearInterval(again);
  }
}

/** What it has printed; what may have been sent twice counts once. */
function seen(daemon: Running, language: Language): readonly string[] {
  return losesSigint(language) ? [...new Set(daemon.out)] : daemon.out;
}

/** Bash 5.2 loses one SIGINT in 25 that arrives while it starts one command and reaps another, trap or not. */
function losesSigint(language: Language): boolean {
  return language.name === 'bash';
}
