/** Before all tests of the commands: one clone is built, which each of them gets a copy of. */
import type { TestProject } from 'vitest/node';
import { runCommand } from './command';
import { createUnbuiltClone } from './tinyClone';

declare module 'vitest' {
  interface ProvidedContext {
    readonly builtCloneRoot: string;
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const { root, remove } = createUnbuiltClone();
  const { exitCode, stderr } = await runCommand(root, 'build.mjs', []);
  if (exitCode !== 0) {
    remove();
    throw new Error(`The product cannot be built:\n${stderr}`);
  }
  project.provide('builtCloneRoot', root);
  return remove;
}
