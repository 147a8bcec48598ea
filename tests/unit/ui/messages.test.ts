import { expect, it } from 'vitest';
import { messageFor, promptMessage } from '../../../src/ui/messages';

const error = (code: Parameters<typeof messageFor>[0]['code']) => ({ code, message: 'detail', param: null });

it('a model that cannot be fetched is told apart from being offline', () => {
  expect(messageFor(error('weights_unreachable'), true).title).toBe('The model could not be loaded');
  expect(messageFor(error('weights_unreachable'), false).title).toBe('You are offline');
  expect(messageFor(error('worker_crashed'), false).title).toBe('The drawing process stopped');
});

it('whatever a fresh start or the CPU can cure offers it', () => {
  for (const code of ['weights_unreachable', 'weights_damaged', 'worker_crashed', 'worker_timeout'] as const) {
    expect(messageFor(error(code), true).remedies).toContain('retry');
  }
  for (const code of ['webgpu_unavailable', 'gpu_unavailable', 'bad_output'] as const) {
    expect(messageFor(error(code), true).remedies).toContain('use_cpu');
  }
});

it('an error of the prompt says what to write instead; an unknown one says its own message', () => {
  expect(promptMessage(error('parameter_missing'))).toContain('a red apple');
  expect(promptMessage(error('invalid_parameter'))).toContain('4096');
  expect(promptMessage(error('server_error'))).toBe('detail');
});

it('an empty balance offers credits, and a full queue another try', () => {
  expect(messageFor(error('quota_exceeded'), true).remedies).toEqual(['top_up']);
  expect(messageFor(error('rate_limit'), true).remedies).toEqual(['retry']);
});
