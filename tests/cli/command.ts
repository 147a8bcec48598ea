/** Starts a command of tools/ as a user would, and keeps what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves as soon as the output so far contains the text; rejects when the command ends without it. */
  says(text: string): Promise<void>;
}

/** Standard input stays open and silent: a command that waited for it would never end. */
export function startCommand(root: string, script: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, [join(root, 'tools', script), ...args], { cwd: root, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const finished = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, ...output }));
  return { child, finished, says };

  async function says(text: string): Promise<void> {
    const heard = () => `${output.stdout}${output.stderr}`.includes(text);
    while (!heard()) {
      if (child.exitCode !== null) throw new Error(`Ended without saying '${text}':\n${output.stdout}${output.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function runCommand(root: string, script: string, args: readonly string[]): Promise<Finished> {
  return startCommand(root, script, args).finished;
}
