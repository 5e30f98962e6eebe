import { z } from 'zod';
import { isSafeUrl } from '../domain/safe-url.ts';
import { text } from './scalars.ts';

const HOST_AND_PORT = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(?<port>\d{1,5})$/;

/** Where a server listens, or a client dials: `host:port`, an IPv6 address in brackets. */
export function hostAndPort() {
  const message = 'must be host:port, such as 0.0.0.0:50051 or [::]:50051';
  return z.string({ error: () => message }).refine(
    (address) => {
      const port = HOST_AND_PORT.exec(address)?.groups?.port;
      return port !== undefined && Number(port) <= 65_535;
    },
    { error: message },
  );
}

/** A name that a certificate can carry. */
export function hostName() {
  return text(/^[A-Za-z0-9.-]{1,253}$/, 'must be a DNS name');
}

/** An https URL; http only to this machine itself, because tokens travel on it. */
export function httpsUrl() {
  const message =
    'must be an https URL without user, query and fragment (http only for loopback hosts)';
  return z.string({ error: () => message }).refine(isSafeUrl, { error: message });
}

/** A URL of http or https, for what carries no secret. */
export function httpUrl() {
  const message = 'must be an http or https URL without user, query and fragment';
  const isUrl = (text: string) => isSafeUrl(text.replace(/^http:/, 'https:'));
  return z.string({ error: () => message }).refine(isUrl, { error: message });
}

/** Like `httpsUrl`, without a path; its value is the origin. */
export function httpsOrigin() {
  const message =
    'must be an https URL of host and port alone (http only for loopback hosts), such as https://vault.example.com:8200';
  return z.string({ error: () => message }).transform((url, context) => {
    if (isSafeUrl(url) && new URL(url).pathname === '/') return new URL(url).origin;
    context.addIssue(message);
    return z.NEVER;
  });
}
