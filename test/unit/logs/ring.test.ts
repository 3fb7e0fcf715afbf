import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring, RING_MAX_BYTES, RING_MAX_LINES } from '../../../src/logs/ring.ts';

const texts = (ring: Ring): string[] => ring.read().lines.map((line) => line.text);

describe('Ring', () => {
  it('is empty before anything is said', () => {
    expect(new Ring().read()).toEqual({ lines: [], open: [] });
  });

  it('gives a line the time at which it began, and its source', () => {
    const ring = new Ring();
    ring.push(3, 1000, Buffer.from('one\ntw'));
    ring.push(3, 2000, Buffer.from('o\nthree\n'));
    expect(ring.read().lines).toEqual([
      { source: 3, atMs: 1000, text: 'one' },
      { source: 3, atMs: 1000, text: 'two' },
      { source: 3, atMs: 2000, text: 'three' },
    ]);
  });

  it('does not mix the half lines of two sources', () => {
    const ring = new Ring();
    ring.push(0, 1, Buffer.from('hal'));
    ring.push(1, 1, Buffer.from('other\nund'));
    ring.push(0, 1, Buffer.from('f\n'));
    expect(texts(ring)).toEqual(['other', 'half']);
    expect(ring.read().open).toEqual([{ source: 1, atMs: 1, bytes: Buffer.from('und'), headless: false }]);
  });

  it('keeps the end of a chunk that is larger than itself, from the next line on', () => {
    const ring = new Ring();
    ring.push(0, 1, Buffer.from(`${'x'.repeat(RING_MAX_BYTES)}\nlast\n`));
    expect(texts(ring)).toEqual(['last']);
  });

  it('says of a line without its beginning that it has none', () => {
    const ring = new Ring();
    ring.push(0, 1, Buffer.alloc(2 * RING_MAX_BYTES, 'x'));
    expect(ring.read().open.map((line) => line.headless)).toEqual([true]);
    ring.push(0, 1, Buffer.from('end\nnext\n'));
    expect(texts(ring)).toEqual(['next']);
  });

  it('keeps a thousand lines', () => {
    const ring = new Ring();
    for (let n = 0; n < 3000; n += 1) ring.push(0, n, Buffer.from(`${n}\n`));
    expect(texts(ring)).toHaveLength(RING_MAX_LINES);
    expect(texts(ring).at(-1)).toBe('2999');
  });

  it('is always the end of what was said, cut into lines', () => {
    const saying = fc.record({ source: fc.nat(2), length: fc.oneof(fc.nat(80), fc.nat(90_000)), ends: fc.boolean() });
    fc.assert(
      fc.property(fc.array(saying, { maxLength: 60 }), (turns) => {
        const ring = new Ring();
        const whole: string[] = [];
        const begun = ['', '', ''];
        let said = 0;
        turns.forEach(({ source, length, ends }, turn) => {
          const text = `${source}:${turn}:${'x'.repeat(length)}${ends ? '\n' : ''}`;
          ring.push(source, turn, Buffer.from(text));
          said += text.length;
          begun[source] = (begun[source] ?? '') + text;
          if (ends) whole.push((begun[source] ?? '').slice(0, -1));
          if (ends) begun[source] = '';
        });
        const seen = texts(ring);
        // In order, each whole, though one whose beginning is gone may be missing among the oldest.
        let from = 0;
        for (const text of seen) {
          const at = whole.indexOf(text, from);
          expect(at).not.toBe(-1);
          from = at + 1;
        }
        const bytes = seen.reduce((sum, text) => sum + text.length + 1, 0);
        expect(bytes).toBeLessThanOrEqual(RING_MAX_BYTES);
        if (said <= RING_MAX_BYTES) expect(seen).toEqual(whole);
        for (const { source, bytes: open, headless } of ring.read().open) {
          if (headless) expect(begun[source]?.endsWith(open.toString())).toBe(true);
          else expect(open.toString()).toBe(begun[source]);
        }
      }),
    );
  });
});
