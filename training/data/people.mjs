/*
 * Renders people: a number of chosen ones, and for each all who differ from them in one attribute of people.json.
 *
 *   node data/people.mjs --preset cpu|gpu [--out .cache] [--size 128] [--seed 1]
 *
 * Writes <out>/people-<size>.rgba and .json as render.mjs does; the source is "person|<style>|" and the attributes.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createAvatar } from "@dicebear/core";
import * as bigSmile from "@dicebear/big-smile";
import * as micah from "@dicebear/micah";
import * as openPeeps from "@dicebear/open-peeps";
import * as personas from "@dicebear/personas";
import * as pixelArt from "@dicebear/pixel-art";
import * as toonHead from "@dicebear/toon-head";
import sharp from "sharp";

const trainingDir = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    preset: { type: "string" },
    out: { type: "string", default: join(trainingDir, ".cache") },
    size: { type: "string", default: "128" },
    seed: { type: "string", default: "1" },
  },
});
const sizePx = Number(options.size);
const people = JSON.parse(readFileSync(join(trainingDir, "data", "people.json"), "utf8"));

/** An optional part of a drawing: always or never there. */
const part = (name, value) => (value ? { [name]: [value], [`${name}Probability`]: 100 } : { [`${name}Probability`]: 0 });
const colour = (name, value) => ({ [name]: [value] });

/*
 * How each drawing shows a value; one that is missing cannot be shown. Whatever else a drawing leaves to chance is fixed.
 */
const STYLES = {
  avatar: {
    drawing: personas,
    head: {
      short: "shortCombover", long: "extraLong", curly: "curly", bob: "bobCut", bun: "straightBun",
      pigtails: "pigtails", mohawk: "mohawk", bald: "bald", cap: "cap", beanie: "beanie",
    },
    eyewear: { "": "open", glasses: "glasses", sunglasses: "sunglasses" },
    beard: { "": "", beard: "beardMustache", moustache: "walrus" },
    mood: { "": "smile", sad: "frown", surprised: "surprise" },
    draw: (is) => ({
      hair: [is.head], eyes: [is.eyewear], mouth: [is.mood], ...part("facialHair", is.beard), body: ["rounded"], nose: ["smallRound"],
      ...colour("hairColor", is.hair), ...colour("skinColor", is.skin), ...colour("clothingColor", is.clothes),
    }),
  },
  cartoon: {
    drawing: toonHead,
    head: { short: "", long: "longStraight", curly: "longWavy", bob: "neckHigh", bun: "bun" },
    eyewear: { "": "" },
    beard: { "": "", beard: "fullBeard", moustache: "moustacheTwirl" },
    mood: { "": "laugh", sad: "sad", surprised: "agape" },
    draw: (is) => ({
      hair: [is.head === "bun" ? "bun" : "sideComed"], ...part("rearHair", is.head === "bun" ? "" : is.head), ...part("beard", is.beard),
      mouth: [is.mood], eyes: ["wide"], eyebrows: ["neutral"], clothes: ["tShirt"],
      ...colour("hairColor", is.hair), ...colour("skinColor", is.skin), ...colour("clothesColor", is.clothes),
    }),
  },
  "pixel art": {
    drawing: pixelArt,
    head: { short: "short04", long: "long06", bob: "long10", pigtails: "long02" },
    eyewear: { "": "", glasses: "light01", sunglasses: "dark06" },
    beard: { "": "" },
    mood: { "": "happy01", sad: "sad01" },
    draw: (is) => ({
      hair: [is.head], ...part("glasses", is.eyewear), ...part("beard", ""), ...part("hat", ""), ...part("accessories", ""),
      mouth: [is.mood], eyes: ["variant01"], clothing: ["variant12"],
      ...colour("hairColor", is.hair), ...colour("skinColor", is.skin), ...colour("clothingColor", is.clothes),
    }),
  },
  flat: {
    drawing: micah,
    head: { short: "fonze", long: "full", bob: "pixie", mohawk: "mrT", bald: "mrClean" },
    eyewear: { "": "", glasses: "round" },
    beard: { "": "", beard: "beard" },
    mood: { "": "smile", sad: "sad", surprised: "surprised" },
    draw: (is) => ({
      ...part("hair", is.head), ...part("glasses", is.eyewear), ...part("facialHair", is.beard), ...part("earrings", ""),
      mouth: [is.mood], eyes: ["eyes"], eyebrows: ["up"], nose: ["curve"], shirt: ["crew"], ears: ["attached"],
      ...colour("hairColor", is.hair), ...colour("facialHairColor", is.hair), ...colour("baseColor", is.skin),
      ...colour("shirtColor", is.clothes), ...colour("glassesColor", "000000"),
    }),
  },
  "clip art": {
    drawing: bigSmile,
    head: { short: "shortHair", long: "straightHair", curly: "curlyShortHair", bob: "bangs", bun: "bunHair", mohawk: "mohawk" },
    eyewear: { "": "", glasses: "glasses", sunglasses: "sunglasses" },
    beard: { "": "" },
    mood: { "": "openedSmile", sad: "openSad" },
    hidden: ["clothes"],
    draw: (is) => ({
      hair: [is.head], ...part("accessories", is.eyewear), mouth: [is.mood], eyes: ["normal"],
      ...colour("hairColor", is.hair), ...colour("skinColor", is.skin),
    }),
  },
  outline: {
    drawing: openPeeps,
    head: { short: "short1", long: "long", curly: "longCurly", bob: "bangs2", bun: "bun", bald: "noHair1", beanie: "hatBeanie" },
    eyewear: { "": "", glasses: "glasses", sunglasses: "sunglasses" },
    beard: { "": "", beard: "full2", moustache: "moustache2" },
    mood: { "": "smileBig", surprised: "awe" },
    hidden: ["hair", "skin", "clothes"],
    draw: (is) => ({
      head: [is.head], ...part("accessories", is.eyewear), ...part("facialHair", is.beard), ...part("mask", ""), face: [is.mood],
      ...colour("skinColor", "ffffff"), ...colour("clothingColor", "ffffff"), ...colour("headContrastColor", "1c1c1e"),
    }),
  },
};

/** Mulberry32 (Tommy Ettinger): small, and the same everywhere. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const valuesOf = (attribute) => (Array.isArray(people[attribute]) ? people[attribute] : Object.keys(people[attribute]));

/** No hair, no hair colour; no beard under hair that is called a woman's. Null: nobody. */
function made(look) {
  if (look.beard && people.feminine.includes(look.head)) return null;
  const bare = people.hairless.includes(look.head);
  if (bare && look.beard) return look;
  return bare ? { ...look, hair: "" } : look.hair ? look : null;
}

function chosen(random) {
  const pick = (attribute) => {
    const values = valuesOf(attribute);
    // The plain value is what half of all people have.
    return values[0] === "" && random() < 0.5 ? "" : values[Math.floor(random() * values.length)];
  };
  for (;;) {
    const look = made(Object.fromEntries(people.attributes.map((attribute) => [attribute, pick(attribute)])));
    if (look) return look;
  }
}

function* withNeighbours(look) {
  yield look;
  for (const attribute of people.attributes) {
    for (const value of valuesOf(attribute)) {
      const other = made({ ...look, [attribute]: value });
      if (other) yield other;
    }
  }
}

/** What the style shows of a look; null if it cannot. */
function shown(style, look) {
  const known = ["head", "eyewear", "beard", "mood"].every((attribute) => look[attribute] in STYLES[style][attribute]);
  return known ? { ...look, ...Object.fromEntries((STYLES[style].hidden ?? []).map((attribute) => [attribute, ""])) } : null;
}

function svgOf(style, look) {
  const rules = STYLES[style];
  const is = Object.fromEntries(["head", "eyewear", "beard", "mood"].map((attribute) => [attribute, rules[attribute][look[attribute]]]));
  for (const attribute of ["hair", "skin", "clothes"]) is[attribute] = people[attribute][look[attribute]] ?? people[attribute].black ?? "ffffff";
  return createAvatar(rules.drawing, { seed: "one", ...rules.draw(is) }).toString();
}

mkdirSync(options.out, { recursive: true });
const stem = join(options.out, `people-${sizePx}`);
const file = openSync(`${stem}.rgba`, "w");
const sprites = [];
for (const style of people.styles[options.preset]) {
  const random = randomFrom(Number(options.seed));
  const done = new Set();
  for (let count = 0; count < people.bases[options.preset]; count++) {
    for (const look of withNeighbours(chosen(random))) {
      const seen = shown(style, look);
      const source = seen && ["person", style, ...people.attributes.map((attribute) => seen[attribute])].join("|");
      if (!source || done.has(source)) continue;
      done.add(source);
      const picture = sharp(Buffer.from(svgOf(style, seen)), { density: 144 }).resize(sizePx, sizePx).ensureAlpha();
      writeSync(file, await picture.raw().toBuffer());
      sprites.push({ codepoint: "person", noun: "person", source });
    }
  }
}
closeSync(file);
writeFileSync(`${stem}.json`, JSON.stringify({ size: sizePx, sprites }));
console.log(`${sprites.length} people of ${sizePx} px in ${stem}.rgba`);
