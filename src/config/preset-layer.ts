import { formatDuration, LONGEST_MS } from '../base/duration.ts';
import { duration } from './kinds.ts';
import type { PresetGrace, PresetName, PresetSetting } from './presets.ts';
import { PRESETS } from './presets.ts';
import { createReport } from './report.ts';
import type { WrittenDefaults } from './schema.ts';
import { DEFAULTS } from './schema.ts';
import { WRONG, asNode, section } from './section.ts';
import type { CommandSpec } from './spec.ts';
import type { Entry, MappingNode } from './tree.ts';
import { wrapperOf } from './wrappers.ts';

/** A preset at a daemon: its settings as if they had been written, and its worker's own patience. */
export interface AppliedPreset {
  readonly name: PresetName;
  /** Below `defaults:`. Without places, since nobody wrote it. */
  readonly layer: WrittenDefaults;
  readonly settings: readonly AppliedSetting[];
  /** How long the worker itself gives a job (Sidekiq: a stop). null: for ever, or its framework does not say. */
  readonly ownMs: number | null;
  /** The option in the command that says so. null: the framework's default. */
  readonly ownFrom: string | null;
}

export interface AppliedSetting extends Omit<PresetSetting, 'key'> {
  readonly key: PresetSetting['key'] | 'stop.grace';
}

export function applyPreset(name: PresetName, command: CommandSpec | null): AppliedPreset {
  const { grace } = PRESETS[name];
  const isWrapped = command !== null && wrapperOf(command) !== null;
  const settings = PRESETS[name].settings.filter(({ notFor }) => notFor !== 'wrappers' || !isWrapped);
  const own = grace === null ? { ms: null, from: null } : ownPatience(grace, argumentsOf(command));
  const all = grace === null ? settings : [...settings, graceSetting(grace, own)];
  return { name, layer: layerOf(all), settings: all, ownMs: own.ms, ownFrom: own.from };
}

interface OwnPatience {
  readonly ms: number | null;
  readonly from: string | null;
}

function ownPatience({ options, zero, own, more }: PresetGrace, args: readonly string[]): OwnPatience {
  const given = optionIn(args, options);
  if (given === undefined) return { ms: own === null ? null : msOf(own), from: null };
  const isEndless = given.seconds === 0 && zero === 'for ever';
  // Capped so that a longer grace is still possible: numbers on a command line have no upper bound.
  const ms = Math.min(given.seconds * 1_000, LONGEST_MS - msOf(more));
  return { ms: isEndless ? null : ms, from: given.option };
}

function graceSetting({ value, more, reason, source }: PresetGrace, own: OwnPatience): AppliedSetting {
  const followed = own.from === null ? null : own.ms;
  return {
    key: 'stop.grace',
    value: followed === null ? value : formatDuration(followed + msOf(more)),
    reason,
    source,
  };
}

/** What a shell makes of its line is unknown. */
function argumentsOf(command: CommandSpec | null): readonly string[] {
  if (command === null || command.kind === 'shell') return [];
  return command.kind === 'script' ? command.args : command.argv.slice(1);
}

/** `--timeout=60`, `--timeout 60`, `-t 60`, `-t60`; the last one counts, as it does for the programs. */
function optionIn(
  args: readonly string[],
  options: readonly string[],
): { readonly option: string; readonly seconds: number } | undefined {
  return args
    .flatMap((word, index) => {
      const option = options.find(
        (each) => word === each || word.startsWith(each.startsWith('--') ? `${each}=` : each),
      );
      if (option === undefined) return [];
      const written = word === option ? args[index + 1] : word.slice(option.length).replace(/^=/, '');
      return written !== undefined && /^\d+(\.\d+)?$/.test(written) ? [{ option, seconds: Number(written) }] : [];
    })
    .at(-1);
}

/** Read by the kinds of the keys, like a list. */
function layerOf(settings: readonly AppliedSetting[]): WrittenDefaults {
  const report = createReport('presets.ts', '');
  const layer = section(DEFAULTS).read(nodeOf(settings), { report, keys: '', of: null });
  const [problem] = report.problems();
  if (layer === WRONG || problem !== undefined) throw new Error(`a preset is wrong: ${problem?.what ?? 'no mapping'}`);
  return layer;
}

/** `stop.signal` goes into `stop`. */
function nodeOf(settings: readonly AppliedSetting[]): MappingNode {
  const at = { start: 0, end: 0 };
  const sections = new Map<string, Entry[]>();
  for (const { key, value } of settings) {
    const [outer = '', inner = ''] = key.split('.');
    const entries = sections.get(outer) ?? [];
    sections.set(outer, entries);
    entries.push({ key: inner, keyAt: at, value: asNode(value) });
  }
  const entries = [...sections].map(([key, inner]): Entry => ({
    key,
    keyAt: at,
    value: { kind: 'mapping', entries: inner, at },
  }));
  return { kind: 'mapping', entries, at };
}

function msOf(written: string): number {
  const report = createReport('presets.ts', '');
  const ms = duration.read(asNode(written), { report, keys: '', of: null });
  if (ms === WRONG) throw new Error(`a preset has no duration: ${written}`);
  return ms;
}
