import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../../src/base/clean.ts';

describe('cleanText', () => {
  it.each([
    ['plain text stays', 'resized 4 photos\tin 3 s', 'resized 4 photos\tin 3 s'],
    ['letters of all scripts stay', 'größe 写真 👩‍👩‍👧', 'größe 写真 👩‍👩‍👧'],
    ['colours go', '\x1b[1;31mERROR\x1b[0m disk', 'ERROR disk'],
    ['the cursor stays where it is', 'a\x1b[2J\x1b[H\x1b[1Ab', 'ab'],
    ['a title is not set', '\x1b]0;owned\x07text', 'text'],
    ['nor with the other terminator', '\x1b]0;owned\x1b\\text', 'text'],
    ['an unterminated string hides nothing', '\x1b]0;the rest is seen', '0;the rest is seen'],
    ['a device string goes', '\x1bP$q"p\x1b\\text', 'text'],
    ['C1 spellings go too', 'a\x9b31mb\x9d0;t\x9cc', 'abc'],
    ['a question to the terminal goes', '\x1b[c\x1b[6n\x1b]11;?\x07x', 'x'],
    ['the bell is seen, not heard', 'a\x07b', 'a␇b'],
    ['a lone escape at the end', 'a\x1b', 'a'],
    ['an unfinished sequence at the end', 'a\x1b[31', 'a'],
    ['a carriage return before the newline goes', 'windows\r', 'windows'],
    ['one in the middle is seen', '10%\r20%', '10%␍20%'],
    ['NUL and DEL are seen', '\0\x7f', '␀␡'],
    ['other C1 controls are replaced', 'a\x85b', 'a\ufffdb'],
    ['the writing direction stays', 'user\u202etxt.exe\u2066', 'usertxt.exe'],
    ['a newline is seen', 'a\nb', 'a␊b'],
    ['sequences in sequences leave none', '\x1b[\x1b[31mx', 'x'],
  ])('%s', (_, text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it('is bounded, and cuts no character in two', () => {
    expect(cleanText('abcdef', 3)).toBe('abc…');
    expect(cleanText('ab👍cd', 3)).toBe('ab…');
  });

  it('lets no control character through, whatever the text is', () => {
    const hostile = fc.array(
      fc.constantFrom('\x1b', '[', ']', '\x9b', '\x9d', '\x07', '\\', '0', ';', 'm', 'P', 'x', '\r', '\u202e'),
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        expect(cleanText(parts.join(''))).not.toMatch(/[^\t -~\u2400-\u2421\ufffd]/);
      }),
    );
  });

  it('is quick with the worst text there is', () => {
    const started = performance.now();
    cleanText('\x1b]'.repeat(8192));
    cleanText(`\x1b[${'1;'.repeat(8000)}`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
