import type { Mutant } from './mutant.ts';

const LEDGER = 'service/exchange-ledger.ts';
const EXCHANGE = 'service/exchange-code.ts';
const CONSENT = 'service/consent-committer.ts';
const COMMIT = 'service/token-commit.ts';

/** Breakages of what keeps a code from being sent twice, and its tokens from being lost. */
export const EXCHANGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'send a code that is not written down',
    file: LEDGER,
    find: 'const written = await exchanges.write(wanted.code, pending, condition);',
    replace: "const written = { outcome: pending && condition ? 'committed' : 'conflict' };",
  },
  {
    name: 'let the loser of a claim send the code',
    file: LEDGER,
    find: "return written.outcome === 'committed' ? intent : undefined;",
    replace: 'return written ? intent : undefined;',
  },
  {
    name: 'take over a code that is still pending',
    file: LEDGER,
    find: "if (record.state === 'unsent') return 'free';",
    replace: "if (record.state === 'unsent' || record.state === 'pending') return 'free';",
  },
  {
    name: 'tell another request the outcome',
    file: LEDGER,
    find: 'if (![wanted.request, wanted.unexpecting].includes(record.request)) {',
    replace: 'if (record.request === "") {',
  },
  {
    name: 'call a code unsent that got no answer',
    file: EXCHANGE,
    find: 'if (!outcome.sent) {',
    replace: 'if (outcome.kind) {',
  },
  {
    name: 'send a code again that got no answer',
    file: 'service/oauth-client-calls.ts',
    find: "if (first.kind !== 'refused') return first;",
    replace:
      "if (first.kind === 'no_answer') return this.#attempt({ client, secret: newest }, send);\n    if (first.kind !== 'refused') return first;",
  },
  {
    name: 'note an old position before the code is sent',
    file: EXCHANGE,
    find: 'return { noted: { position: log.count, mark, sentAt }, release, leave };',
    replace:
      'return { noted: { position: Math.min(log.count, this.#parts.view.position), mark, sentAt }, release, leave };',
  },
  {
    name: 'note the position after the code was sent',
    file: EXCHANGE,
    find: 'const consent = { client, tokens, identity, answeredAt, externalUserId, ...noted };',
    replace:
      'const { log } = await this.#deps.revocations.readLog();\n    const consent = { client, tokens, identity, answeredAt, externalUserId, ...noted, position: log.count };',
  },
  {
    name: 'answer before the commit',
    file: CONSENT,
    find: 'const generation = await commit();\n      this.#seedCache(consent, generation);',
    replace:
      'const generation = 1;\n      void commit().catch(() => undefined);\n      this.#seedCache(consent, generation);',
  },
  {
    name: 'forget a token that Vault does not take at once',
    file: 'service/held-commits.ts',
    find: 'if (this.#isGivenUp || !isFailure(error, ...TRIED_AGAIN)) throw error;',
    replace: 'if (error) throw error;',
  },
  {
    name: 'store a consent whatever was revoked meanwhile',
    file: COMMIT,
    find: "if (record.state === 'revoking' || (record.revokedPosition ?? 0) > commit.position) return true;",
    replace: "if (record.state === 'revoking') return true;",
  },
  {
    name: 'store a consent over a revocation that runs',
    file: COMMIT,
    find: "if (record.state === 'revoking' || (record.revokedPosition ?? 0) > commit.position) return true;",
    replace: 'if ((record.revokedPosition ?? 0) > commit.position) return true;',
  },
  {
    name: 'keep the generation at a consent',
    file: CONSENT,
    find: 'generation: record.generation + 1,',
    replace: 'generation: Math.max(1, record.generation),',
  },
  {
    name: 'put a late commit’s token in front',
    inDuels: true,
    file: CONSENT,
    find: 'const merge = isNewest ? mergeGrant : insertLateGrant;',
    replace: 'const merge = isNewest ? mergeGrant : mergeGrant;',
  },
  {
    name: 'drop older grants, whatever scopes they hold',
    file: 'domain/grant.ts',
    find: 'if (missingScopes(grant.scopes, covered).length > 0) kept.push(grant);',
    replace: 'if (covered.length < 0) kept.push(grant);',
  },
  {
    name: 'tell another caller’s error as the record’s, whoever is active',
    file: 'service/active-term.ts',
    find: 'if (!decides(outcome) || (await this.look()) === term) return give(outcome);',
    replace: 'if (decides(outcome) || term) return give(outcome);',
  },
];
