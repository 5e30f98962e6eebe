import { yesOrNo } from './scalars.ts';
import { withDefault } from './setting.ts';

/** The key `reflection`. */
export function reflectionKey() {
  return withDefault(yesOrNo(), {
    default: false,
    doc: 'Whether tools such as grpcurl may ask the gRPC port for its services and messages, with a client certificate like everybody.',
  });
}
