import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const files = z.object({
  /** Signed the certificates of both sides. */
  caFile: z.string(),
  certFile: z.string(),
  keyFile: z.string(),
  /** A GetAccessTokenResponse, base64, for servers that always answer the same. */
  reply: z.string().default(''),
});

/** What a measured server is told on its command line, as one JSON text. */
export type ServerFiles = z.input<typeof files>;

/** Reads what this process was told. */
export function serverFiles() {
  const { caFile, certFile, keyFile, reply } = files.parse(JSON.parse(process.argv[2] ?? ''));
  return {
    /** Of this run. */
    directory: dirname(caFile),
    ca: readFileSync(caFile, 'utf8'),
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    reply: Buffer.from(reply, 'base64'),
  };
}
