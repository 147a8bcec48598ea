/** Composition point of the page that `npm run serve` owns: the engine without the studio, for the server alone. */
import { createLocalTessera, type HostedOptions } from './client/local';
import type { DeviceChoice } from './pipeline/job';
import { answerServer, type Errand, openOutside, readErrand } from './transport/socketChild';

/** How long a job runs on for a client that hung up: its retry finds it again. */
const GRACE_MS = 15_000;

const DEVICES = ['auto', 'webgpu', 'wasm'] as const satisfies readonly DeviceChoice[];

const errand = readErrand(location);
if (errand) void serve(errand);

async function serve({ device, budget, topUp, hostedOrigin, token }: Errand): Promise<void> {
  const tessera = createLocalTessera({
    device: DEVICES.find((one) => one === device) ?? 'auto',
    baseUrl: document.baseURI,
    outside: await openOutside(token),
    budget: budget === null ? {} : { limitUsd: budget },
    hosted: hostedOrigin === null ? null : hostedByServer(hostedOrigin),
    graceMs: GRACE_MS,
  });
  if (topUp) await tessera.account.topUp();
  // So that the first request need not wait; what fails here fails again, and louder, when it is asked for.
  tessera.ready().catch(() => {});
  await answerServer(token, (request) => tessera.answer(request));
}

/** Whoever started the server with a key for the service has agreed. The key stays with the server, which puts it in. */
function hostedByServer(origin: string): HostedOptions {
  return { origin, askConsent: async () => true, apiKey: async () => 'kept-by-the-server' };
}
