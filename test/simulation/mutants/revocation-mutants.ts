import type { Mutant } from './mutant.ts';

const REVOCATION = 'service/revocation.ts';
const REVOKE_USER = 'service/revoke-user.ts';
const READER = 'service/revocation-log-reader.ts';
const VIEW = 'service/revocation-view.ts';
const HAND_OUT = 'service/hand-out.ts';

/** Breakages of what makes a revocation reach everybody, once and for good. */
export const REVOCATION_MUTANTS: readonly Mutant[] = [
  {
    name: 'skip the check at hand-out',
    file: HAND_OUT,
    find: "if (this.#view.namedSince(token.userKey, token.mark)) return 'named';",
    replace: '',
  },
  {
    name: 'hand out with a view of any age',
    file: HAND_OUT,
    find: 'return this.#view.ageMs(now) <= this.#settings.boundMs',
    replace: 'return true',
  },
  {
    name: 'let flights go, too, where Vault cannot be read',
    inDuels: true,
    file: HAND_OUT,
    find: "if (origin === 'cached' && this.#settings.mode === 'available') return 'leave';",
    replace: "if (this.#settings.mode === 'available') return 'leave';",
  },
  {
    name: 'serve the cache in mode strict, too',
    inDuels: true,
    file: HAND_OUT,
    find: "if (origin === 'cached' && this.#settings.mode === 'available') return 'leave';",
    replace: "if (origin === 'cached') return 'leave';",
  },
  {
    name: 'count OK from sending the append',
    file: REVOKE_USER,
    find: 'await revocation.announce(userId);\n    const effective = this.#afterBound();',
    replace: 'const effective = this.#afterBound();\n    await revocation.announce(userId);',
  },
  {
    name: 'answer before the bound is over',
    file: REVOKE_USER,
    find: 'effectiveTime: await effective };',
    replace: 'effectiveTime: this.#deps.clock.now() };',
  },
  {
    name: 'answer a repeated revoke at once',
    file: REVOKE_USER,
    find: 'effectiveTime: await this.#afterBound() };',
    replace: 'effectiveTime: this.#deps.clock.now() };',
  },
  {
    name: 'let a redelivered revoke end a newer consent',
    file: REVOKE_USER,
    find: 'if ((record.consentedAt ?? 0) > grantedBefore) {',
    replace: 'if ((record.consentedAt ?? 0) > grantedBefore + 3_600_000) {',
  },
  {
    name: 'count the view from its end',
    inDuels: true,
    file: READER,
    find: 'const began = instantOf(clock);\n      const { log } = await this.#soon(revocations.readLog());',
    replace:
      'const { log } = await this.#soon(revocations.readLog());\n      const began = instantOf(clock);',
  },
  {
    name: 'count a reading whoever is active now',
    inDuels: true,
    file: READER,
    find: 'if (confirmed?.term === term) {',
    replace: 'if (confirmed !== undefined) {',
  },
  {
    name: 'tell the age of the view by the monotonic clock alone',
    file: VIEW,
    find: 'return Math.max(now.monotonic - monotonic, now.wall - wall);',
    replace: 'return now.monotonic - monotonic;',
  },
  {
    name: 'overlook whom the log names',
    file: VIEW,
    find: 'for (const key of reading.log.keys.slice(-added)) this.#name(key);',
    replace: '',
  },
  {
    name: 'no second append',
    file: REVOCATION,
    find: 'const revokedPosition = await this.announce(marker.userId);',
    replace: 'const revokedPosition = (await this.#deps.revocations.readLog()).log.count;',
  },
  {
    name: 'revoke without a marker',
    file: REVOCATION,
    find: 'await this.#deps.revocations.addMarker({ userId: record.userId, generation });',
    replace: '',
  },
  {
    name: 'reuse a marker’s name',
    file: REVOCATION,
    find: 'const generation = record.generation + 1;',
    replace: 'const generation = Math.max(1, record.generation);',
  },
  {
    name: 'drop a marker that is ahead of its record',
    file: 'service/revocation-reconciler.ts',
    find: 'if (record.generation < generation) {',
    replace:
      'if (record.generation < generation) {\n      await revocations.removeMarker(marker);\n      return true;',
  },
  {
    name: 'let the marker of a loser end an active user',
    file: 'service/revocation-reconciler.ts',
    find: "} else if (record.generation > generation || record.state === 'active') {",
    replace:
      "} else if (record.state === 'active') {\n      await this.#revocation.begin(record, stored.version);\n      return false;\n    } else if (record.generation > generation) {",
  },
  {
    name: 'drop the marker while Google gives no answer',
    file: REVOCATION,
    find: "if (outcome === 'pending') return outcome;",
    replace:
      "if (outcome === 'pending') {\n        await this.#deps.revocations.removeMarker(marker);\n        return outcome;\n      }",
  },
  {
    name: 'write revoked over an added token to revoke',
    file: REVOCATION,
    find: 'const condition = { expectedVersion: stored.version, writeId };',
    replace:
      'const condition = { expectedVersion: (await users.read(marker.userId)).version, writeId };',
  },
  {
    name: 'let a loser end an active user',
    file: REVOCATION,
    find: "return record.state === 'revoking' && record.generation === marker.generation;",
    replace: "return record.state !== 'revoked' && record.generation >= marker.generation;",
  },
  {
    name: 'let a standby’s old record end a revocation',
    file: REVOCATION,
    find: "if (stored.kind === 'absent' || stored.record.generation < marker.generation) {",
    replace: "if (stored.kind === 'absent') {",
  },
  {
    name: 'take no for an answer from Google',
    file: REVOCATION,
    find: "if (answers.every((answer) => answer === 'revoked')) return 'confirmed';",
    replace: "if (answers.length > 0) return 'confirmed';",
  },
  {
    name: 'drop a token that comes while its user is being revoked',
    file: 'service/token-commit.ts',
    find: "if (record.state === 'revoking') {\n      if (refreshToken !== undefined) {",
    replace: "if (record.state === 'revoking') {\n      if (refreshToken === record) {",
  },
  {
    name: 'drop a late token for a consent that a standby still has',
    inDuels: true,
    file: 'service/token-commit.ts',
    find: 'return stored.version === version;',
    replace: 'return stored.version >= version;',
  },
  {
    name: 'drop a token that comes after its user was revoked',
    file: 'service/token-commit.ts',
    find: "if (record.state === 'revoked' && refreshToken !== undefined) {",
    replace: "if (record.state === 'revoking' && refreshToken !== undefined) {",
  },
];
