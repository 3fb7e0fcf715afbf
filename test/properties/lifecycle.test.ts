/**
 * Thousands of random lives of random lists, checked after every step. A life is reproduced by its number: `LIFE=1234 npx vitest run
 * --project unit test/properties/lifecycle.test.ts`; `LIVES=100000` lives that many.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Edges, LEGAL } from './lifecycle-edges.ts';
import { live } from './lifecycle-lives.ts';
import { Rules } from './lifecycle-rules.ts';

const one = process.env.LIFE;
const first = one === undefined ? 1 : Number(one);
const count = one === undefined ? Number(process.env.LIVES ?? 2_000) : 1;

const edges = new Edges();
const rules = new Rules(edges);

it(`lives ${first} to ${first + count - 1} keep every rule`, { timeout: 60_000 + count * 50 }, () => {
  for (let number = first; number < first + count; number += 1)
    try {
      live(number, rules);
    } catch (error) {
      throw new Error(`life ${number} (again with LIFE=${number})`, { cause: error });
    }
  expect(rules.steps).toBeGreaterThan(count * 10);
});

const all = it.skipIf(one !== undefined || count !== 2_000);

all('the lives have taken every legal edge', () => {
  const legal = Object.entries(LEGAL).flatMap(([from, tos]) => tos.map((to) => `${from} --> ${to}`));
  expect(edges.taken).toEqual(legal.sort());
});

all('the drawing in docs/states.md is current (UPDATE_DRAWING=1 writes it)', () => {
  const file = new URL('../../docs/states.md', import.meta.url);
  const [begin, end] = ['<!-- drawing: begin -->', '<!-- drawing: end -->'];
  const text = readFileSync(file, 'utf8');
  const drawn = `${text.slice(0, text.indexOf(begin))}${begin}\n${edges.draw()}\n${text.slice(text.indexOf(end))}`;
  if (process.env.UPDATE_DRAWING !== undefined) writeFileSync(file, drawn);
  expect(drawn).toBe(text);
});
