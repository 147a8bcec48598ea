/*
 * Renders the clip art of clipart.json.
 *
 *   node data/clipart.mjs [--clipart DIR] [--out .cache] [--size 128]
 *
 * DIR holds the pictures of Debian's openclipart-svg 1:0.18+dfsg-19 (`apt-get install openclipart-svg`, or `apt-get
 * download` and `dpkg -x`). Writes <out>/clipart-<size>.rgba and .json as render.mjs does; a file's codepoint is its name.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";

const trainingDir = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    clipart: { type: "string", default: "/usr/share/openclipart/svg" },
    out: { type: "string", default: join(trainingDir, ".cache") },
    size: { type: "string", default: "128" },
  },
});
const sizePx = Number(options.size);
const transparent = { r: 0, g: 0, b: 0, alpha: 0 };

/** Trimmed to its ink and fitted into a square. */
async function sprite(file) {
  const path = join(options.clipart, file);
  const { width, height } = await sharp(path).metadata();
  const density = Math.min(2400, Math.max(18, (72 * sizePx * 3) / Math.max(width, height)));
  const whole = await sharp(path, { density, limitInputPixels: false }).ensureAlpha().png().toBuffer();
  const trimmed = await sharp(whole).trim({ background: transparent, threshold: 8 }).png().toBuffer();
  return sharp(trimmed).resize(sizePx, sizePx, { fit: "contain", background: transparent }).ensureAlpha().raw().toBuffer();
}

mkdirSync(options.out, { recursive: true });
const stem = join(options.out, `clipart-${sizePx}`);
const file = openSync(`${stem}.rgba`, "w");
const sprites = [];
for (const { noun, file: name } of JSON.parse(readFileSync(join(trainingDir, "data", "clipart.json"), "utf8"))) {
  writeSync(file, await sprite(name));
  sprites.push({ codepoint: name, noun, source: "clipart" });
}
closeSync(file);
writeFileSync(`${stem}.json`, JSON.stringify({ size: sizePx, sprites }));
console.log(`${sprites.length} pictures of ${sizePx} px in ${stem}.rgba`);
