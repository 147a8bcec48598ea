/** Composition point of the page: makes Tessera, shows the studio, starts loading. */
import { h, render } from 'preact';
import { readDeployment } from './client/deployment';
import { createLocalTessera, type HostedOptions } from './client/local';
import type { Tessera } from './client/tessera';
import { readParameters } from './images/parameters';
import { pocket } from './models/pocket';
import { answerServiceWorker, registerServiceWorker } from './transport/serviceWorkerPage';
import { Page } from './ui/page';
import { parseSettings } from './ui/settings';
import { Studio } from './ui/studio';
import { fetchVocabulary } from './ui/vocabulary';

declare global {
  interface Window {
    /** What the command line drives; the same object that the studio uses. */
    tessera: Tessera;
  }
}

const { hostedOrigin, ...deployment } = readDeployment(document);
const settings = parseSettings(location.search);
const tessera = createLocalTessera({
  device: settings.device,
  baseUrl: document.baseURI,
  hosted: hostedOptions(),
  ...deployment,
});
const studio = new Studio({
  tessera,
  account: tessera.account,
  library: tessera.library,
  model: pocket,
  settings,
  onGenerate: askToKeepWeights,
  readParameters,
});
let hasAsked = false;

window.tessera = tessera;
const root = document.getElementById('studio');
if (root) render(h(Page, { studio }), root);
answerServiceWorker({ fetch: (request) => tessera.answer(request), pending: () => tessera.pending });
void studio.load().then(() => Promise.all([startServiceWorker(), studio.findModels()]));
void showVocabulary();

function hostedOptions(): HostedOptions | null {
  if (hostedOrigin === null) return null;
  return {
    origin: hostedOrigin,
    askConsent: async (question) => (await import('./ui/account/consentDialog')).askConsent(question),
  };
}

/** After the model: what it keeps for the next start must not slow this one. The dev server has no worker. */
async function startServiceWorker(): Promise<void> {
  if (import.meta.env.PROD) await registerServiceWorker(new URL('service-worker.js', document.baseURI).href);
}

async function showVocabulary(): Promise<void> {
  const url = new URL('models/pocket/vocabulary.json', document.baseURI);
  studio.store.vocabulary.value = await fetchVocabulary(url.href);
  if (studio.store.vocabulary.value === null) return;
  const { watchWords } = await import('./ui/words/watchWords');
  watchWords(studio);
}

/** Browsers grant it more readily after a click that shows interest, and some ask the user. */
function askToKeepWeights(): void {
  if (hasAsked) return;
  hasAsked = true;
  navigator.storage?.persist?.().catch(() => {});
}
