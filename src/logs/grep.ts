import { types } from 'node:util';
import vm from 'node:vm';
import { fail, ok, type Result } from '../base/result.ts';

/** Only this much of a line is examined; a match that begins beyond it is not found. */
const MATCHED_MAX_CHARACTERS = 16_384;
const BATCH_MAX_MS = 250;

/** Which of the texts match; 'too slow': the pattern is not tried again. */
export type Grep = (texts: readonly string[]) => Result<readonly boolean[], 'too slow'>;

/**
 * A user's pattern. `(a+)+$` on a few dozen letters runs for years, and nothing else in the process would run meanwhile: so it is matched
 * where the engine can interrupt it (`vm`, a watchdog thread), in batches because of what that costs.
 */
export function compileGrep(pattern: string): Result<Grep> {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail(`--grep: ${error.message}`);
  }
  const sandbox: { expression: RegExp; texts: readonly string[] } = { expression, texts: [] };
  const context = vm.createContext(sandbox);
  let tooSlow = false;
  return ok((texts) => {
    if (tooSlow) return fail('too slow');
    if (texts.length === 0) return ok([]);
    sandbox.texts = texts.map((text) => text.slice(0, MATCHED_MAX_CHARACTERS));
    try {
      return ok(SCRIPT.runInContext(context, { timeout: BATCH_MAX_MS }) as readonly boolean[]);
    } catch (error) {
      // An error of that context: not an instance of our Error.
      if (!types.isNativeError(error) || !('code' in error) || error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        throw error;
      tooSlow = true;
      return fail('too slow');
    } finally {
      sandbox.texts = [];
    }
  });
}

const SCRIPT = new vm.Script('texts.map((text) => expression.test(text))');
