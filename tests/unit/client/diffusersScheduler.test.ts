import { describe, expect, test } from 'vitest';
import { noiseLevelsOf } from '../../../src/client/diffusersScheduler';

const read = (className: string, settings: object = {}) => noiseLevelsOf({ _class_name: className, ...settings });

describe('a scheduler of diffusers', () => {
  test.each([
    ['EulerDiscreteScheduler', {}, 'euler', 'linspace'],
    ['EulerAncestralDiscreteScheduler', { timestep_spacing: 'trailing' }, 'euler_ancestral', 'trailing'],
    ['HeunDiscreteScheduler', {}, 'heun', 'linspace'],
    ['DPMSolverMultistepScheduler', { use_karras_sigmas: true }, 'dpmpp_2m', 'karras'],
    ['DDIMScheduler', {}, 'ddim', 'leading'],
    ['LCMScheduler', {}, 'lcm', 'leading'],
    ['PNDMScheduler', { use_karras_sigmas: null }, 'euler', 'leading'],
  ])('%s %j is a sampler with the spacing that class has', (className, settings, sampler, spacing) => {
    expect(read(className, settings)).toMatchObject({ sampler, spacing, prediction: 'epsilon' });
  });

  test('says what the graph predicts', () => {
    expect(read('DDIMScheduler', { prediction_type: 'v_prediction' }).prediction).toBe('v_prediction');
  });

  test.each([
    ['EulerDiscreteScheduler', { timestep_spacing: 'trailing' }, true],
    ['LCMScheduler', {}, true],
    ['EulerDiscreteScheduler', { timestep_spacing: 'leading' }, false],
  ])('%s %j tells whether the model was made for a few steps: %s', (className, settings, isDistilled) => {
    expect(read(className, settings).isDistilled).toBe(isDistilled);
  });

  test.each([
    ['UniPCMultistepScheduler', {}],
    ['EulerDiscreteScheduler', { prediction_type: 'sample' }],
    ['EulerDiscreteScheduler', { timestep_spacing: 'random' }],
    ['EulerDiscreteScheduler', { beta_schedule: 'linear' }],
    ['EulerDiscreteScheduler', { beta_end: 0.02 }],
    ['EulerDiscreteScheduler', { num_train_timesteps: 500 }],
    ['DDIMScheduler', { rescale_betas_zero_snr: true }],
    ['DPMSolverMultistepScheduler', { algorithm_type: 'sde-dpmsolver++' }],
  ])('%s %j is refused by name: it would draw something else', (className, settings) => {
    const [setting, value] = Object.entries(settings)[0] ?? ['_class_name', className];
    expect(() => read(className, settings)).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', param: 'url' }),
    );
    expect(() => read(className, settings)).toThrow(`(${setting}: ${JSON.stringify(value)})`);
  });

  test.each([null, 7, 'text', []])('is not %j', (config) => {
    expect(() => noiseLevelsOf(config)).toThrow('scheduler');
  });
});
