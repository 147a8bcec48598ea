/*
 * Renders every drawing of every concept, one per source, into square RGBA sprites.
 *
 *   node data/render.mjs [--out .cache] [--size 128] [--pool concepts|all] [--modules DIR]
 *
 * Writes <out>/sprites-<size>.rgba (straight alpha, trimmed to the drawing, longer side = size, centred)
 * and <out>/sprites-<size>.json ({size, sprites: [{codepoint, noun, source}]}, in file order).
 * Both list the concepts of concepts.json first, then the rest of the pool by codepoint.
 */
import { createRequire } from "node:module";
import { mkdirSync, existsSync, openSync, writeSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const trainingDir = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: join(trainingDir, ".cache") },
    size: { type: "string", default: "128" },
    pool: { type: "string", default: "concepts" },
    modules: { type: "string", default: trainingDir },
  },
});
const require = createRequire(join(resolve(options.modules), "package.json"));
const sharp = require("sharp");
const sizePx = Number(options.size);
const modulesDir = join(resolve(options.modules), "node_modules");

/** An icon set, with a way from a codepoint to the name of its drawing. */
function loadSet(source) {
  const dir = join(modulesDir, "@iconify-json", source);
  const read = (file) => JSON.parse(readFileSync(join(dir, file), "utf8"));
  return { icons: read("icons.json"), nameByCodepoint: read("chars.json") };
}
const sources = ["fluent-emoji-flat", "fluent-emoji-high-contrast", "noto", "twemoji", "noto-v1", "emojione", "fxemoji"];
const sets = Object.fromEntries(sources.map((source) => [source, loadSet(source)]));

const byCodepoint = (set, codepoint) => set.nameByCodepoint[codepoint] ?? set.nameByCodepoint[`${codepoint}-fe0f`];

/** Names by which a codepoint may be known: the three sets without a codepoint table share these names. */
function namesOf(codepoint) {
  const names = ["fluent-emoji-flat", "noto", "twemoji"].map((source) => byCodepoint(sets[source], codepoint));
  return names.filter(Boolean).flatMap((name) => [name, name.replaceAll("-", "")]);
}

function svgOf(source, codepoint) {
  const set = sets[source];
  const { icons } = set;
  const known = (name) => name && (icons.icons[name] || icons.aliases?.[name]);
  const name = [byCodepoint(set, codepoint), ...namesOf(codepoint)].find(known);
  if (!name) return null;
  const alias = icons.aliases?.[name];
  const icon = icons.icons[name] ?? { ...icons.icons[alias.parent], ...alias };
  if (!icon.body) return null;
  const box = [icon.left ?? 0, icon.top ?? 0, icon.width ?? icons.width ?? 16, icon.height ?? icons.height ?? 16];
  const body = icon.body.replaceAll("currentColor", "#000");
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `viewBox="${box.join(" ")}" width="${box[2]}" height="${box[3]}">${body}</svg>`,
  );
}

function fluent3dFile(codepoint) {
  const assets = join(modulesDir, "@lobehub", "fluent-emoji-3d", "assets");
  const padded = codepoint.padStart(4, "0");
  const file = [`${padded}.webp`, `${padded}-fe0f.webp`].map((name) => join(assets, name)).find(existsSync);
  // Only what the flat set also has comes from the MIT-licensed originals.
  return file && svgOf("fluent-emoji-flat", codepoint) ? file : null;
}

/** The drawing trimmed to its ink and fitted into a sizePx square, straight-alpha RGBA. */
async function sprite(source, codepoint) {
  let picture;
  if (source === "fluent-3d") {
    const file = fluent3dFile(codepoint);
    if (!file) return null;
    picture = sharp(file);
  } else {
    const svg = svgOf(source, codepoint);
    if (!svg) return null;
    const width = Number(/width="([\d.]+)"/.exec(svg.toString())[1]);
    picture = sharp(svg, { density: (72 * sizePx * 2) / width, limitInputPixels: false });
  }
  const transparent = { r: 0, g: 0, b: 0, alpha: 0 };
  const trimmed = await picture.ensureAlpha().trim({ background: transparent, threshold: 8 }).png().toBuffer();
  return sharp(trimmed)
    .resize(sizePx, sizePx, { fit: "contain", background: transparent })
    .ensureAlpha()
    .raw()
    .toBuffer();
}

/** Concepts first; with --pool all, every other drawable emoji under its emojibase label. */
function pool() {
  const concepts = JSON.parse(readFileSync(join(trainingDir, "concepts.json"), "utf8"));
  const chosen = concepts.map(({ codepoint, noun }) => ({ codepoint, noun }));
  if (options.pool === "concepts") {
    const heldOut = JSON.parse(readFileSync(join(trainingDir, "holdouts.json"), "utf8"));
    return [...chosen, ...heldOut.concepts];
  }
  const taken = new Set(chosen.map(({ codepoint }) => codepoint));
  const peopleSymbolsFlags = new Set([1, 2, 8, 9]);
  const rest = require("emojibase-data/en/data.json")
    .filter(({ group }) => group !== undefined && !peopleSymbolsFlags.has(group))
    .map(({ hexcode, label }) => ({ codepoint: hexcode.toLowerCase().replace(/^0+/, "").replaceAll("-fe0f", ""), noun: label }))
    .filter(({ codepoint }) => !taken.has(codepoint) && fluent3dFile(codepoint) && svgOf("noto", codepoint))
    .sort((a, b) => (a.codepoint < b.codepoint ? -1 : 1));
  return [...chosen, ...rest];
}

mkdirSync(options.out, { recursive: true });
const stem = join(options.out, `sprites-${sizePx}`);
const file = openSync(`${stem}.rgba`, "w");
const sprites = [];
for (const { codepoint, noun } of pool()) {
  for (const source of ["fluent-3d", ...sources]) {
    const pixels = await sprite(source, codepoint);
    if (!pixels) continue;
    writeSync(file, pixels);
    sprites.push({ codepoint, noun, source });
  }
}
closeSync(file);
writeFileSync(`${stem}.json`, JSON.stringify({ size: sizePx, sprites }));
console.log(`${sprites.length} sprites of ${sizePx} px in ${stem}.rgba`);
