// A vitest reporter: counts what was skipped, by the program missing here (test/support/needs.ts puts it into the names), just before
// vitest's own summary. A test that does not run must not pass for one that does.
export default class SkippedReporter {
  onTestRunEnd(modules) {
    const counts = new Map();
    for (const module of modules)
      for (const test of module.children.allTests('skipped')) {
        const reason = /\(skipped: ([^)]*)\)/.exec(test.fullName)?.[1] ?? `no reason given: ${test.fullName}`;
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    for (const [reason, count] of counts) console.log(`skipped ${count} tests: ${reason}`);
  }
}
