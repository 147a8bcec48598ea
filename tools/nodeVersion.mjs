/** Imported first by every command: an old Node ends here with one clear line instead of a riddle further down. */
const REQUIRED = '20.19';

if (!isNewEnough(process.versions.node)) {
  process.stderr.write(`Tessera needs Node ${REQUIRED} or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [requiredMajor = 0, requiredMinor = 0] = REQUIRED.split('.').map(Number);
  return major > requiredMajor || (major === requiredMajor && minor >= requiredMinor);
}
