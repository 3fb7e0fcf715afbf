// A million strings, then one of a hundred of them, then none: what is resident after each. docs/memory.md
// node --expose-gc examples/memory/keep.mjs
import { readFileSync } from 'node:fs';

const rss = () => Math.trunc((readFileSync('/proc/self/statm', 'utf8').split(' ')[1] * 4) / 1024);
const said = [rss()];
let all = Array.from({ length: 1_000_000 }, (_, i) => ({ text: 'x'.repeat(100 + (i % 50)) + i, at: i }));
said.push(rss());
all = all.filter((_, i) => i % 100 === 0);
globalThis.gc();
said.push(rss());
all = null;
globalThis.gc();
said.push(rss());
console.log(...said, 'MB');
