/** The page in the frame: the real carrier, with answers that cost nothing. */
import { portForParent } from '../../src/transport/iframeChild.ts';
import { messagePortFrames } from '../../src/transport/messagePort.ts';
import { serveFetch } from '../../src/transport/serveFetch.ts';
import { answer } from './handler.mjs';

const parents = new URLSearchParams(location.search).getAll('parents');
serveFetch(messagePortFrames(await portForParent(parents)), answer);
