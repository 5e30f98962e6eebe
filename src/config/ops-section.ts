import { hostAndPort } from './network-names.ts';
import { section, withDefault } from './setting.ts';

/** The `ops` section. */
export interface OpsConfig {
  readonly address: string;
}

export function opsSection() {
  return section({
    address: withDefault(hostAndPort(), {
      default: '127.0.0.1:9464',
      doc: 'Where /livez, /readyz and /metrics are answered, in plain HTTP and to everybody who reaches it: loopback, or a network of your monitoring alone.',
    }),
  });
}
