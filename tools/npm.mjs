/** Runs npm, the same one that started this command where there is one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from './paths.mjs';

/**
 * @param {string[]} args
 * @param {{ stdout: 'inherit' | NodeJS.WriteStream, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} the exit code
 */
export async function runNpm(args, { stdout, env = process.env }) {
  // npm says where it is, also on Windows, where its command is a script that only a shell can start.
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm ? [process.execPath, npm] : ['npm'];
  const shell = !npm && process.platform === 'win32';
  const child = spawn(command, [...before, ...args], { cwd: ROOT, env, shell, stdio: ['ignore', stdout, 'inherit'] });
  const [exitCode] = await once(child, 'close');
  return exitCode ?? 1;
}
