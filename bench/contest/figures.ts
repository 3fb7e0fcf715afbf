/** Figures of paired runs, printed as medians and their ratio, beside the goal. Nothing is asserted. */
export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** What we are compared with. Default: bare node. */
  readonly beside?: string;
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
}

export function compare({ what, unit, ours, theirs, beside = 'bare node', goal }: Comparison): void {
  const pairs = ours.flatMap((own, index) => own / (theirs[index] ?? Number.NaN)).toSorted((a, b) => a - b);
  const ratio = median(ours) / median(theirs);
  const words = [
    what.padEnd(34),
    `supervise ${figure(median(ours))} ${unit}, ${beside} ${figure(median(theirs))} ${unit}:`.padEnd(52),
    `x ${ratio.toFixed(2)}`.padEnd(8),
    `(${pairs.length} pairs, ${pairs[0]?.toFixed(2) ?? '-'} to ${pairs.at(-1)?.toFixed(2) ?? '-'})`.padEnd(28),
    goal === undefined ? '' : verdict(ratio, goal),
  ];
  console.log(words.join(' ').trimEnd());
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

function verdict(ratio: number, goal: NonNullable<Comparison['goal']>): string {
  const [met, words] =
    'atMost' in goal ? [ratio <= goal.atMost, `<= ${goal.atMost}`] : [ratio >= goal.atLeast, `>= ${goal.atLeast}`];
  return `goal ${words}${met ? '' : '  NOT MET'}`;
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
