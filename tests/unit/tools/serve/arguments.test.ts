import { describe, expect, test } from 'vitest';
import { DEVICE_CHOICES } from '../../../../src/ui/settings';
import { DEVICES, readArguments } from '../../../../tools/serve/arguments.mjs';

describe('the arguments of serve', () => {
  test('have defaults that are safe: this machine only, no pages, no key needed', () => {
    expect(readArguments([])).toEqual({
      port: 8787,
      host: '127.0.0.1',
      device: 'auto',
      allowedOrigins: [],
      key: null,
      requireKey: false,
      budget: null,
      topUp: false,
    });
  });

  test('know the devices of the page', () => {
    expect(DEVICES).toEqual([...DEVICE_CHOICES]);
  });

  test('collect origins', () => {
    const origins = ['https://a.example', 'http://localhost:3000'];
    expect(readArguments(origins.flatMap((origin) => ['--allow-origin', origin]))?.allowedOrigins).toEqual(origins);
  });

  test('--help asks for the usage', () => {
    expect(readArguments(['--help'])).toBeNull();
  });

  test.each([
    [['--port', '0'], '--port must be'],
    [['--port', '65536'], '--port must be'],
    [['--port', '80.5'], '--port must be'],
    [['--host', 'a b'], '--host must be'],
    [['--host', 'http://127.0.0.1'], '--host must be'],
    [['--device', 'gpu'], '--device must be auto, webgpu, wasm'],
    [['--allow-origin', '*'], '--allow-origin must be'],
    [['--allow-origin', 'https://a.example/'], '--allow-origin must be'],
    [['--allow-origin', 'null'], '--allow-origin must be'],
    [['--key', 'short'], '--key must be'],
    [['--key', 'with blanks in it, long'], '--key must be'],
    [['--budget=-1'], '--budget must be'],
    [['--budget', '1e3'], '--budget must be'],
    [['--colour'], "Unknown option '--colour'"],
    [['generate'], 'Unexpected argument'],
  ])('%j is refused in one line', (argv, message) => {
    expect(() => readArguments(argv)).toThrow(message);
  });
});
