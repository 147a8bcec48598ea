/** Examples to copy, one for each place that code can ask from. README.md has the same; tests run them. */

export interface CodeExample {
  readonly title: string;
  readonly note: string;
  readonly code: string;
}

/** Where `npm run serve -- --port 8787` listens. */
const SERVE_URL = 'http://127.0.0.1:8787';

/** @param appUrl where this app is served, with a slash at the end */
export function codeExamples(appUrl: string): readonly CodeExample[] {
  return [
    {
      title: 'A page of this site',
      note: 'The same page, or another tab: requests find the engine by themselves.',
      code: `import { createTessera } from '${appUrl}client.js';

const tessera = createTessera();
const { data } = await tessera.images.generate({ model: 'pocket', prompt: 'a red apple' });
document.body.append(Object.assign(new Image(), { src: data[0].url }));`,
    },
    {
      title: 'A page that embeds Tessera',
      note: 'In an iframe, for origins that this site lets in.',
      code: `import { embedTessera } from '${appUrl}client.js';

const tessera = await embedTessera(document.body);
const { data } = await tessera.images.generate({ model: 'pocket', prompt: 'a red apple' });
document.body.append(Object.assign(new Image(), { src: data[0].url }));`,
    },
    {
      title: 'Node, with the OpenAI package',
      note: 'After `npm run serve -- --port 8787`, which owns a browser of its own.',
      code: `import OpenAI from 'openai';

const openai = new OpenAI({ baseURL: '${SERVE_URL}/v1', apiKey: 'any' });
const { data } = await openai.images.generate({ model: 'pocket', prompt: 'a red apple', response_format: 'url' });
console.log(data[0].url);`,
    },
    {
      title: 'Python, with the hosted API’s own package',
      note: 'pip install getimg; needs `npm run serve -- --port 8787`.',
      code: `from getimg import GetimgAI

client = GetimgAI(api_key="any", base_url="${SERVE_URL}")
answer = client.images.generate(model="seedream-4-5", prompt="a red apple")
print(answer.data[0].url)`,
    },
    {
      title: 'curl',
      note: 'Needs `npm run serve -- --port 8787`.',
      code: `curl ${SERVE_URL}/v2/images/generations \\
  -H 'Authorization: Bearer any' -H 'Content-Type: application/json' \\
  -d '{"model": "seedream-4-5", "prompt": "a red apple", "resolution": "2K"}'`,
    },
  ];
}
