/**
 * `npm run serve -- --port 8787`: the API for curl, Node, Python and any SDK, drawn by a browser of its own.
 * stdout says where it listens, stderr the rest. Exit codes: 0 stopped by a signal, 1 it could not start, 2 wrong use.
 */
import './nodeVersion.mjs';
import { ensureInstalled } from './install.mjs';
import { readArguments, USAGE } from './serve/arguments.mjs';
import { UsageError } from './usage.mjs';

try {
  const task = readArguments(process.argv.slice(2));
  if (task === null) process.stdout.write(USAGE);
  else await serve(task);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @param {import('./serve/arguments.mjs').ServeTask} task */
async function serve(task) {
  await ensureInstalled();
  // Loads packages: only now are they sure to be there.
  const { startService } = await import('./serve/service.mjs');
  /** @type {import('./serve/service.mjs').Service | null} */
  let service = null;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      // A browser that is just starting ends with us.
      if (!service) process.exit(1);
      say('Stopping…');
      await service.close();
      process.exit(0);
    });
  }
  service = await startService(task, { say });
  process.stdout.write(`Tessera is listening on ${service.url}\n`);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
