/** Imported by pages of the module tests: Pocket's graphs from any folder, without the worker around them. */
import { loadPocket } from '../../../src/families/pocket/pocket';
import { openRuntime } from '../../../src/runtime/session';

/** @param folder `/models/pocket/` has what ships, `/tests/fixtures/tiny-pocket/` a tiny one. The caller closes the runtime. */
export async function openPocket(folder: string, device: 'wasm' | 'webgpu' = 'wasm') {
  const runtime = await openRuntime({ device, runtimeUrl: new URL('/ort/', location.href).href, verbose: false });
  const model = await loadPocket(
    runtime,
    async (path) => (await fetch(folder + path)).blob(),
    () => {},
  );
  return { runtime, model };
}
