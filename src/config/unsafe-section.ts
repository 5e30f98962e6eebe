import { yesOrNo } from './scalars.ts';
import { section, withDefault } from './setting.ts';

/** The `unsafe` section: what is refused unless somebody says that he means it. */
export function unsafeSection() {
  return section({
    allow_debug_environment: withDefault(yesOrNo(), {
      default: false,
      doc: 'Start also with variables or Node flags that show secrets, such as NODE_DEBUG, GRPC_TRACE, SSLKEYLOGFILE or --inspect. Never where real users are.',
    }),
  });
}
