/** Conditions that someone waits for, checked whenever the fleet has settled. */
interface Watch {
  readonly condition: () => boolean;
  readonly resolve: () => void;
}

export class Watches {
  private readonly watches = new Set<Watch>();

  /** Resolves when the condition holds, or when `end` is aborted. */
  until(condition: () => boolean, end?: AbortSignal): Promise<void> {
    if (condition() || end?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const watch: Watch = { condition, resolve };
      this.watches.add(watch);
      end?.addEventListener(
        'abort',
        () => {
          this.watches.delete(watch);
          resolve();
        },
        { once: true },
      );
    });
  }

  look(): void {
    for (const watch of this.watches)
      if (watch.condition()) {
        this.watches.delete(watch);
        watch.resolve();
      }
  }
}
