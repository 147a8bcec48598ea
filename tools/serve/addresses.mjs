/** Which addresses a reference picture may come from: those of the public internet, whatever a name resolves to. */
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** Everything that is routed publicly; old and special forms of IPv6 lie outside of it. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * False for this machine, its network, cloud metadata, multicast and everything else that is not the internet. An IPv4
 * address inside an IPv6 one counts as itself.
 *
 * @param {string} text
 */
export function isPublicAddress(text) {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST);
}

/** @typedef {{ address: string, family: number }} Address */
/** @typedef {(name: string) => Promise<Address[]>} Resolve */

/** @type {Resolve} As the system resolves names, `/etc/hosts` included. */
export function resolveName(name) {
  return lookup(name, { all: true, verbatim: true });
}

/**
 * For `http.request`: it connects to what was checked here and asks nobody again, so a name cannot change its mind in between.
 *
 * @param {{ resolve: Resolve, check: (address: string) => void }} options `check` throws for an address to keep away from
 * @returns {import('node:net').LookupFunction}
 */
export function checkedLookup({ resolve, check }) {
  return (name, { all }, callback) => {
    resolve(name)
      .then((addresses) => {
        for (const { address } of addresses) check(address);
        const [first] = addresses;
        if (!first) throw new Error(`${name} has no address.`);
        if (all) callback(null, addresses);
        else callback(null, first.address, first.family);
      })
      .catch((error) => callback(error, ''));
  };
}
