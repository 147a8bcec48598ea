/** A picture with OpenAI's client: npm install openai, and in another terminal npm run serve -- --port 8787 */
import { writeFile } from 'node:fs/promises';
import OpenAI from 'openai';

const base = process.env.TESSERA_URL ?? 'http://127.0.0.1:8787';
const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'sk_anything' });

const answer = await openai.images.generate({ model: 'pocket', prompt: 'a red apple', output_format: 'png' });
await writeFile('apple.png', Buffer.from(answer.data[0].b64_json, 'base64'));
