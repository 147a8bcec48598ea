/** Composition point of the page for embedding: the engine without the studio, for one parent that the deployment allows. */
import { readDeployment } from './client/deployment';
import { createLocalTessera } from './client/local';
import { portForParent } from './transport/iframeChild';
import { messagePortFrames } from './transport/messagePort';
import { fetchParents } from './transport/parents';
import { serveFetch } from './transport/serveFetch';

const tessera = createLocalTessera({ device: 'auto', baseUrl: document.baseURI, ...readDeployment(document) });

void serveParent();

async function serveParent(): Promise<void> {
  const parents = await fetchParents(new URL('embed.json', document.baseURI).href);
  show(window.parent === window ? 'This page is for other pages to embed.' : 'Waiting for the page around this one…');
  const port = await portForParent(parents);
  const frames = messagePortFrames(port);
  serveFetch(frames, (request) => tessera.answer(request));
  show('Ready to draw for the page around this one.');
}

function show(text: string): void {
  const status = document.getElementById('status');
  if (status) status.textContent = text;
}
