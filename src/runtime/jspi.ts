/** Whether WebAssembly can wait for promises (JSPI): onnxruntime-web's build for it is smaller and reads weights in place. */
export function hasJspi(): boolean {
  return 'Suspending' in WebAssembly;
}
