import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineSplitter, wholeCharacters } from '../../../src/base/lines.ts';

function run(overlong: 'drop' | 'clip', maxBytes: number, chunks: readonly string[]) {
  const splitter = lineSplitter({ maxBytes, overlong });
  const lines: string[] = [];
  for (const chunk of chunks) splitter.push(Buffer.from(chunk), (line) => lines.push(line));
  return { splitter, lines };
}

describe('lineSplitter', () => {
  it.each([
    ['nothing', [], []],
    ['a line', ['READY=1\n'], ['READY=1']],
    ['an empty line', ['\n'], ['']],
    ['several in one chunk', ['a\nb\n\nc\n'], ['a', 'b', '', 'c']],
    ['one in several chunks', ['RE', 'AD', 'Y=1', '\n'], ['READY=1']],
    ['a newline alone in its chunk', ['a', '\n', 'b\n'], ['a', 'b']],
    ['an unfinished line is kept back', ['a\nb'], ['a']],
    ['one as long as allowed', ['12345678\n'], ['12345678']],
    ['too long in one chunk, then a good one', ['123456789\nok\n'], ['ok']],
    ['too long over many chunks', ['1234', '5678', '9', '0\nok\n'], ['ok']],
  ])('%s', (_, chunks, expected) => {
    expect(run('drop', 8, chunks).lines).toEqual(expected);
  });

  it('counts what was too long, once it has ended', () => {
    const { splitter } = run('drop', 4, ['12345\nok\n', '1234', '56789']);
    expect(splitter.dropped).toBe(1);
    splitter.push(Buffer.from('\n'), () => undefined);
    expect(splitter.dropped).toBe(2);
  });

  it('shows the beginning of a long line with its length where it may not be dropped', () => {
    expect(run('clip', 4, ['123456\n']).lines).toEqual(['1234 … (a line of 6 bytes)']);
    expect(run('clip', 4, ['12', '34', '56\nok\n']).lines).toEqual(['1234 … (a line of 6 bytes)', 'ok']);
  });

  it('puts a character together that two chunks share', () => {
    const bytes = Buffer.from('größe\n');
    const splitter = lineSplitter({ maxBytes: 100, overlong: 'drop' });
    const lines: string[] = [];
    for (const byte of bytes) splitter.push(Buffer.of(byte), (line) => lines.push(line));
    expect(lines).toEqual(['größe']);
  });

  it('keeps nothing of a chunk that is used again', () => {
    const splitter = lineSplitter({ maxBytes: 100, overlong: 'drop' });
    const reused = Buffer.from('half');
    splitter.push(reused, () => undefined);
    reused.fill('!');
    const lines: string[] = [];
    splitter.push(Buffer.from(' whole\n'), (line) => lines.push(line));
    expect(lines).toEqual(['half whole']);
  });

  it('passes over lines, and over the line that begins among them', () => {
    const { splitter, lines } = run('clip', 100, ['a\nbe']);
    expect(splitter.skip(Buffer.from('gun\nc\nd'))).toBe(2);
    splitter.push(Buffer.from(' goes on\ne\n'), (line) => lines.push(line));
    expect(lines).toEqual(['a', 'e']);
    expect(splitter.dropped).toBe(1);
  });

  it('hands over the unfinished line at the end, once', () => {
    const { splitter, lines } = run('drop', 100, ['a\nb']);
    expect(splitter.open).toBe(true);
    splitter.end((line) => lines.push(line));
    splitter.end((line) => lines.push(line));
    expect(lines).toEqual(['a', 'b']);
    expect(splitter.open).toBe(false);
  });

  it('cuts every text alike, whatever the chunks are', () => {
    const texts = fc.array(fc.oneof(fc.constant('\n'), fc.string({ maxLength: 12 })), { maxLength: 30 });
    fc.assert(
      fc.property(texts, (chunks) => {
        const { splitter, lines } = run('drop', 1_000_000, chunks);
        splitter.end((line) => lines.push(line));
        const expected = chunks.join('').split('\n');
        expect(lines).toEqual(expected.at(-1) === '' ? expected.slice(0, -1) : expected);
      }),
    );
  });
});

describe('wholeCharacters', () => {
  it.each([
    ['ASCII', 'abcd', 2, 2],
    ['all of it', 'aé', 3, 3],
    ['half of two bytes', 'aéb', 2, 1],
    ['a third of three bytes', 'a€b', 2, 1],
    ['three quarters of four bytes', 'a😀b', 4, 1],
    ['behind a character', 'a😀b', 5, 5],
  ])('%s', (_, text, most, count) => {
    expect(wholeCharacters(Buffer.from(text), most)).toBe(count);
  });

  it('cuts anywhere what is no UTF-8', () => {
    expect(wholeCharacters(Buffer.alloc(9, 0x80), 6)).toBe(6);
    expect(wholeCharacters(Buffer.alloc(9, 0xff), 6)).toBe(6);
  });
});
