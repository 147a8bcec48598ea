/** Two ends of a real MessageChannel, and a note of every frame that passes. */
import type { Frame, FramePort } from '../../../src/transport/frames';
import { messagePortFrames } from '../../../src/transport/messagePort';

export interface Passed {
  readonly from: 'asking' | 'answering';
  readonly frame: Frame;
  /** Of a `data` frame when it was sent: afterwards the buffer has been given away. */
  readonly sizeBytes: number;
}

export interface Channel {
  readonly asking: FramePort;
  readonly answering: FramePort;
  readonly passed: Passed[];
  /** Posts anything at all, as a hostile other side would. */
  readonly postToAnswering: (message: unknown) => void;
  readonly postToAsking: (message: unknown) => void;
  readonly close: () => void;
}

export function openChannel(onPassed: (passed: Passed) => void = () => {}): Channel {
  const { port1, port2 } = new MessageChannel();
  const passed: Passed[] = [];
  const noted = (from: Passed['from'], port: FramePort): FramePort => {
    const send = port.send.bind(port);
    port.send = (frame, transfer) => {
      const one = { from, frame, sizeBytes: frame.kind === 'data' ? frame.bytes.length : 0 };
      passed.push(one);
      onPassed(one);
      send(frame, transfer);
    };
    return port;
  };
  return {
    asking: noted('asking', messagePortFrames(port1)),
    answering: noted('answering', messagePortFrames(port2)),
    passed,
    postToAnswering: (message) => port1.postMessage(message),
    postToAsking: (message) => port2.postMessage(message),
    close: () => {
      port1.close();
      port2.close();
    },
  };
}

/** A body in pieces of the given sizes, made as it is read; each byte tells its place. */
export function piecesOf(bytes: Uint8Array, sizes: readonly number[]): ReadableStream<Uint8Array> {
  let at = 0;
  let piece = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const size = sizes[piece % sizes.length] || 1;
        piece += 1;
        if (at < bytes.length) controller.enqueue(bytes.subarray(at, at + size));
        at += size;
        if (at >= bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

export function numberedBytes(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8)) & 255);
}

/** Lets everything that is under way arrive. */
export async function settled(rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
