// Renders the pictures the super-resolution net learns from, as raw straight-alpha RGBA:
//   vector.rgba  SVG drawings of six icon sets at 512 px,
//   raster.rgba  3-D pictures at their native 256 px (only those that also exist in the MIT-licensed flat set),
//   index.json   [{group, id, heldOut}] in file order.
// Usage: node super_resolution_render.mjs --packages NODE_MODULES --out DIR [--per-set 300]
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve, join } from "node:path";
import { parseArgs } from "node:util";

const VECTOR_PX = 512;
const RASTER_PX = 256;
const VECTOR_SETS = ["fluent-emoji-flat", "fluent-emoji", "noto", "twemoji", "emojione", "fxemoji"];
const LEFT_OUT = /skin-tone|-tone$|(light|dark|medium)-skin|^flag|-flag|^keycap/;
const SKIN_TONE_CODEPOINT = /1f3f[b-f]/;

const { values: options } = parseArgs({
  options: { packages: { type: "string" }, out: { type: "string" }, "per-set": { type: "string", default: "300" } },
});
const packages = resolve(options.packages);
const sharp = createRequire(join(packages, "index.js"))("sharp");
sharp.concurrency(1);
mkdirSync(options.out, { recursive: true });

/** A stable number in 0..1 for a name: picks subsets and hold-outs without a stored list. */
function hashFraction(name) {
  return createHash("sha256").update(name).digest().readUInt32BE(0) / 2 ** 32;
}

/** The same drawing in several sets must fall on one side, so the hold-out goes by the common name. */
const isHeldOut = (name) => hashFraction(`hold-out ${name}`) < 0.06;

function iconSet(set) {
  return JSON.parse(readFileSync(join(packages, "@iconify-json", set, "icons.json"), "utf8"));
}

function vectorJobs(set, count) {
  const { icons, width, height } = iconSet(set);
  return Object.keys(icons)
    .filter((name) => !LEFT_OUT.test(name))
    .sort((a, b) => hashFraction(a) - hashFraction(b))
    .slice(0, count)
    .map((name) => {
      const w = icons[name].width ?? width;
      const h = icons[name].height ?? height;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${VECTOR_PX}" height="${VECTOR_PX}" viewBox="0 0 ${w} ${h}" color="#222">${icons[name].body}</svg>`;
      return { group: set, id: name, source: Buffer.from(svg), sizePx: VECTOR_PX };
    });
}

function rasterJobs() {
  const folder = join(packages, "@lobehub/fluent-emoji-3d/assets");
  const names = JSON.parse(readFileSync(join(packages, "@iconify-json/fluent-emoji-flat/chars.json"), "utf8"));
  return readdirSync(folder)
    .map((file) => ({ file, name: names[file.replace(".webp", "")] }))
    .filter(({ file, name }) => name && !LEFT_OUT.test(name) && !SKIN_TONE_CODEPOINT.test(file))
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ file, name }) => ({ group: "fluent-3d", id: name, source: join(folder, file), sizePx: RASTER_PX }));
}

async function render(jobs, path) {
  const sink = createWriteStream(path);
  const index = [];
  for (const { group, id, source, sizePx } of jobs) {
    try {
      const pixels = await sharp(source)
        .resize(sizePx, sizePx, { fit: "contain", background: { r: 0, g: 0, b: 0, alpha: 0 } })
        .ensureAlpha()
        .raw()
        .toBuffer();
      if (!sink.write(pixels)) await new Promise((done) => sink.once("drain", done));
      index.push({ group, id, heldOut: isHeldOut(id) });
    } catch (error) {
      console.error(`skipped ${group}/${id}: ${error.message}`);
    }
  }
  await new Promise((done) => sink.end(done));
  return index;
}

const perSet = Number(options["per-set"]);
const vector = await render(VECTOR_SETS.flatMap((set) => vectorJobs(set, perSet)), join(options.out, "vector.rgba"));
const raster = await render(rasterJobs(), join(options.out, "raster.rgba"));
writeFileSync(join(options.out, "index.json"), JSON.stringify({ vectorPx: VECTOR_PX, rasterPx: RASTER_PX, vector, raster }));
console.log(`${vector.length} vector drawings, ${raster.length} rasters`);
