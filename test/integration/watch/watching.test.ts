/** Real files, real chokidar. That a change is not reported is proved by a mark set after it: what is then reported is the mark alone. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ListSpec, WatchSpec } from '../../../src/config/spec.ts';
import { loadList } from '../../../src/config/load.ts';
import { watchList, type Watching } from '../../../src/supervisor/watching.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Told {
  readonly ids: readonly string[];
  readonly file: string;
  readonly more: number;
}

/** A project with a list in it that is being watched. */
class Project {
  readonly folder = fs.realpathSync(tempDir());
  readonly told: Told[] = [];
  readonly troubles: (string | null)[] = [];
  readonly warnings: string[] = [];
  #watching: Watching | null = null;
  #marks = 0;
  /** How many groups get reports of their own. */
  #groups = 0;

  at(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  write(name: string, text = String(process.hrtime.bigint())): void {
    fs.mkdirSync(path.dirname(this.at(name)), { recursive: true });
    fs.writeFileSync(this.at(name), text);
  }

  link(name: string, target: string): void {
    fs.symlinkSync(target, this.at(`${name}.new`));
    fs.renameSync(this.at(`${name}.new`), this.at(name));
  }

  /** Watches, according to a daemon's `watch:`; more daemons may be given. Resolves when everything is being watched. */
  async watch(written: string, ...others: readonly string[]): Promise<void> {
    this.write('mark', '');
    this.#groups = new Set([written, ...others]).size;
    const lines = [written, ...others].map((line, n) => `  - { name: d${n}, command: 'true', watch: ${line} }\n`);
    this.write('daemons.yaml', `daemons:\n${lines.join('')}`);
    const list = loadList(this.at('daemons.yaml'), process.env);
    if (!list.ok) throw new Error(JSON.stringify(list.error.problems));
    this.#watching = await watchList({
      list: withMark(list.value, this.at('mark')),
      ours: [this.at('state'), this.at('src/own.log')],
      changed: (ids, file, more) => this.told.push({ ids, file, more }),
      warn: (words) => this.warnings.push(words),
      trouble: (words) => this.troubles.push(words),
      // A test changes more than a person does.
      suspicion: { soonMs: 0, believed: Infinity },
    });
    await this.mark();
    this.told.length = 0;
  }

  /** Sets the mark, and waits until all have been told of it. Returns what they have been told since. */
  async mark(): Promise<readonly Told[]> {
    this.#marks += 1;
    const before = this.told.length;
    this.write('mark', `mark ${this.#marks}`);
    await waitFor(
      'the mark is told',
      () => this.told.slice(before),
      (told) => told.length >= this.#groups,
    );
    return this.told.splice(0);
  }

  /** Waits for the next change, and checks that only a mark follows it. */
  async change(): Promise<Told> {
    const [first] = await waitFor(
      'a change is told',
      () => this.told,
      (told) => told.length > 0,
    );
    if (first === undefined) throw new Error('waited for nothing');
    this.told.length = 0;
    expect(await this.mark()).toEqual([{ ids: first.ids, file: 'mark', more: 0 }]);
    return first;
  }

  async close(): Promise<void> {
    await this.#watching?.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A mark is watched by all. */
function withMark(list: ListSpec, mark: string): ListSpec {
  const marked = (watch: WatchSpec): WatchSpec => ({ ...watch, paths: [...watch.paths, mark] });
  return { ...list, daemons: list.daemons.map((spec) => ({ ...spec, watch: spec.watch && marked(spec.watch) })) };
}

const projects: Project[] = [];
function project(...files: readonly string[]): Project {
  const made = new Project();
  projects.push(made);
  for (const file of files) made.write(file);
  return made;
}
afterEach(async () => {
  await Promise.all(projects.splice(0).map((made) => made.close()));
});

describe('a folder', () => {
  test.each<[string, (it: Project) => void, string]>([
    [
      'a file is written in place',
      (it) => {
        it.write('src/deep/a.php');
      },
      'src/deep/a.php',
    ],
    [
      'a file is created',
      (it) => {
        it.write('src/deep/b.php');
      },
      'src/deep/b.php',
    ],
    [
      'a file is removed',
      (it) => {
        fs.rmSync(it.at('src/deep/a.php'));
      },
      'src/deep/a.php',
    ],
    [
      'a file is touched',
      (it) => {
        fs.utimesSync(it.at('src/a.php'), 1, 1);
      },
      'src/a.php',
    ],
    [
      'a file is replaced by rename',
      (it) => {
        it.write('other');
        fs.renameSync(it.at('other'), it.at('src/a.php'));
      },
      'src/a.php',
    ],
    [
      'a folder is removed',
      (it) => {
        fs.rmdirSync(it.at('src/empty'));
      },
      'src/empty',
    ],
  ])('%s: told', async (_, act, file) => {
    const it = project('src/a.php', 'src/deep/a.php');
    fs.mkdirSync(it.at('src/empty'));
    await it.watch('[src]');
    act(it);
    expect(await it.change()).toEqual({ ids: ['d0'], file, more: 0 });
  });

  test('200 files changed in a burst are one change', async () => {
    const files = Array.from({ length: 200 }, (_, n) => `src/f${n % 7}/g${n % 13}/a${n}.php`);
    const it = project(...files.slice(0, 100));
    await it.watch('[src]');
    for (const file of files) it.write(file);
    const { more } = await it.change();
    expect(more).toBeGreaterThanOrEqual(199);
  });

  test('each of many saves by rename is told', async () => {
    const it = project('src/a.php');
    await it.watch('{ paths: [src], debounce: 20ms }');
    for (let n = 0; n < 4; n += 1) {
      it.write('src/a.php.tmp');
      fs.renameSync(it.at('src/a.php.tmp'), it.at('src/a.php'));
      expect(await it.change()).toEqual({ ids: ['d0'], file: 'src/a.php', more: 0 });
    }
  });

  test('what is in folders that came later, or came in the place of others, is told', async () => {
    const it = project('src/deep/a.php', 'other/deep/a.php');
    await it.watch('[src]');
    it.write('src/new/newer/b.php');
    await it.change();
    it.write('src/new/newer/b.php');
    expect((await it.change()).file).toBe('src/new/newer/b.php');
    fs.renameSync(it.at('src/deep'), it.at('gone'));
    fs.renameSync(it.at('other/deep'), it.at('src/deep'));
    await it.change();
    it.write('src/deep/a.php');
    expect((await it.change()).file).toBe('src/deep/a.php');
    it.write('gone/a.php');
    expect(await it.mark()).toEqual([{ ids: ['d0'], file: 'mark', more: 0 }]);
  });

  test('a link in it is followed: what it leads to, that it is switched, and that one on its way is', async () => {
    const it = project('lib/1/x.php', 'lib/2/x.php', 'shared/1/env', 'shared/2/env', 'src/a.php');
    fs.symlinkSync('1', it.at('shared/current'));
    fs.symlinkSync('../lib/1', it.at('src/lib'));
    fs.symlinkSync('../shared/current/env', it.at('src/.env'));
    fs.symlinkSync('.', it.at('src/itself'));
    await it.watch('[src]');
    it.write('lib/1/x.php');
    expect((await it.change()).file).toBe('src/lib/x.php');
    it.link('src/lib', '../lib/2');
    await it.change();
    it.write('lib/2/x.php');
    expect((await it.change()).file).toBe('src/lib/x.php');
    it.write('shared/1/env');
    expect((await it.change()).file).toBe('src/.env');
    it.link('shared/current', '2');
    expect((await it.change()).file).toBe('src/.env');
    it.write('shared/2/env');
    expect((await it.change()).file).toBe('src/.env');
  });
});

describe('a path', () => {
  test('that is a file is told of when written, replaced again and again, or removed and back', async () => {
    const it = project('composer.lock');
    await it.watch('[composer.lock]');
    it.write('composer.lock');
    expect((await it.change()).file).toBe('composer.lock');
    for (let n = 0; n < 2; n += 1) {
      it.write('composer.lock~');
      fs.renameSync(it.at('composer.lock~'), it.at('composer.lock'));
      expect((await it.change()).file).toBe('composer.lock');
    }
    fs.rmSync(it.at('composer.lock'));
    expect(await it.mark()).toEqual([{ ids: ['d0'], file: 'mark', more: 0 }]);
    it.write('composer.lock');
    expect((await it.change()).file).toBe('composer.lock');
  });

  test('that comes later is told of when it is there, with its folders', async () => {
    const it = project();
    await it.watch('[tmp/cache/restart.txt, app/src]');
    fs.mkdirSync(it.at('tmp/cache'), { recursive: true });
    expect(await it.mark()).toEqual([{ ids: ['d0'], file: 'mark', more: 0 }]);
    it.write('tmp/cache/restart.txt');
    expect((await it.change()).file).toBe('tmp/cache/restart.txt');
    it.write('app/src/a.php');
    expect((await it.change()).file).toContain('app/src');
    it.write('app/src/a.php');
    expect((await it.change()).file).toBe('app/src/a.php');
  });

  test('that is removed with all in it is waited for: its return is the change', async () => {
    const it = project('app/src/a.php', 'app/src/deep/b.php');
    await it.watch('[app/src]');
    for (let n = 0; n < 2; n += 1) {
      fs.rmSync(it.at('app'), { recursive: true });
      expect(await it.mark()).toEqual([{ ids: ['d0'], file: 'mark', more: 0 }]);
      it.write('app/src/a.php');
      expect((await it.change()).file).toContain('app/src');
      it.write('app/src/deep/b.php');
      await it.change();
      it.write('app/src/deep/b.php');
      expect((await it.change()).file).toBe('app/src/deep/b.php');
    }
  });

  test('that is removed and made anew at once is watched on', async () => {
    const it = project('app/src/a.php');
    await it.watch('[app/src, app/lock]');
    for (let n = 0; n < 3; n += 1) {
      fs.rmSync(it.at(n === 1 ? 'app' : 'app/src'), { recursive: true });
      it.write('app/src/a.php');
      expect((await it.change()).file).toContain('app/src');
      it.write('app/src/a.php');
      expect(await it.change()).toMatchObject({ file: 'app/src/a.php', more: 0 });
      it.write('app/lock');
      expect((await it.change()).file).toBe('app/lock');
    }
  });

  test.each(['current', 'current/src'])('through a link, %s, follows each switch of it', async (watched) => {
    const it = project('releases/1/src/a.php', 'releases/2/src/a.php', 'releases/3/src/a.php');
    fs.symlinkSync('releases/1', it.at('current'));
    await it.watch(`[${watched}]`);
    it.write('releases/1/src/a.php');
    expect((await it.change()).file).toBe('current/src/a.php');
    for (const release of ['2', '3']) {
      it.link('current', `releases/${release}`);
      expect((await it.change()).file).toBe(watched);
      it.write(`releases/${release}/src/a.php`);
      expect((await it.change()).file).toBe('current/src/a.php');
      it.write('releases/1/src/a.php');
      expect(await it.mark()).toEqual([{ ids: ['d0'], file: 'mark', more: 0 }]);
    }
    // As `ln -sfn` does: removed and made again.
    fs.rmSync(it.at('current'));
    fs.symlinkSync(it.at('releases/1'), it.at('current'));
    expect((await it.change()).file).toBe(watched);
  });

  test('whose folder is swapped by rename is told of', async () => {
    const it = project('app/src/a.php', 'app.new/src/a.php');
    await it.watch('[app/src]');
    fs.renameSync(it.at('app'), it.at('app.old'));
    fs.renameSync(it.at('app.new'), it.at('app'));
    expect((await it.change()).file).toBe('app/src');
    it.write('app/src/a.php');
    expect((await it.change()).file).toBe('app/src/a.php');
  });
});

describe('what is left out', () => {
  test('droppings of editors, packages, version control, compiled files, our own files, and what the list says', async () => {
    const it = project('src/a.php', 'src/node_modules/x/y.js', 'src/.git/index', 'src/cache/z', 'src/sub/keep.md');
    await it.watch('{ paths: [src, .], ignore: ["*.md", cache/, src/gen*/out, "src/**/*.snap"] }');
    const droppings = [
      ...['.a.php.swp', '.a.php.swx', '.a.php.swo', '4913', 'a.php~', '.#a.php', '#a.php#', 'a.php.tmp', '.DS_Store'],
      ...['.goutputstream-AB', 'a.php___jb_tmp___', 'a.pyc', '__pycache__/a.pyc', 'own.log', 'own.log.1', 'sub/own.md'],
      ...['node_modules/x/y.js', 'node_modules/new/y.js', '.git/index', '.git/objects/ab/cd', 'cache/z', 'cache/new/z'],
      ...['generated/out', 'x.snap', 'sub/y.snap'],
    ];
    fs.mkdirSync(it.at('src/generated'));
    fs.mkdirSync(it.at('src/.git/objects/ab'), { recursive: true });
    await it.change();
    for (let n = 0; n < 2; n += 1) for (const name of droppings) it.write(`src/${name}`);
    it.write('state/photos.log');
    for (const name of ['.a.php.swp', '4913', 'a.php~']) fs.rmSync(it.at('src', name));
    expect(await it.mark()).toEqual([{ ids: ['d0'], file: 'mark', more: 0 }]);
    it.write('src/sub/keep.php');
    expect((await it.change()).file).toBe('src/sub/keep.php');
  });

  test('but not where it is what is to be watched', async () => {
    const it = project('node_modules/shop/a.js', '.git/HEAD');
    await it.watch('[node_modules/shop, .git/HEAD]');
    it.write('node_modules/shop/a.js');
    expect((await it.change()).file).toBe('node_modules/shop/a.js');
    it.write('.git/HEAD');
    expect((await it.change()).file).toBe('.git/HEAD');
  });
});

describe.skipIf(process.getuid?.() !== 0)('what may not be read (needs root, to be somebody else)', () => {
  test.each(['src', 'locked/a.txt'])('is told of with the mend, and all else is watched: %s', async (watched) => {
    const it = project('src/a.php', 'src/secret/a.php', 'locked/a.txt');
    fs.chmodSync(it.at('src/secret'), 0o000);
    // May be entered, but not read.
    fs.chmodSync(it.at('locked'), 0o711);
    fs.chownSync(it.folder, 65_534, 65_534);
    process.seteuid?.(65_534);
    try {
      await it.watch(`[${watched}]`);
      const secret = watched === 'src' ? 'src/secret' : 'locked';
      await waitFor(
        'it is told',
        () => it.troubles,
        (all) => all.some((words) => words !== null),
      );
      expect(it.troubles.at(-1)).toBe(
        `changes in ${it.at(secret)} are not seen (EACCES): it may not be read. Let this user read it, or leave it out: watch: { ignore: [...] }`,
      );
    } finally {
      process.seteuid?.(0);
    }
    if (watched !== 'src') return;
    it.write('src/a.php');
    expect((await it.change()).file).toBe('src/a.php');
  });
});

test('daemons that watch the same are told at once, others by themselves', async () => {
  const it = project('src/a.php', 'lib/a.php');
  await it.watch('[src]', '[src]', '[src, lib]', '[lib/a.php]');
  it.write('src/a.php');
  const told = await waitFor(
    'both are told',
    () => it.told,
    (all) => all.length === 2,
  );
  expect([...told].sort((a, b) => a.ids.length - b.ids.length)).toEqual([
    { ids: ['d2'], file: 'src/a.php', more: 0 },
    { ids: ['d0', 'd1'], file: 'src/a.php', more: 0 },
  ]);
});

test('a list that watches nothing has nothing loaded', async () => {
  const it = project();
  it.write('daemons.yaml', "- { name: d, command: 'true' }\n");
  const list = loadList(it.at('daemons.yaml'), process.env);
  if (!list.ok) throw new Error('a list was refused');
  const nobody = (): never => {
    throw new Error('nothing is watched');
  };
  const watching = await watchList({ list: list.value, ours: [], changed: nobody, warn: nobody, trouble: nobody });
  await watching.close();
});
