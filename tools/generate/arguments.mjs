/** The arguments of `npm run generate`, checked before anything else happens. Needs no package. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { checkChoice, parseOptions, UsageError } from '../usage.mjs';

export const USAGE = `npm run generate -- --prompt "…" --out FILE
  --model pocket              the model that draws: an id of the list below, or the address of a manifest or of a folder
                              laid out as diffusers does; what is not here is downloaded first, and kept in .tessera/
  --yes                       accepts the licence of the model, where it restricts what may be done
  --seed N                    0 to 4294967295; random when left out
  --steps N                   denoising steps
  --image FILE                a picture to edit, to combine or to start from; can be given several times: Pocket looks at
                              up to 10, and edits the first one
  --mask FILE                 where it is transparent, the first picture is painted anew
  --strength N                how far from the first picture to go: above 0, up to 1
  --negative-prompt "…"       what not to draw
  --guidance N                how closely to follow the prompt: 0 to 30
  --device auto|webgpu|wasm   where it runs (auto)
  --aspect-ratio W:H          1:1, 2:3, 3:2, 3:4, 4:3, 9:16, 16:9 or 21:9 (1:1)
  --resolution 1K|2K|4K       picture size (1K)
  --output-format FORMAT      png, jpeg or webp (by the ending of FILE, else png)
  --quality N                 1 to 100, of jpeg and webp (92)
  --no-metadata               do not write prompt, seed, model and size into the file
Models: pocket, sdxs-512, sd-turbo, sd-turbo-webnn, sdxl-turbo, sd-1.5, z-image-turbo, flux-2-klein-4b
`;

/** The lists of src/api and src/models, which cannot be loaded before the packages are there; a test compares them. */
export const CHOICES = {
  model: [
    'pocket',
    'sdxs-512',
    'sd-turbo',
    'sd-turbo-webnn',
    'sdxl-turbo',
    'sd-1.5',
    'z-image-turbo',
    'flux-2-klein-4b',
  ],
  device: ['auto', 'webgpu', 'wasm'],
  'aspect-ratio': ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9', '21:9'],
  resolution: ['1K', '2K', '4K'],
  'output-format': ['png', 'jpeg', 'webp'],
};
/** Of steps, the fewest and the most that any model takes: which takes how many is for the page to say. */
export const RANGES = {
  seed: { min: 0, max: 4294967295 },
  steps: { min: 1, max: 1000 },
  quality: { min: 1, max: 100 },
  guidance: { min: 0, max: 30 },
  strength: { min: 0, max: 1 },
};
/** Larger pictures are refused by the page, and need not be sent to it. */
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
/** What the model that looks at the most pictures takes; the page says what the others do. */
export const MAX_IMAGES = 10;
/** Part of the product: nothing is downloaded, nothing is kept. */
export const EMBEDDED_MODELS = ['pocket'];

const FORMAT_BY_ENDING = new Map([
  ['.png', 'png'],
  ['.jpg', 'jpeg'],
  ['.jpeg', 'jpeg'],
  ['.webp', 'webp'],
]);

const OPTIONS = /** @type {const} */ ({
  prompt: { type: 'string' },
  out: { type: 'string' },
  model: { type: 'string', default: 'pocket' },
  yes: { type: 'boolean', default: false },
  seed: { type: 'string' },
  steps: { type: 'string' },
  image: { type: 'string', multiple: true },
  mask: { type: 'string' },
  strength: { type: 'string' },
  'negative-prompt': { type: 'string' },
  guidance: { type: 'string' },
  device: { type: 'string', default: 'auto' },
  'aspect-ratio': { type: 'string', default: '1:1' },
  resolution: { type: 'string', default: '1K' },
  'output-format': { type: 'string' },
  quality: { type: 'string' },
  'no-metadata': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
});

/**
 * @typedef {object} Task
 * @property {Record<string, unknown> & { model: string, prompt: string }} request the hosted API's request; its `model` may
 *   be an address
 * @property {readonly string[]} imagePaths absolute
 * @property {string | null} maskPath absolute
 * @property {boolean} acceptsLicence
 * @property {string} device
 * @property {string} outPath absolute
 */

/**
 * @param {string[]} argv
 * @returns {Task | null} null asks for the usage
 */
export function readArguments(argv) {
  const values = parseOptions(argv, OPTIONS);
  if (values.help) return null;
  const prompt = values.prompt?.trim() ?? '';
  if (prompt === '') throw new UsageError('--prompt is missing: say what to draw.');
  if (!values.out) throw new UsageError('--out is missing: name the file to write.');
  const outPath = resolve(values.out);
  const outputFormat = values['output-format'] ?? FORMAT_BY_ENDING.get(extname(outPath).toLowerCase()) ?? 'png';
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = { ...values, 'output-format': outputFormat }[name];
    if (name !== 'model' || !isAddress(values.model)) checkChoice(name, value, choices);
  }
  const imagePaths = (values.image ?? []).map((path) => readableFile('image', path));
  if (imagePaths.length > MAX_IMAGES) {
    throw new UsageError(`--image can be given ${MAX_IMAGES} times at most, not ${imagePaths.length} times.`);
  }
  const maskPath = values.mask === undefined ? null : readableFile('mask', values.mask);
  checkWritable(outPath);
  const request = {
    model: values.model,
    prompt,
    aspect_ratio: values['aspect-ratio'],
    resolution: values.resolution,
    output_format: outputFormat,
    ...readWhole('seed', values.seed),
    ...readWhole('steps', values.steps),
    ...readWhole('quality', values.quality),
    ...readDecimal('guidance', values.guidance),
    ...readDecimal('strength', values.strength),
    ...(values['negative-prompt'] === undefined ? {} : { negative_prompt: values['negative-prompt'] }),
    ...(values['no-metadata'] ? { metadata: false } : {}),
  };
  return { request, imagePaths, maskPath, acceptsLicence: values.yes, device: values.device, outPath };
}

/** Of a manifest or a folder; which addresses are allowed is for the page to say. @param {string} model */
export function isAddress(model) {
  return /^https?:\/\//.test(model) && URL.canParse(model);
}

/**
 * @param {'seed' | 'steps' | 'quality'} name
 * @param {string | undefined} text
 */
function readWhole(name, text) {
  if (text === undefined) return {};
  const { min, max } = RANGES[name];
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return { [name]: value };
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}: '${text}' is not.`);
}

/**
 * @param {'guidance' | 'strength'} name
 * @param {string | undefined} text
 */
function readDecimal(name, text) {
  if (text === undefined) return {};
  const { min, max } = RANGES[name];
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return { [name]: value };
  throw new UsageError(`--${name} must be a number from ${min} to ${max}: '${text}' is not.`);
}

/**
 * @param {'image' | 'mask'} name
 * @param {string} text
 */
function readableFile(name, text) {
  const path = resolve(text);
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isFile()) throw new UsageError(`--${name} names no file: ${path}`);
  if (file.size > MAX_IMAGE_BYTES) {
    throw new UsageError(`--${name} may have at most ${MAX_IMAGE_BYTES / 1024 / 1024} MiB: ${path} has more.`);
  }
  if (!isAllowed(path, constants.R_OK)) throw new UsageError(`--${name} names a file that may not be read: ${path}`);
  return path;
}

/**
 * @param {string} path
 * @param {number} mode
 */
function isAllowed(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} outPath */
function checkWritable(outPath) {
  if (statSync(outPath, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`--out names a folder, not a file: ${outPath}`);
  }
  const folder = dirname(outPath);
  if (isAllowed(folder, constants.W_OK)) return;
  throw new UsageError(`--out cannot be written: the folder ${folder} is missing or read-only.`);
}
