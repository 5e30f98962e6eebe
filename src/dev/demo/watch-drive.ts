import { z } from 'zod';
import type { UserAuth } from '../drive-folder.ts';
import type { Asked, Journal } from './journal.ts';

const ASKED: Asked = {
  from: 'drive-worker',
  to: 'Google Drive',
  what: 'GET /drive/v3/files?spaces=appDataFolder',
  sent: { authorization: 'Bearer ya29.…' },
};
type Transporter = Awaited<ReturnType<UserAuth['getClient']>>['transporter'];

/** What of an answer may be seen. */
const LISTED = z.object({ files: z.array(z.object({ name: z.string() })) });

/** Writes down each request that a client of Google's sends to Drive, also one that Google refuses. */
export function watchDrive({ interceptors }: Transporter, journal: Journal): void {
  const begun = new WeakMap<object, number>();
  const ended = (config: object, got: object, how: string) =>
    journal.add(ASKED, { began: begun.get(config) ?? performance.now(), got, ended: how });
  interceptors.request.add({
    resolved: async (config) => {
      begun.set(config, performance.now());
      return config;
    },
  });
  interceptors.response.add({
    resolved: async (response) => {
      ended(response.config, LISTED.parse(response.data), 'OK');
      return response;
    },
    rejected: (error) => {
      const { config, status } = error;
      ended(config, status === undefined ? {} : { status }, String(status ?? 'no answer'));
      throw error;
    },
  });
}
