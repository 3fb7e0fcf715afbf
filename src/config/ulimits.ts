/** The resource limits that a list may set: the shell's name, the unit it counts in, and the kernel's name. */
export const ULIMITS = {
  open_files: { option: 'n', step: 1, kernel: 'Max open files' },
  // Shells differ: bash has -u, dash and busybox have -p, which bash refuses to set.
  processes: { option: 'u', otherOption: 'p', step: 1, kernel: 'Max processes' },
  core: { option: 'c', step: 512, kernel: 'Max core file size' },
  file_size: { option: 'f', step: 512, kernel: 'Max file size' },
  stack: { option: 's', step: 1024, kernel: 'Max stack size' },
  data: { option: 'd', step: 1024, kernel: 'Max data size' },
  address_space: { option: 'v', step: 1024, kernel: 'Max address space' },
  locked_memory: { option: 'l', step: 1024, kernel: 'Max locked memory' },
  cpu_time: { option: 't', step: 1, kernel: 'Max cpu time' },
} as const;

export type UlimitName = keyof typeof ULIMITS;

/** In pieces, bytes or seconds, as the kernel counts them; null: unlimited. Limits not named stay as they are. */
export type Ulimits = Readonly<Partial<Record<UlimitName, number | null>>>;

export const ulimitsOf = (limits: Ulimits): readonly (readonly [UlimitName, number | null])[] =>
  // `Object.keys` loses the type of these names.
  (Object.keys(ULIMITS) as UlimitName[]).flatMap((name) => {
    const value = limits[name];
    return value === undefined ? [] : [[name, value] as const];
  });
