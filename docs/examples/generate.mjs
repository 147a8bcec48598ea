/** A picture with Node's own fetch. In another terminal: npm run serve -- --port 8787 */
import { writeFile } from 'node:fs/promises';

const base = process.env.TESSERA_URL ?? 'http://127.0.0.1:8787';

const response = await fetch(`${base}/v2/images/generations`, {
  method: 'POST',
  headers: { authorization: 'Bearer sk_anything', 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'seedream-4-5', prompt: 'a red apple on a blue background', output_format: 'png' }),
});
const answer = await response.json();
if (!response.ok) throw new Error(answer.error.message);

const picture = await fetch(answer.data[0].url);
await writeFile('apple.png', Buffer.from(await picture.arrayBuffer()));
console.log(answer.data[0].width, answer.data[0].height, answer.usage.total_cost);
