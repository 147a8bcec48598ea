/**
 * The real generation worker on a machine with little memory: `?gpuBytes=` is the largest GPU buffer it grants,
 * `?heapPages=` the most pages of 64 KiB that a wasm heap may have.
 */
const query = new URL(self.location.href).searchParams;
const gpuBytes = Number(query.get('gpuBytes') ?? Number.POSITIVE_INFINITY);
const heapPages = Number(query.get('heapPages') ?? Number.POSITIVE_INFINITY);

const createBuffer = GPUDevice.prototype.createBuffer;
GPUDevice.prototype.createBuffer = function (descriptor) {
  const buffer = createBuffer.call(this, descriptor);
  if (descriptor.size <= gpuBytes) return buffer;
  // As a full GPU does it: the buffer is there but cannot be used, and the device tells why in an event.
  buffer.destroy();
  const error = new GPUOutOfMemoryError(`${descriptor.size} bytes`);
  this.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
  return buffer;
};

const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  const grown = this.buffer.byteLength / 65536 + pages;
  if (grown > heapPages) throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
  return grow.call(this, pages);
};

// Messages that come before the worker listens would be lost, so they wait.
const early: MessageEvent[] = [];
const keep = (event: MessageEvent) => early.push(event);
self.addEventListener('message', keep);
await import('../../../workers/generate.worker');
self.removeEventListener('message', keep);
for (const { data, ports } of early) self.dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }));

export {};
