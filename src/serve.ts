/** Composition point of the page that `npm run serve` owns: the engine without the studio, for the server alone. */
import { createLocalTessera } from './client/local';
import { answerServer, openOutside, readErrand } from './transport/socketChild';

const errand = readErrand(location);
if (errand) void serve(errand.token);

async function serve(token: string): Promise<void> {
  const outside = await openOutside(token);
  const tessera = createLocalTessera({ device: 'auto', baseUrl: document.baseURI });
  // So that the first request need not wait; what fails here fails again, and louder, when it is asked for.
  tessera.ready().catch(() => {});
  await answerServer(token, (request) => tessera.fetch(request));
}
