/** WebGPU beside wasm, stage by stage, as bare sessions. On an emulated adapter at a size that it can bear. */
import { chromium } from 'playwright-core';
import { BARE_STAGES } from './bareDrawing.mjs';
import { drawBareInPage, openBare } from './bareInPage.mjs';
import { takeTurns } from './drawings.mjs';
import { median, pairedRatio } from './statistics.mjs';

const NATIVE = { latentHeight: 16, latentWidth: 16, upscalePasses: 3 };
const SMALL = { latentHeight: 8, latentWidth: 8, upscalePasses: 1, steps: 1 };
const SOFTWARE_FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * @param {string} url
 * @param {import('./model.mjs').BenchModel} model
 * @param {{ launch: import('playwright-core').LaunchOptions, software: boolean, rounds: number, threads: number }} options
 */
export async function measureDevices(url, model, { launch, software, rounds, threads }) {
  const browser = await chromium.launch(software ? { ...launch, args: SOFTWARE_FLAGS } : launch);
  const { tokenIds, latentChannels, steps } = model;
  const job = { tokenIds, latentChannels, steps, ...(software ? SMALL : NATIVE) };
  /** @param {'webgpu' | 'wasm'} device */
  const open = async (device) => {
    const page = await browser.newPage();
    await page.goto(`${url}bench/blank.html`);
    await openBare(page, { device, threads, keepOnDevice: false });
    return () => drawBareInPage(page, job);
  };
  try {
    const turns = { webgpu: await open('webgpu'), wasm: await open('wasm') };
    const { webgpu, wasm } = await takeTurns(turns, rounds);
    const stages = BARE_STAGES.map((stage) => {
      const webgpuMs = webgpu.map((times) => times[stage]);
      const wasmMs = wasm.map((times) => times[stage]);
      return { stage, webgpuMs: median(webgpuMs), wasmMs: median(wasmMs), ratio: pairedRatio(webgpuMs, wasmMs) };
    });
    const { latentHeight, latentWidth, upscalePasses } = job;
    return { software, latentHeight, latentWidth, upscalePasses, steps: job.steps, stages };
  } finally {
    await browser.close();
  }
}
