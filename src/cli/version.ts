import manifest from 'supervise/package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
