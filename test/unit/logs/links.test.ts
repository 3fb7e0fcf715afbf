import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { attempt } from '../../../src/logs/disk.ts';
import { inFolder, openWithoutDetour } from '../../../src/logs/links.ts';
import { asRoot } from '../../support/needs.ts';
import { tempDir } from '../../support/temp-dir.ts';

const SHOP = 41_001;
const { O_RDWR, O_APPEND, O_CREAT, O_EXCL } = constants;

let folder: string;
beforeEach(() => {
  folder = tempDir();
});
const at = (...names: readonly string[]): string => path.join(folder, ...names);

/** The refusal, or null: the file is opened and this is added to it. */
function add(file: string, text = 'x', flags = O_RDWR | O_APPEND | O_CREAT): string | null {
  const opened = attempt(() => openWithoutDetour(file, { flags, mode: 0o640, makeFolders: true }));
  if (!opened.ok) return opened.error;
  writeSync(opened.value, text);
  closeSync(opened.value);
  return null;
}

/** A link made by another user. */
function plant(target: string, link: string): void {
  symlinkSync(target, link);
  lchownSync(link, SHOP, SHOP);
}

describe('a path', () => {
  it('leads to its file, which is made with its folders where they are not there', () => {
    expect(add(at('a/b/../c/./file'))).toBe(null);
    expect(readFileSync(at('a/c/file'), 'utf8')).toBe('x');
    expect(statSync(at('a')).mode & 0o777).toBe(0o750);
    expect(add(at('a/c/file'), 'y', O_RDWR | O_CREAT | O_EXCL)).toBe('file already exists (EEXIST)');
  });

  it('leads through links of our own: of folders, of the file, to what is not there yet, absolute or not', () => {
    mkdirSync(at('real/deep'), { recursive: true });
    symlinkSync('real', at('link'));
    symlinkSync(at('link/deep'), at('real/far'));
    symlinkSync('../other', at('real/deep/log'));
    expect(add(at('link/far/log'))).toBe(null);
    expect(add(at('link/far/log'), 'y')).toBe(null);
    expect(readFileSync(at('real/other'), 'utf8')).toBe('xy');
  });

  it('ends where a link leads to itself, or through a file', () => {
    symlinkSync('loop', at('loop'));
    writeFileSync(at('file'), '');
    expect(add(at('loop'))).toBe(`too many symbolic links encountered (ELOOP): ${at('loop')} is one of them`);
    expect(add(at('loop/file'))).toBe(`too many symbolic links encountered (ELOOP): ${at('loop')} is one of them`);
    expect(add(at('file/file'))).toBe('not a directory (ENOTDIR)');
  });

  it('leads through the links of the kernel, which have no names', () => {
    writeFileSync(at('file'), '');
    const fd = openWithoutDetour(at('file'), { flags: O_RDWR });
    symlinkSync(`/proc/self/fd/${fd}`, at('stdout'));
    rmSync(at('file'));
    expect(add(at('stdout'))).toBe(null);
    expect(fstatSync(fd).size).toBe(1);
    closeSync(fd);
  });
});

describe.skipIf(asRoot.missing)(`a link that another user has made${asRoot.note}`, () => {
  beforeEach(() => {
    mkdirSync(at('shop'));
    lchownSync(at('shop'), SHOP, SHOP);
    mkdirSync(at('ours'));
    writeFileSync(at('ours/precious'), 'precious');
  });
  const REFUSED = /^\S+ is a link that user 41001 has made, to something that is not his: it is not followed$/;

  it('to a file that is not his is not followed, whatever it looks like', () => {
    plant(at('ours/precious'), at('shop/log'));
    plant('../ours', at('shop/folder'));
    symlinkSync(at('shop/log'), at('ours/innocent'));
    expect(add(at('shop/log'))).toMatch(REFUSED);
    expect(add(at('shop/folder/precious'))).toMatch(REFUSED);
    expect(add(at('ours/innocent'))).toMatch(REFUSED);
    expect(attempt(() => inFolder(at('shop/folder'), () => 'in it'))).toMatchObject({ ok: false });
    expect(readFileSync(at('ours/precious'), 'utf8')).toBe('precious');
  });

  it('to what is not there makes nothing there', () => {
    plant(at('ours/new'), at('shop/log'));
    plant(at('ours/folder'), at('shop/folder'));
    expect(add(at('shop/log'))).toMatch(REFUSED);
    expect(add(at('shop/folder/log'))).toMatch(REFUSED);
    expect([existsSync(at('ours/new')), existsSync(at('ours/folder'))]).toEqual([false, false]);
  });

  it('to what is his own is followed: he could have written that himself', () => {
    mkdirSync(at('shop/releases/1'), { recursive: true });
    lchownSync(at('shop/releases/1'), SHOP, SHOP);
    writeFileSync(at('shop/file'), '');
    lchownSync(at('shop/file'), SHOP, SHOP);
    plant('releases/1', at('shop/current'));
    plant('file', at('shop/log'));
    expect(add(at('shop/current/log'))).toBe(null);
    expect(add(at('shop/log'))).toBe(null);
    expect(readFileSync(at('shop/releases/1/log'), 'utf8')).toBe('x');
    expect(readFileSync(at('shop/file'), 'utf8')).toBe('x');
  });

  it('is not followed on the way to his own either, where it goes on through a link to what is not his', () => {
    plant(at('ours'), at('shop/there'));
    plant('there/precious', at('shop/log'));
    expect(add(at('shop/log'))).toMatch(REFUSED);
  });
});
