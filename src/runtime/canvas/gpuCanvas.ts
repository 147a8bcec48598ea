/** Paints in a GPU buffer of packed RGBA bytes; only bytes come back, in bands. */

import type { Tensor } from 'onnxruntime-web';
import { type Kernels, TILE_THREADS } from '../kernels';
import { nonFinite, SpreadCheck } from './checks';
import { openContext } from './cpuCanvas';
import { MIX_SHARE_WGSL, type Placement, type Rectangle, type Rgba, type TileCanvas } from './tileCanvas';

/** Pixels that are copied back at once. */
const BAND_PIXELS = 1 << 20;

/** Names a lost GPU as such, whatever the call made of it. */
export type Guard = <T>(call: () => Promise<T>) => Promise<T>;

export class GpuCanvas implements TileCanvas {
  readonly #kernels: Kernels;
  readonly #guard: Guard;
  readonly #pixels: GPUBuffer;
  readonly #fault: GPUBuffer;

  constructor(
    readonly widthPx: number,
    readonly heightPx: number,
    options: { readonly kernels: Kernels; readonly guard: Guard },
  ) {
    this.#kernels = options.kernels;
    this.#guard = options.guard;
    this.#pixels = this.#kernels.storage(widthPx * heightPx * 4);
    this.#fault = this.#kernels.storage(4);
  }

  async place(tile: Tensor, placement: Placement): Promise<void> {
    return this.#guard(() => this.#place(tile, placement));
  }

  async shrink(part: Rectangle, scale: number): Promise<Rgba> {
    return this.#guard(() => this.#shrink(part, scale));
  }

  async finish(): Promise<OffscreenCanvas> {
    const canvas = await this.#guard(() => this.#copyToCanvas());
    this.dispose();
    return canvas;
  }

  dispose(): void {
    this.#pixels.destroy();
    this.#fault.destroy();
  }

  async #place(tile: Tensor, { left, top, fadeX, fadeY }: Placement): Promise<void> {
    const kernels = this.#kernels;
    const [, , height = 0, width = 0] = tile.dims;
    const fades = [fadeX.fadeIn, fadeX.fadeOut, fadeY.fadeIn, fadeY.fadeOut];
    const placement = kernels.uniform([width, height, left, top, this.widthPx, ...fades]);
    kernels.dispatch({
      shader: PLACE_SHADER,
      buffers: [
        { buffer: placement },
        { buffer: tile.gpuBuffer as GPUBuffer },
        { buffer: this.#pixels },
        { buffer: this.#fault },
      ],
      workgroups: perPixel(width, height),
    });
    placement.destroy();
    const [fault] = new Uint32Array(await kernels.read(this.#fault, { offsetBytes: 0, sizeBytes: 4 }));
    if (fault !== 0) throw nonFinite();
  }

  async #shrink({ left, top, widthPx, heightPx }: Rectangle, scale: number): Promise<Rgba> {
    const kernels = this.#kernels;
    const small = { widthPx: Math.floor(widthPx / scale), heightPx: Math.floor(heightPx / scale) };
    const sizeBytes = small.widthPx * small.heightPx * 4;
    const output = kernels.storage(sizeBytes);
    const sizes = kernels.uniform([small.widthPx, small.heightPx, left, top, this.widthPx, scale]);
    try {
      kernels.dispatch({
        shader: SHRINK_SHADER,
        buffers: [{ buffer: sizes }, { buffer: this.#pixels }, { buffer: output }],
        workgroups: perPixel(small.widthPx, small.heightPx),
      });
      const rgba = new Uint8ClampedArray(await kernels.read(output, { offsetBytes: 0, sizeBytes }));
      return { ...small, rgba };
    } finally {
      sizes.destroy();
      output.destroy();
    }
  }

  async #copyToCanvas(): Promise<OffscreenCanvas> {
    const { widthPx, heightPx } = this;
    const canvas = new OffscreenCanvas(widthPx, heightPx);
    const context = openContext(canvas);
    const spread = new SpreadCheck();
    const bandPx = Math.max(1, Math.floor(BAND_PIXELS / widthPx));
    for (let top = 0; top < heightPx; top += bandPx) {
      const rows = Math.min(bandPx, heightPx - top);
      const range = { offsetBytes: top * widthPx * 4, sizeBytes: rows * widthPx * 4 };
      const band = new Uint8ClampedArray(await this.#kernels.read(this.#pixels, range));
      spread.add(band);
      context.putImageData(new ImageData(band, widthPx, rows), 0, top);
    }
    spread.refuseConstant();
    return canvas;
  }
}

function perPixel(widthPx: number, heightPx: number): [number, number] {
  return [Math.ceil(widthPx / TILE_THREADS), Math.ceil(heightPx / TILE_THREADS)];
}

/** Exponent bits all set: NaN or infinite. A comparison would not do, since shaders may assume that there are none. */
const PLACE_SHADER = `
  struct Place {
    width: u32, height: u32, left: u32, top: u32, canvasWidth: u32,
    fadeInX: u32, fadeOutX: u32, fadeInY: u32, fadeOutY: u32,
  }
  @group(0) @binding(0) var<uniform> place: Place;
  @group(0) @binding(1) var<storage, read> planes: array<f32>;
  @group(0) @binding(2) var<storage, read_write> pixels: array<u32>;
  @group(0) @binding(3) var<storage, read_write> fault: atomic<u32>;
  ${MIX_SHARE_WGSL}
  fn risen(i: u32, fade: u32) -> f32 {
    return select(min(1, (f32(i) + 0.5) / f32(max(fade, 1))), 1, fade == 0);
  }
  fn fallen(i: u32, length: u32, fade: u32) -> f32 {
    return select(max(0, (f32(i) - f32(length - fade) + 0.5) / f32(max(fade, 1))), 0, fade == 0);
  }
  @compute @workgroup_size(${TILE_THREADS}, ${TILE_THREADS})
  fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= place.width || id.y >= place.height) { return; }
    let area = place.width * place.height;
    let first = id.y * place.width + id.x;
    let rgb = vec3f(planes[first], planes[first + area], planes[first + 2 * area]);
    let exponent = vec3u(0x7f800000);
    if (any((bitcast<vec3u>(rgb) & exponent) == exponent)) { atomicStore(&fault, 1u); }
    let share = mixShare(
      risen(id.x, place.fadeInX), fallen(id.x, place.width, place.fadeOutX),
      risen(id.y, place.fadeInY), fallen(id.y, place.height, place.fadeOutY));
    let spot = (place.top + id.y) * place.canvasWidth + place.left + id.x;
    let mixed = mix(unpack4x8unorm(pixels[spot]).rgb, clamp(rgb, vec3f(0), vec3f(1)), share);
    pixels[spot] = pack4x8unorm(vec4f(mixed, 1));
  }`;

const SHRINK_SHADER = `
  struct Sizes { width: u32, height: u32, left: u32, top: u32, canvasWidth: u32, scale: u32 }
  @group(0) @binding(0) var<uniform> sizes: Sizes;
  @group(0) @binding(1) var<storage, read> pixels: array<u32>;
  @group(0) @binding(2) var<storage, read_write> small: array<u32>;
  @compute @workgroup_size(${TILE_THREADS}, ${TILE_THREADS})
  fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= sizes.width || id.y >= sizes.height) { return; }
    var sum = vec4f(0);
    for (var dy = 0u; dy < sizes.scale; dy++) {
      let row = (sizes.top + id.y * sizes.scale + dy) * sizes.canvasWidth + sizes.left + id.x * sizes.scale;
      for (var dx = 0u; dx < sizes.scale; dx++) { sum += unpack4x8unorm(pixels[row + dx]); }
    }
    small[id.y * sizes.width + id.x] = pack4x8unorm(sum / f32(sizes.scale * sizes.scale));
  }`;
