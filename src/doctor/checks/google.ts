import { keySet } from '../../google/key-set.ts';
import { jsonBody } from '../../http/json-body.ts';
import type { Check } from '../check.ts';
import { connectionRemedy } from '../connection-remedy.ts';
import { error, type Finding, ok } from '../finding.ts';
import type { Reached } from '../google-survey.ts';

const TRUST = 'Something between opens the connection: let Google’s own certificates through.';

/** Google's endpoints: that they are reached, and that the keys of ID tokens can be used. */
export const googleCheck: Check = {
  area: 'google',
  async run(context) {
    const { tokenUrl, revokeUrl, certsUrl } = context.section('google');
    const { google } = context;
    const [certs, ...endpoints] = await Promise.all([
      certsFinding(certsUrl, await google.certs()),
      ...[...new Set([tokenUrl, revokeUrl])].map(async (url) =>
        endpointFinding(url, await google.reach(url)),
      ),
    ]);
    return [...endpoints, certs];
  },
};

/** Whatever it says to a request with nothing in it: that it says something is enough. */
function endpointFinding(url: string, reached: Reached): Finding {
  if ('code' in reached) return unreachable(url, reached.code);
  const { status } = reached.response;
  if (status < 500) return ok('google.good', `${url} answers.`, url);
  return error({
    id: 'google.unreachable',
    about: url,
    text: `${url} answers ${status}.`,
    remedy: 'Look at Google’s status page, and at proxies in between.',
  });
}

async function certsFinding(url: string, reached: Reached): Promise<Finding> {
  if ('code' in reached) return unreachable(url, reached.code);
  const { response } = reached;
  const found = response.status === 200 ? keySet(await jsonBody(response)) : undefined;
  if (found !== undefined) {
    return ok('google.good', `${url} has the keys of ID tokens.`, url);
  }
  return error({
    id: 'google.certs_broken',
    about: url,
    text: `${url} answers ${response.status} without keys of ID tokens, so no code can be exchanged.`,
    remedy: 'Take `google.certs_url` out of the configuration, and look at proxies in between.',
  });
}

function unreachable(url: string, code: string): Finding {
  return error({
    id: 'google.unreachable',
    about: url,
    text: `${url} cannot be reached (${code}).`,
    remedy: connectionRemedy(code, TRUST),
  });
}
