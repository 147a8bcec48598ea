/** A picture with the hosted API's own client for Node: npm install getimg-ai, and npm run serve -- --port 8787 elsewhere. */
import { writeFile } from 'node:fs/promises';
import GetimgAI from 'getimg-ai';

const base = process.env.TESSERA_URL ?? 'http://127.0.0.1:8787';
const getimg = new GetimgAI({ baseURL: base, apiKey: 'sk_anything' });

const answer = await getimg.images.generate({ model: 'seedream-4-5', prompt: 'a red apple', output_format: 'png' });
const picture = await fetch(answer.data[0].url);
await writeFile('apple.png', Buffer.from(await picture.arrayBuffer()));
